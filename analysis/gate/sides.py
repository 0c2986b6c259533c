"""Reads one side of a gate: a run folder, a judged folder, or a baseline file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path

from analysis.gate.baseline import read_baseline
from analysis.gate.side import Conversation, Found, ScenarioFacts, Side
from analysis.judged_folder import MANIFEST_FILE, SOURCES_FILE, JudgedFolder
from analysis.outcomes import Outcome, judge_versions, judged_conversations, key_of
from sims.errors import MissingDataError, TranscriptError, UsageError
from sims.manifest import Manifest
from sims.run_folder import RunFolder
from sims.scenario import Scenario
from sims.transcript import Transcript

TRANSCRIPT_ENDINGS = (".jsonl", ".jsonl.gz")


def load_sides(baseline: str | Path, candidate: str | Path) -> tuple[Side, Side]:
    """Both sides of a gate, as `load_side` has them; of a branched run and its run the same turns count.

    Raises:
        UsageError: as `load_side`; or a baseline file stands against a branch.
        MissingDataError: a run has not come to its end.
    """
    theirs, ours = load_side(baseline), load_side(candidate)
    start = max(theirs.start, ours.start)
    if not theirs.counts_from(start):
        theirs = load_side(baseline, start=start)
    return theirs, ours if ours.counts_from(start) else load_side(candidate, start=start)


def load_side(path: str | Path, *, start: int = 0) -> Side:
    """The side that a run folder, a judged folder or a baseline file stands for; folders are read as streams.

    Turns before `start` count for nobody, nor do those that a branched conversation went on from.

    Raises:
        UsageError: there is none of the three, or it was not judged; or it is a baseline file, and turns before `start`
            are to be left out.
        MissingDataError: the run has not come to its end.
    """
    path = Path(path)
    if path.is_file():
        if path.name.endswith(TRANSCRIPT_ENDINGS):
            raise UsageError(f"{path}: transcripts alone; {_judge_first(path)}")
        side = read_baseline(path)
        if start and not side.counts_from(start):
            raise UsageError(
                f"{path}: a baseline file does not hold which turns were judged, so it cannot be set against a branch,"
                f" of which the turns from {start} on count; give the run that the branch goes on from"
            )
        return side
    if not path.exists():
        raise UsageError(f"{path}: not found; give a run folder, a judged folder or a baseline file")
    if not any((path / name).exists() for name in (MANIFEST_FILE, SOURCES_FILE)):
        has_transcripts = any(path.glob("*.jsonl"))
        hint = _judge_first(path / "*.jsonl") if has_transcripts else "give a run folder, a judged folder or a baseline"
        raise UsageError(f"{path}: neither a run nor judged; {hint}")
    return side_of(JudgedFolder(path), start=start)


def side_of(folder: JudgedFolder, *, start: int = 0) -> Side:
    """The side that a run folder or a judged folder stands for; `start` as in `load_side`.

    Raises:
        UsageError: it was not judged, a file of it is torn, or its verdicts do not fit its transcripts.
        MissingDataError: the run has not come to its end.
    """
    try:
        return _side_of(folder, start=start)
    except TranscriptError as error:
        raise UsageError(f"{error}; {_mend(folder, Path(error.path))}") from error


def _mend(folder: JudgedFolder, torn: Path) -> str:
    """What to do about a file that cannot be read."""
    if (torn.parent / MANIFEST_FILE).exists():
        return f"mend it with: simstress run --resume {torn.parent}"
    if torn != folder.verdict_file:
        return "put the whole file back"
    return f"judge it again: simstress judge {' '.join(map(str, folder.transcripts.paths))} --out {folder.path}"


def _side_of(folder: JudgedFolder, *, start: int) -> Side:
    manifests = tuple(_manifests(folder))
    if not folder.verdict_file.exists():
        raise UsageError(f"{folder.path}: not judged yet; {_judge_first(folder.path)}")
    scenarios = {one.id: facts_of(one) for manifest in manifests for one in manifest.scenarios}
    judges = judge_versions(folder)
    conversations = tuple(_conversations(folder, judges, scenarios, start=start))
    if not conversations:
        raise UsageError(f"{folder.path}: there are no conversations")
    return Side(str(folder.path), judges, scenarios, conversations)


def facts_of(scenario: Scenario) -> ScenarioFacts:
    """What the gate knows of a scenario."""
    return ScenarioFacts(scenario.id, scenario.content_hash, dict(scenario.expect))


def text_hash(transcript: Transcript) -> str:
    """Sixteen hex digits over who said what."""
    digest = blake2b(digest_size=8)
    for turn in transcript.turns:
        digest.update(f"{len(turn.speaker)}:{turn.speaker}{len(turn.text)}:{turn.text}".encode(errors="surrogatepass"))
    return digest.hexdigest()


def _judge_first(path: Path) -> str:
    return f"judge first: simstress judge {path} --out judged, and gate that folder"


def _manifests(folder: JudgedFolder) -> Iterator[Manifest]:
    """What the runs say whose transcripts were judged, here or elsewhere."""
    for place in dict.fromkeys(path.parent for path in folder.transcripts.paths):
        if not (place / MANIFEST_FILE).exists():
            continue
        manifest = RunFolder(place).read_manifest()
        if manifest.status in ("running", "stopped"):
            raise MissingDataError(
                f"{place}: the run has not come to its end; go on with: simstress run --resume {place}"
            )
        yield manifest


def _conversations(
    folder: JudgedFolder, judges: Mapping[str, str], scenarios: dict[str, ScenarioFacts], *, start: int
) -> Iterator[Conversation]:
    """The conversations, of a stress test the control; scenarios that no run tells of are added as they are named."""
    for transcript, found in judged_conversations(folder, judges, start=start):
        if transcript.is_arm:
            continue
        if transcript.stop_reason == "aborted":
            raise UsageError(
                f"{folder.path}: judges that watched stopped conversations at their first flag (--abort-on), so their"
                " rates cannot be set against others; gate a run that nobody stopped, or compare the shares stopped"
            )
        if transcript.scenario:
            facts = ScenarioFacts(transcript.scenario.id, transcript.scenario.hash)
            scenarios.setdefault(transcript.scenario.id, facts)
        yield Conversation(
            key=key_of(transcript),
            transcript=transcript.id,
            seed=transcript.seed,
            turns=len(transcript.turns),
            text_hash=text_hash(transcript),
            found=_found(found),
            start=max(start, transcript.beginning),
            branched_of=transcript.branched_of,
        )


def _found(outcomes: Iterable[Outcome]) -> dict[str, Found]:
    return {one.judge: Found(one.flagged, one.judged_turns, one.missing) for one in outcomes}
