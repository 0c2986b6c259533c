"""Recorded conversations of a run that go on from a turn of theirs with something changed: another run folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.branch_changes import Changes
from analysis.simulation import create_run
from sims.addressing import addressees, answered_turn
from sims.beginnings import cells_to_hold, write_beginnings
from sims.cell import Cell
from sims.conversation import as_recorded, stop_reason
from sims.errors import UnknownNameError, UsageError, nearest
from sims.manifest import BranchedOff, Manifest, RunSettings, new_manifest
from sims.run_folder import RunFolder
from sims.transcript import Transcript, Turn


@dataclass(frozen=True, slots=True)
class BranchPlan:
    """Which conversations of a run go on, from where, and what is different then.

    Turns before `at`, counted from 0, stay as recorded. Empty `conversations` take all, `of_model` those of one choice
    of models. Each goes on `repeats` times. `seed` None is the run's own: what nothing has changed is said again then,
    where the models keep to seeds.
    """

    at: int
    changes: Changes
    conversations: tuple[str, ...] = ()
    of_model: str | None = None
    repeats: int = 1
    seed: int | None = None

    @property
    def start(self) -> int:
        """The first turn that a model speaks."""
        return self.at + (self.changes.say is not None)


@dataclass(frozen=True, slots=True)
class Branch:
    """A folder whose conversations are about to go on; `left_out` counts the recordings that cannot, by the reason."""

    folder: RunFolder
    conversations: int
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A recording, and the cell of its run that it was held for."""

    cell: Cell
    transcript: Transcript


def start_branch(
    source: Path, out: Path, plan: BranchPlan, *, settings: RunSettings | None = None, is_judged: bool = True
) -> Branch:
    """A new run folder whose conversations begin as those of `source` do; nothing is called yet.

    `analysis.simulation.hold_run` and `judge_run` go on with it as with any run. The beginnings are kept in it, so it
    can be resumed whatever becomes of `source`. Its conversations have the scenario, temperature, repeat and label of
    the recordings, which is what runs are paired by, and so their ids, but for the name of another model; further
    repeats are numbered behind those of `source`. `settings` None are those of `source`, with nobody watching.

    Raises:
        UsageError: there is no such run or it is not at its end, a change fits nothing, no conversation can go on
            there, a model or judge cannot be had, or `out` is taken.
    """
    run = RunFolder(source)
    manifest = run.read_manifest()
    if manifest.status == "running":
        raise UsageError(f"{source}: the run has not come to its end; go on with: simstress run --resume {source}")
    if manifest.stress and plan.repeats > 1:
        raise UsageError(
            "--repeats: a stress test takes every conversation of an arm for one by itself, which branches of one"
            " recording are not; branch it once, and again with another --seed"
        )
    recorded = tuple(_chosen(run, plan))
    kept, left_out = _going_on(recorded, plan)
    if not kept:
        raise UsageError(f"no conversation of {source} can go on from turn {plan.at}: {_told(left_out)}")
    branch = _manifest(manifest, [one.cell for one in kept], plan, name=out.name, settings=settings)
    beginnings = _by_new_id(kept, plan, branch, repeats=_repeats(manifest))
    folder = create_run(branch, out, is_judged=is_judged, start=plan.start, held=beginnings)
    write_beginnings(folder, beginnings, at=plan.at)
    return Branch(folder, len(beginnings), left_out)


def _told(left_out: Mapping[str, int]) -> str:
    return "; ".join(f"{count} {reason}" for reason, count in left_out.items())


def _chosen(run: RunFolder, plan: BranchPlan) -> Iterator[_Recorded]:
    """The recordings asked for, each with its cell."""
    cells = {cell.id: cell for cell in cells_to_hold(run)}
    for identity in plan.conversations:
        if identity not in cells:
            guess = nearest(identity, cells)
            hint = f"did you mean {guess!r}?" if guess else f"its ids stand in {run.transcript_file}"
            raise UsageError(f"--conversation {identity!r}: {run.path} has no such conversation; {hint}")
    labels = {cell.label for cell in cells.values()}
    if plan.of_model is not None and plan.of_model not in labels:
        raise UnknownNameError("model", plan.of_model, labels)
    for transcript in run.transcripts:
        cell = cells.get(transcript.id)
        if cell is None or transcript.scenario is None or transcript.scenario.hash != cell.scenario.content_hash:
            raise UsageError(f"{transcript.id!r} was not made by the scenarios in run.json, so it cannot be branched")
        if transcript.id in (plan.conversations or cells) and plan.of_model in (None, cell.label):
            yield _Recorded(cell, transcript)


