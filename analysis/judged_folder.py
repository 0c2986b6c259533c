"""The folder that judging writes: verdicts, summary, report, and where the transcripts are."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from operator import attrgetter
from pathlib import Path
from typing import Any

from judges.card import JudgeCard, dump_card, read_card
from judges.judge import Judge
from judges.llm.answer_file import AnswerFile
from judges.panel import AHEAD, judge_transcripts
from judges.verdict import Verdict
from judges.verdict_file import VERDICTS
from sims.errors import UsageError
from sims.run_folder import RunFolder, make_folder, replace_file, replace_stream
from sims.totals import JudgingTotals
from sims.transcript import Transcript
from sims.transcript_file import TranscriptFiles

MANIFEST_FILE = "run.json"
SOURCES_FILE = "judged.json"
SOURCES_SCHEMA = "simstress/judged@1"


class JudgedFolder:
    """A run folder, or a folder of verdicts on transcripts that lie elsewhere.

    The latter names the transcript files in `judged.json`; a run folder holds its own. `sources` is what is to stand
    in `judged.json` once there are verdicts on it: until then the folder says of those that are there what they are.
    """

    def __init__(self, path: str | Path, *, sources: Mapping[str, Any] | None = None) -> None:
        self.path = Path(path)
        self._new_sources = sources
        self.verdict_file = self.path / "verdicts.jsonl"
        self.summary_file = self.path / "summary.json"
        self.report_file = self.path / "report.html"
        self.answer_file = self.path / "llm_answers.jsonl"
        self.card_folder = self.path / "cards"

    @property
    def manifest(self) -> dict[str, Any]:
        """What run.json says, or what was judged where there is no run.

        Raises:
            UsageError: neither is there, or it cannot be read.
        """
        if (self.path / MANIFEST_FILE).exists():
            return RunFolder(self.path).read_manifest().model_dump(mode="json", by_alias=True, exclude_none=True)
        return self._sources()

    @property
    def transcripts(self) -> TranscriptFiles:
        """The transcripts that the verdicts are on, as a stream."""
        if (self.path / MANIFEST_FILE).exists():
            return RunFolder(self.path).transcripts
        return TranscriptFiles(self._sources()["transcripts"])

    def locked(self) -> AbstractContextManager[None]:
        """Hold the folder for this process.

        Raises:
            UsageError: another process works in it.
        """
        return RunFolder(self.path).locked()

    def _sources(self) -> dict[str, Any]:
        if self._new_sources is not None:
            return {"schema": SOURCES_SCHEMA, **self._new_sources}
        path = self.path / SOURCES_FILE
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(
                f"{self.path}: neither a run nor a judged folder ({MANIFEST_FILE} or {SOURCES_FILE} is missing);"
                " make one with simstress run or simstress judge --out"
            ) from error
        except ValueError as error:
            raise UsageError(f"{path}: not JSON: {error}") from error
        if not (isinstance(data, dict) and data.get("schema") == SOURCES_SCHEMA and data.get("transcripts")):
            raise UsageError(f"{path}: not a list of judged files ({SOURCES_SCHEMA})")
        return data

    def verdicts(self) -> Iterator[Verdict]:
        """The verdicts as a stream, in the order of the transcripts.

        Raises:
            UsageError: nothing was judged here yet.
        """
        if not self.verdict_file.exists():
            raise UsageError(f"{self.path}: there are no verdicts yet; make them with: simstress judge")
        return VERDICTS.read(self.verdict_file)

    def write_verdicts(
        self,
        transcripts: Iterable[Transcript],
        judges: Sequence[Judge],
        *,
        ahead: int = AHEAD,
        on_done: Callable[[Transcript], None],
    ) -> None:
        """Judge and write, whole or not at all; `on_done` hears of each transcript that is judged.

        Where a judge asks models, up to `ahead` transcripts are asked about at once.
        """
        verdicts = judge_transcripts(transcripts, judges, ahead=ahead, on_done=on_done)
        with contextlib.closing(verdicts):
            replace_stream(self.verdict_file, (VERDICTS.dump(verdict) + "\n" for verdict in verdicts))
        if self._new_sources is not None:
            self._write_sources(self._sources())
            self._new_sources = None

    def answers(self) -> AbstractContextManager[AnswerFile]:
        """The remembered answers of judge models, to be found and added to."""
        return AnswerFile(self.answer_file).opened()

    def keep_cards(self, cards: Mapping[str, JudgeCard]) -> None:
        """Put the user's own cards that the verdicts rest on beside them, and no others."""
        for path in self.card_folder.glob("*.json"):
            path.unlink()
        if cards:
            make_folder(self.card_folder)
        for judge, card in cards.items():
            replace_file(self.card_folder / f"{judge}.json", dump_card(card))

    def cards(self) -> dict[str, JudgeCard]:
        """The user's own cards that the verdicts rest on, by judge; mostly none."""
        found = (read_card(path) for path in sorted(self.card_folder.glob("*.json")))
        return {card.judge: card for card in found}

    def write_judging(self, totals: JudgingTotals) -> None:
        """Put what asking models came to into run.json, or into judged.json where there is no run."""
        if (self.path / MANIFEST_FILE).exists():
            run = RunFolder(self.path)
            run.write_manifest(run.read_manifest().model_copy(update={"judging": totals}))
        else:
            self._write_sources(self._sources() | {"judging": totals.model_dump()})

    def _write_sources(self, sources: Mapping[str, Any]) -> None:
        replace_file(self.path / SOURCES_FILE, json.dumps(sources, indent=2) + "\n")

    def verdict_lookup(self) -> Callable[[str], Sequence[Verdict]]:
        """A function from a transcript's id to its verdicts, asked in the order of the transcripts.

        Only one conversation's verdicts are held at a time.
        """
        grouped = itertools.groupby(self.verdicts(), key=attrgetter("transcript"))

        def look_up(identity: str) -> Sequence[Verdict]:
            found, verdicts = next(grouped, (None, iter(())))
            if found != identity:
                raise UsageError(
                    f"{self.verdict_file}: expected verdicts on {identity!r}, found {found!r};"
                    " the transcripts have changed since, judge them again"
                )
            return tuple(verdicts)

        return look_up


def conversations_in(paths: Sequence[Path]) -> TranscriptFiles:
    """The transcripts of files and of run or judged folders.

    A folder that is neither is taken for a file, so that reading it says what is wrong.
    """
    files = (JudgedFolder(path).transcripts.paths if _is_judged(path) else (path,) for path in paths)
    return TranscriptFiles([file for found in files for file in found])


def _is_judged(path: Path) -> bool:
    return any((path / name).exists() for name in (MANIFEST_FILE, SOURCES_FILE))
