"""What each judge found in each conversation of a folder, and what identifies a conversation across runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import total_ordering
from itertools import groupby
from operator import attrgetter

from analysis.judged_folder import JudgedFolder
from analysis.tables import NO_VERDICT
from judges.verdict import Verdict
from sims.errors import UsageError
from sims.transcript import Transcript


@total_ordering
@dataclass(frozen=True, slots=True)
class ConversationKey:
    """What identifies a conversation across runs: its place in the grid, or its id where it has none.

    `scenario` and `model` are "" and `temperature` and `repeat` None where the transcript does not tell; `id` is the
    transcript's own where scenario or repeat is not known, else "". Keys are ordered by their fields, None first.
    """

    scenario: str
    model: str
    temperature: float | None
    repeat: int | None
    id: str

    def __lt__(self, other: ConversationKey) -> bool:
        return self._rank < other._rank

    @property
    def _rank(self) -> tuple[str, str, float, int, str]:
        heat = -1.0 if self.temperature is None else self.temperature
        return self.scenario, self.model, heat, -1 if self.repeat is None else self.repeat, self.id


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one judge found in one conversation.

    `flagged` holds the indices of turns that are judged and have a hit, ascending; `judged_turns` counts the turns with
    a score, `turns` all, each from `start` on: what a branched conversation went on from counts for nobody. A turn
    whose words a stressor changed counts neither as judged nor as flagged. `missing` is
    None, or why the outcome is missing: the stop reason of a conversation that failed, an `UnjudgedReason`, or
    "no_verdict". What was judged of a failed conversation stands in the counts all the same.
    """

    key: ConversationKey
    transcript: str
    seed: int | None
    judge: str
    version: str
    flagged: tuple[int, ...]
    judged_turns: int
    turns: int
    missing: str | None
    start: int = 0


def outcomes(folder: JudgedFolder) -> Iterator[Outcome]:
    """One outcome for each conversation and judge of a run or judged folder, as a stream in the order of transcripts.

    A judge that has a verdict on some conversation has an outcome on every one, but for those that hold nothing of its
    kind (`Verdict.is_applicable`).

    Raises:
        UsageError: there are no verdicts, they do not fit the transcripts, or a judge is there in two versions.
    """
    for _, found in judged_conversations(folder, judge_versions(folder)):
        yield from found


def judged_conversations(
    folder: JudgedFolder, versions: Mapping[str, str], *, start: int = 0
) -> Iterator[tuple[Transcript, tuple[Outcome, ...]]]:
    """Each transcript with its outcomes, as `outcomes` has them; `versions` are those of `judge_versions`.

    Turns before `start` count for nobody, as those of a branch's beginning do, so that a recording can be set against
    what was branched off it.
    """
    for transcript, verdicts in with_verdicts(folder):
        yield transcript, _outcomes(transcript, verdicts, versions, start=max(start, transcript.beginning))


def with_verdicts(folder: JudgedFolder) -> Iterator[tuple[Transcript, Sequence[Verdict]]]:
    """Each transcript of a folder with its verdicts, possibly none, as a stream.

    Raises:
        UsageError: there are no verdicts, or one has no transcript in its place.
    """
    groups = groupby(folder.verdicts(), key=attrgetter("transcript"))
    name, verdicts = _next_group(groups)
    for transcript in folder.transcripts:
        is_next = transcript.id == name
        yield transcript, verdicts if is_next else ()
        if is_next:
            name, verdicts = _next_group(groups)
    if name is not None:
        raise UsageError(
            f"{folder.verdict_file}: the verdicts on {name!r} have no transcript in their place;"
            " the transcripts have changed since, judge them again"
        )


def judge_versions(folder: JudgedFolder) -> dict[str, str]:
    """The judges of a folder with their versions, in order of appearance.

    Raises:
        UsageError: there are no verdicts, or a judge is there in two versions.
    """
    versions: dict[str, str] = {}
    for verdict in folder.verdicts():
        known = versions.setdefault(verdict.judge, verdict.version)
        if known != verdict.version:
            raise UsageError(
                f"{folder.verdict_file}: {verdict.judge} is there in the versions {known} and {verdict.version};"
                " judge the transcripts again"
            )
    return versions


