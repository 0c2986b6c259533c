"""verify-judges: plant faults in clean conversations and report what the judges catch."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import options

if TYPE_CHECKING:
    from judges.judge import Judge
    from judges.planting.fault import Fault
    from judges.verification import Detection, PlantedBatch, Trial
    from judges.verification_gate import Outcome
    from sims.transcript import Transcript

SAMPLE = 300
SHIPPED_REPEATS = 20
EXITS = {"PASS": 0, "REGRESSED": 1, "INCONCLUSIVE": 3}

Files = Annotated[
    list[Path] | None,
    typer.Argument(help="Clean conversations; none: the offline actor's.", metavar="FILE...", show_default=False),
]


def verify_judges(
    files: Files = None,
    *,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Conversations of the shipped scenarios by the offline actor.")
    ] = False,
    judges: Annotated[str | None, typer.Option("--judges", help="Comma-separated; left out: all.")] = None,
    faults: Annotated[str | None, typer.Option("--faults", help="Comma-separated; left out: all.")] = None,
    doses: Annotated[
        str, typer.Option("--doses", help="Shares in (0, 1] of the most that each fault does.", metavar="D,D")
    ] = "0.25,0.5,1",
    reference_size: Annotated[
        str | None,
        typer.Option("--reference-size", help="Conversations the judges learn from; several by commas.", metavar="N,N"),
    ] = None,
    share: Annotated[
        float, typer.Option("--share", help="Share of the conversations that carry the fault.", min=0.01, max=1)
    ] = 0.3,
    sample: Annotated[int, typer.Option("--sample", help="Use so many conversations, by hash.", min=2)] = SAMPLE,
    embeddings: options.Embeddings = None,
    seed: options.Seed = 0,
    gate: Annotated[
        float | None,
        typer.Option("--gate", help="Lowest recall at the highest dose, with at most 100 false alarms.", min=0, max=1),
    ] = None,
    max_false_alarms: Annotated[
        float | None,
        typer.Option("--max-false-alarms", help="Most flags in 1,000 clean turns; with --gate: 100.", min=0),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to keep the planted conversations in.")] = None,
    as_json: options.AsJson = False,
) -> int:
    """Plant faults of known place and dose in clean conversations and print what each judge catches.

    The gate passes over digress_same_append and digress_same_replace unless --faults names them: a sentence on the same
    subject may by chance be no fault.
    """
    from judges.verification import clean_detection, trials_for

    chosen = options.chosen_judges(judges)
    planted = _faults(faults, chosen)
    trials = trials_for(planted, _numbers(doses, "--doses"), _sizes(reference_size))
    transcripts = _sampled(_conversations(files or [], shipped=shipped, seed=seed), sample)
    typer.echo(_setting(len(transcripts), trials, share), err=True)
    made = _judges(chosen, embeddings)
    rows = list(_detections(transcripts, trials, made, share=share, seed=seed, out=out))
    without = _without_fault(made, planted) if chosen or faults is None else []
    rows += [clean_detection(transcripts, made[name]) for name in without]
    spared = () if faults else [fault.name for fault in planted if not fault.is_sure]
    outcomes = _outcomes(rows, min_recall=gate, max_false_alarms=max_false_alarms, spared=spared)
    if as_json:
        _print_records(rows, outcomes)
    else:
        _print_tables(rows, outcomes)
    return _exit(outcomes)


def _faults(names: str | None, judges: Sequence[str]) -> tuple[Fault, ...]:
    """The faults asked for that one of the judges there are (and were asked for) should find."""
    from judges.catalogue import judge_names
    from judges.planting.catalogue import FAULTS, find_faults
    from sims.errors import UsageError

    among = set(judges or judge_names())
    wanted = find_faults(options.split_names(names) or FAULTS)
    found = tuple(fault for fault in wanted if among.intersection(fault.judges))
    if not found and names:
        known = "; ".join(f"{fault.name}: {', '.join(fault.judges)}" for fault in wanted)
        raise UsageError(f"none of the judges {', '.join(sorted(among))} is to find such a fault ({known})")
    return found


def _without_fault(judges: Mapping[str, Judge], faults: Sequence[Fault]) -> list[str]:
    """The judges asked for that no planted fault is for; says so."""
    aimed_at = {name for fault in faults for name in fault.judges}
    without = [name for name in judges if name not in aimed_at]
    if without:
        typer.echo(
            f"no fault is for {', '.join(without)}: only false alarms are counted, a recall is not known", err=True
        )
    return without


def _numbers(text: str, option: str) -> list[float]:
    from sims.errors import UsageError

    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(f"{option} {text!r}: expected numbers by commas, such as 0.25,0.5,1") from error
    if not all(map(math.isfinite, numbers)):
        raise UsageError(f"{option} {text!r}: expected finite numbers, such as 0.25,0.5,1")
    return list(dict.fromkeys(numbers))


def _sizes(text: str | None) -> list[int | None]:
    from sims.errors import UsageError

    if text is None:
        return [None]
    sizes = _numbers(text, "--reference-size")
    if any(size < 0 or size != int(size) for size in sizes):
        raise UsageError(f"--reference-size {text!r}: expected whole numbers from 0, such as 0,10,100")
    return [int(size) for size in sizes]


def _conversations(files: Sequence[Path], *, shipped: bool, seed: int) -> list[Transcript]:
    from sims.errors import UsageError
    from sims.transcript_file import TranscriptFiles

    if files and shipped:
        raise UsageError("--shipped makes its own conversations; leave out the files, or --shipped")
    found = list(TranscriptFiles(options.transcript_files(files))) if files else _shipped_conversations(seed)
    if len(found) < 2:
        raise UsageError(
            f"{files[0]}: one conversation; some get a fault and the others stay clean, so give two or more"
        )
    return found


def _shipped_conversations(seed: int) -> list[Transcript]:
    """What the offline actor makes of the shipped scenarios with all dials at zero."""
    from sims.backends.catalogue import open_backend
    from sims.conversation import hold_conversation
    from sims.grid import Grid
    from sims.runner import hold_all
    from sims.scenario_file import load_scenarios, shipped_scenarios

    model = "offline/actor"
    grid = Grid(load_scenarios(shipped_scenarios().values()), models=(model,), repeats=SHIPPED_REPEATS, seed=seed)
    made: list[Transcript] = []
    hold = partial(hold_conversation, backends={model: open_backend(model)})
    asyncio.run(hold_all(iter(grid), hold, max_connections=10, on_done=made.append))
    return sorted(made, key=lambda one: one.id)


def _sampled(transcripts: Sequence[Transcript], size: int) -> list[Transcript]:
    """At most so many, those whose ids hash lowest, in the order of their ids."""
    from sims.seeds import stable_hash

    lowest = sorted(transcripts, key=lambda one: stable_hash("verify", one.id))[:size]
    return sorted(lowest, key=lambda one: one.id)


def _setting(conversations: int, trials: Sequence[Trial], share: float) -> str:
    return (
        f"{conversations} conversations, {len(trials)} trials; each plants one fault at one dose in {share:.0%} of the"
        " conversations, at most a tenth of them at once among clean ones, so that judges learn from a batch like those"
        " in use"
    )


def _judges(chosen: Sequence[str], embeddings: str | None) -> dict[str, Judge]:
    from judges.catalogue import judge_names, make_judge
    from judges.embeddings import load_encoder

    encoder = load_encoder(embeddings) if embeddings else None
    return {name: make_judge(name, encoder=encoder) for name in chosen or judge_names()}


def _detections(
    transcripts: Sequence[Transcript],
    trials: Sequence[Trial],
    judges: Mapping[str, Judge],
    *,
    share: float,
    seed: int,
    out: Path | None,
) -> Iterator[Detection]:
    from judges.planting.donors import Donors
    from judges.verification import detections, planted_batch

    donors = Donors.of(transcripts)
    before: PlantedBatch | None = None
    for number, trial in enumerate(trials, start=1):
        batch = planted_batch(transcripts, trial, donors, share=share, seed=seed)
        typer.echo(f"{number}/{len(trials)} {_progress(batch, before)}", err=True)
        if _is_the_same(batch, before):
            continue
        before = batch
        if out is not None:
            _keep(out, batch)
        yield from detections(batch, [judges[name] for name in trial.fault.judges if name in judges])


def _progress(batch: PlantedBatch, before: PlantedBatch | None) -> str:
    trial = f"{batch.trial.fault.name} at dose {batch.trial.dose:g}"
    if before is not None and _is_the_same(batch, before):
        return f"{trial}: the same turns as at dose {before.trial.dose:g}, left out"
    short = f": {len(batch.planted)} conversations offer a place for it, {batch.wanted} were wanted"
    return f"{trial}{short if len(batch.planted) < batch.wanted else ''}"


def _is_the_same(batch: PlantedBatch, before: PlantedBatch | None) -> bool:
    """Whether another dose of the fault has planted the very same turns, for judges that learn from as many."""
    if before is None or replace(batch.trial, dose=before.trial.dose) != before.trial or not batch.planted:
        return False
    return all(
        one.transcript.turns == before.planted[name].transcript.turns if name in before.planted else False
        for name, one in batch.planted.items()
    )


def _keep(out: Path, batch: PlantedBatch) -> None:
    """Write the conversations at fault, if any; `meta.planted` of each tells fault, dose and turns."""
    from sims.run_folder import make_folder, replace_stream
    from sims.transcript_file import TRANSCRIPTS

    if not batch.planted:
        return
    make_folder(out)
    path = out / f"{batch.trial.fault.name}@{batch.trial.dose:g}.jsonl"
    replace_stream(
        path, (f"{TRANSCRIPTS.dump(one)}\n" for one in (planted.transcript for planted in batch.planted.values()))
    )


def _outcomes(
    rows: Sequence[Detection], *, min_recall: float | None, max_false_alarms: float | None, spared: Sequence[str]
) -> dict[int, Outcome]:
    """The outcome of every row that the gate looks at, by the row's place; none without a gate."""
    from judges.verification_gate import gate_outcome, gate_rows

    if min_recall is None and max_false_alarms is None:
        return {}
    looked_at = {id(row) for row in gate_rows(rows, spared=spared)}
    return {
        place: gate_outcome(row, min_recall=min_recall, max_false_alarms=max_false_alarms)
        for place, row in enumerate(rows)
        if id(row) in looked_at
    }


def _exit(outcomes: dict[int, Outcome]) -> int:
    from judges.verification_gate import worst_outcome

    return EXITS[worst_outcome(list(outcomes.values()))]


def _print_records(rows: Sequence[Detection], outcomes: dict[int, Outcome]) -> None:
    from judges.verification import detection_record

    for place, row in enumerate(rows):
        typer.echo(json.dumps({**detection_record(row), "gate": outcomes.get(place)}, allow_nan=False))


def _print_tables(rows: Sequence[Detection], outcomes: dict[int, Outcome]) -> None:
    from rich.console import Console

    from simstress.cli.verification_tables import detection_tables, gate_lines

    console = Console()
    for part in detection_tables(rows):
        console.print(part)
    for line in gate_lines(rows, outcomes):
        console.print(line)
