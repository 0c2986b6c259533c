"""A run that goes on until what its scenarios expect is settled: hold a batch, judge it, look, go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from analysis.judge_tools import JudgeTools
from analysis.judged_folder import JudgedFolder
from analysis.sequential.expectation import ExpectationStanding, expectations_of
from analysis.sequential.watch import Watch, learners
from analysis.spending import calling_of
from judges.catalogue import needs_model
from judges.llm.answer_file import AnswerFile
from judges.panel import prepare_judges
from sims.calling import Calling
from sims.cell import Cell
from sims.errors import NoMoreCalls
from sims.limits import MOST_AT_ONCE
from sims.manifest import SettledExpectation
from sims.run_folder import RunFolder
from sims.runner import hold_cells, settle
from sims.transcript import Transcript

DEFAULT_BATCH = 10


@dataclass(frozen=True, slots=True)
class Sequel:
    """What came of such a run: its standings, in the order of the grid, and what it took.

    `most` is how many conversations there could have been, `held` how many there are; `saved_usd` is what the others
    would have cost at the price of those, None where a price is not known.
    """

    standings: tuple[ExpectationStanding, ...]
    held: int
    most: int
    saved_usd: float | None


def run_until_decided(
    folder: RunFolder,
    *,
    tools: JudgeTools,
    calling: Calling | None = None,
    max_connections: int = MOST_AT_ONCE,
    retry_errors: bool = False,
    on_done: Callable[[Transcript], None] = lambda transcript: None,
    on_batch: Callable[[Watch], None] = lambda watch: None,
) -> Sequel:
    """Hold conversations in batches until every expectation of the run is settled, then mark the run complete.

    A batch is a few repeats of every cell with an open expectation, all cells by turns. Judges that learn do so from
    the first batch, which is large enough for that (`LEAST_TO_LEARN_FROM`), judge it, each conversation by what the
    others taught, and judge the later ones with what they learnt there. Before the run ends they learn anew, from all
    that was held, and judge all again: those are the verdicts of the report, a decision stands only where they come to
    it too, and what they leave open goes on. All conversations count, from the first on, in the order of repeats, not
    in that of arrival, and a run that is resumed goes through its batches anew: it comes to the same decisions, and
    holds only what is not there. `calling` makes the calls, by default one of its own. The caller holds the folder's
    lock.

    Raises:
        UsageError: no scenario expects anything, or a judge is needed that the run does not have.
        KeyboardInterrupt: the run was interrupted; what had ended is on disk.
        NoMoreCalls: the money is spent, or a provider is away; what was said until then is on disk.
    """
    manifest = folder.read_manifest()
    watch = Watch(expectations_of(manifest))
    calling = calling or calling_of(folder, max_connections=max_connections)

    def hold(cells: Sequence[Cell]) -> list[Transcript]:
        holding = hold_cells(
            folder,
            cells,
            calling.backends(manifest),
            max_connections=max_connections,
            retry_errors=retry_errors,
            commitments=calling.commitments,
            on_done=on_done,
        )
        try:
            if asyncio.run(holding):
                raise KeyboardInterrupt
        finally:
            calling.note_pace(folder)
        return list(folder.held(cell.id for cell in cells))

    try:
        _hold_until_settled(folder, watch, hold, tools=tools, on_batch=on_batch)
    except (KeyboardInterrupt, NoMoreCalls):
        settle(folder, is_whole=False)
        raise
    settle(folder)
    standings = watch.standings()
    _record(folder, standings)
    return _sequel(folder, standings, most=sum(map(watch.concerns, manifest.grid)))


def _hold_until_settled(
    folder: RunFolder,
    watch: Watch,
    hold: Callable[[Sequence[Cell]], Sequence[Transcript]],
    *,
    tools: JudgeTools,
    on_batch: Callable[[Watch], None],
) -> None:
    """Hold batch after batch and show the watch each, judged, until nothing is left to settle."""
    manifest, lessons = folder.read_manifest(), tools.lessons
    batch = manifest.until_decided.batch if manifest.until_decided else DEFAULT_BATCH
    with _answers(folder, watch.judges) as answers:
        judges = tools.make(watch.judges, answers)
        can_learn = lessons is None and bool(learners(judges))
        size = max(batch, watch.repeats_to_learn_from) if can_learn else batch
        while cells := watch.next_cells(manifest.grid, size=size):
            is_first, size = not watch.cells, batch
            transcripts = hold(cells)
            judges = prepare_judges(judges, lessons or transcripts) if is_first else judges
            watch.add(cells, transcripts, judges)
            on_batch(watch)
            if can_learn and not is_first and not watch.next_cells(manifest.grid, size=size):
                ids = [cell.id for cell in watch.cells]
                judges = prepare_judges(judges, folder.held(ids))
                watch.recount(folder.held(ids), judges)
                on_batch(watch)


def _answers(folder: RunFolder, judges: Sequence[str]) -> AbstractContextManager[AnswerFile | None]:
    return JudgedFolder(folder.path).answers() if any(map(needs_model, judges)) else nullcontext()


def _record(folder: RunFolder, standings: Sequence[ExpectationStanding]) -> None:
    """Put what is settled into run.json."""
    manifest = folder.read_manifest()
    settled = tuple(
        SettledExpectation(
            scenario=one.expectation.scenario,
            model=one.expectation.model,
            temperature=one.expectation.temperature,
            judge=one.expectation.judge,
            max_rate=one.expectation.max_rate,
            decision=one.decision,
            conversations=one.settled_after,
        )
        for one in standings
        if one.decision != "UNDECIDED" and one.settled_after is not None
    )
    if manifest.until_decided:
        plan = manifest.until_decided.model_copy(update={"settled": settled})
        folder.write_manifest(manifest.model_copy(update={"until_decided": plan}))


def _sequel(folder: RunFolder, standings: tuple[ExpectationStanding, ...], *, most: int) -> Sequel:
    """What it took, by the totals of the run."""
    totals = folder.read_manifest().totals
    held = totals.conversations if totals else 0
    is_priced = totals is not None and held > 0 and not totals.turns_without_cost
    saved_usd = round((most - held) * totals.cost_usd / held, 6) if totals and is_priced else None
    return Sequel(standings, held, most, saved_usd)