def key_of(transcript: Transcript) -> ConversationKey:
    """What identifies this conversation across runs."""
    scenario = transcript.scenario.id if transcript.scenario else ""
    model, heat = transcript.meta.get("model"), transcript.meta.get("temperature")
    return ConversationKey(
        scenario=scenario,
        model=model if isinstance(model, str) else "",
        temperature=float(heat) if isinstance(heat, int | float) else None,
        repeat=transcript.repeat,
        id="" if scenario and transcript.repeat is not None else transcript.id,
    )


def placing(*sides: Iterable[ConversationKey]) -> Callable[[ConversationKey], ConversationKey]:
    """What conversations of different sides must have alike to stand against each other, as a function of a key.

    Each side gives its keys: the conversations of one run, or of one model. It is the scenario, model, temperature and
    repeat, or the id where there is one. The model of a scenario plays no part where every side held it with at most
    one: then the models are what is compared. The same goes for temperatures.

    >>> here, there = ConversationKey("refund", "a", None, 0, ""), ConversationKey("refund", "b", None, 0, "")
    >>> place = placing([here], [there])
    >>> place(here) == place(there)
    True
    """
    several_models: set[str] = set()
    several_heats: set[str] = set()
    for side in sides:
        keys = tuple(side)
        several_models |= _with_several((key.scenario, key.model) for key in keys)
        several_heats |= _with_several((key.scenario, key.temperature) for key in keys)

    def place(key: ConversationKey) -> ConversationKey:
        if key.id:
            return ConversationKey("", "", None, None, key.id)
        model = key.model if key.scenario in several_models else ""
        return replace(key, model=model, temperature=key.temperature if key.scenario in several_heats else None)

    return place


def _with_several(labels: Iterable[tuple[str, object]]) -> set[str]:
    """The scenarios that stand with more than one label."""
    counts = Counter(scenario for scenario, _ in set(labels))
    return {scenario for scenario, count in counts.items() if count > 1}


def _next_group(groups: Iterator[tuple[str, Iterator[Verdict]]]) -> tuple[str | None, Sequence[Verdict]]:
    name, verdicts = next(groups, (None, iter(())))
    return name, tuple(verdicts)


def _outcomes(
    transcript: Transcript, verdicts: Sequence[Verdict], versions: Mapping[str, str], *, start: int
) -> tuple[Outcome, ...]:
    by_judge = {verdict.judge: verdict for verdict in verdicts}
    if len(by_judge) < len(verdicts):
        raise UsageError(f"two verdicts of one judge on {transcript.id!r}; judge the transcripts again")
    key = key_of(transcript)
    return tuple(
        _outcome(transcript, key, by_judge.get(judge), judge, version, start=start)
        for judge, version in versions.items()
        if judge not in by_judge or by_judge[judge].is_applicable
    )


def _outcome(
    transcript: Transcript, key: ConversationKey, verdict: Verdict | None, judge: str, version: str, *, start: int
) -> Outcome:
    unjudged = verdict.missing_for if verdict else NO_VERDICT
    judged = judged_turns(transcript, verdict, start=start) if verdict else frozenset[int]()
    return Outcome(
        key=key,
        transcript=transcript.id,
        seed=transcript.seed,
        judge=judge,
        version=version,
        flagged=tuple(turn for turn in verdict.flagged_turns if turn in judged) if verdict else (),
        judged_turns=len(judged),
        turns=max(len(transcript.turns) - start, 0),
        missing=transcript.stop_reason if transcript.has_failed else unjudged,
        start=start,
    )


def judged_turns(transcript: Transcript, verdict: Verdict, *, start: int = 0) -> frozenset[int]:
    """The indices of the turns from `start` on that have a score, and whose words are their speaker's own: no stressor
    changed them, and no branched conversation went on from them.

    Raises:
        UsageError: the verdict does not fit the transcript.
    """
    turns = len(transcript.turns)
    if len(verdict.turn_scores) != turns or any(turn >= turns for turn in verdict.flagged_turns):
        raise UsageError(
            f"the verdict of {verdict.judge} on {transcript.id!r} is on {len(verdict.turn_scores)} turns,"
            f" the transcript has {turns}; judge it again"
        )
    return frozenset(
        place
        for place, (turn, score) in enumerate(zip(transcript.turns, verdict.turn_scores, strict=True))
        if place >= start and score is not None and not (turn.is_of_beginning or turn.meta.get("stressed"))
    )