def _going_on(recorded: Sequence[_Recorded], plan: BranchPlan) -> tuple[list[_Recorded], dict[str, int]]:
    """The recordings cut where they go on, and why the others cannot, counted."""
    plan.changes.check([one.cell.scenario for one in recorded])
    kept: list[_Recorded] = []
    left_out: Counter[str] = Counter()
    for one in recorded:
        if reason := _why_not(one, plan):
            left_out[reason] += 1
        else:
            cut = replace(one.transcript, turns=_beginning(one, plan), repeat=one.cell.facts_repeat)
            kept.append(_Recorded(one.cell, cut))
    return kept, dict(left_out)


def _why_not(one: _Recorded, plan: BranchPlan) -> str | None:
    turns, changes = one.transcript.turns, plan.changes
    if not changes.concern(one.cell.scenario):
        return f"have no {' and '.join(changes.agents)}"
    if len(turns) < plan.at:
        return "are shorter than that"
    if changes.say is not None:
        speaker, text = changes.say
        if plan.at == len(turns) or turns[plan.at].speaker != speaker:
            return f"do not have {speaker} speak that turn"
        if mark := next((mark for mark in one.cell.scenario.stop.markers if mark in text), None):
            return f"would end with these words, which hold the mark {mark!r}"
    beginning = list(_beginning(one, plan))
    is_at_end = beginning and stop_reason(changes.scenario(one.cell.scenario), beginning)
    return "have come to their end there" if is_at_end else None


def _beginning(one: _Recorded, plan: BranchPlan) -> tuple[Turn, ...]:
    """The turns before `at`, which nobody pays for again, and the turn that is put in their place."""
    kept = tuple(map(as_recorded, one.transcript.turns[: plan.at]))
    if plan.changes.say is None:
        return kept
    speaker, text = plan.changes.say
    cast = [agent.name for agent in one.cell.scenario.agents]
    said = Turn(
        speaker,
        text,
        reply_to=answered_turn(speaker, kept),
        to=addressees(text, speaker=speaker, cast=cast),
        meta={"fixed": True, "injected": True},
    )
    return (*kept, said)


def _manifest(
    manifest: Manifest, cells: Sequence[Cell], plan: BranchPlan, *, name: str, settings: RunSettings | None
) -> Manifest:
    """The manifest of the branch: the run's grid, changed."""
    grid, changes = manifest.grid, plan.changes
    pinned = {**grid.agent_models, **changes.agent_models}
    repeats = manifest.repeats if plan.repeats == 1 else plan.repeats * _repeats(manifest)
    changed = replace(
        grid,
        scenarios=tuple(map(changes.scenario, grid.scenarios)),
        models=changes.models(grid.models, cells, pinned),
        agent_models=pinned,
        repeats=repeats,
        seed=grid.seed if plan.seed is None else plan.seed,
    )
    settings = settings or manifest.settings.model_copy(update={"abort_on": ()})
    branched_off = BranchedOff(run=manifest.name, at=plan.at, changes=dict(changes.told))
    branch = new_manifest(changed, name=name, settings=settings)
    return branch.model_copy(update={"branched_off": branched_off})


def _repeats(manifest: Manifest) -> int:
    """The most repeats that some scenario of the run has."""
    return max(casting.repeats for casting in manifest.grid.castings)


def _by_new_id(kept: Sequence[_Recorded], plan: BranchPlan, branch: Manifest, *, repeats: int) -> dict[str, Transcript]:
    """The beginnings by the ids that the conversations have in the branch."""
    found: dict[str, Transcript] = {}
    for number in range(plan.repeats):
        for one in kept:
            label, repeat = plan.changes.label(one.cell, branch.agent_models), one.cell.repeat + number * repeats
            identity = replace(one.cell, label=label, repeat=repeat).id
            if identity in found:
                raise UsageError(
                    "these are conversations by several models, which could not be told apart by then; choose those of"
                    " one with --of-model"
                )
            found[identity] = one.transcript
    return found
