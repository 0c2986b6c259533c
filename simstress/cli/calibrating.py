"""calibrate: a threshold for a judge from labels of your own, and the true rate where many conversations have none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import options

if TYPE_CHECKING:
    from judges.calibration import Calibration
    from judges.judge import Judge
    from judges.labels import LabelSet
    from judges.true_rate import TrueRate
    from judges.verdict import Verdict
    from sims.transcript import Transcript

CARDS = Path("simstress-cards")
EXITS = {"PASS": 0, "REGRESSED": 1, "INCONCLUSIVE": 3}


def calibrate(
    files: options.Transcripts,
    *,
    judge: Annotated[str, typer.Option("--judge", help="The judge to calibrate.")],
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="JSONL or CSV of transcript, turn, label (0/1); left out: meta.labels."),
    ] = None,
    precision: Annotated[
        float, typer.Option("--precision", help="Share of the flags that should be right.", min=0.01, max=1)
    ] = 0.9,
    unlabelled: Annotated[
        list[Path] | None,
        typer.Option("--unlabelled", help="Conversations without labels, to estimate the true rate on."),
    ] = None,
    embeddings: options.Embeddings = None,
    out: Annotated[Path | None, typer.Option("--out", help="The card; left out: simstress-cards/JUDGE.json.")] = None,
    as_json: options.AsJson = False,
) -> int:
    """Fit a judge's threshold to your labels, say how well it does on others, and write a card of your own.

    Exit 0 where the precision on held-out labels is what was wanted, 3 where it is less but may be chance, and 1,
    without a card, where it is surely less or no score reaches it.
    """
    from judges.calibration import calibrate as fitted

    prototype = _judge(judge, embeddings)
    path = out or CARDS / f"{judge}.json"
    _check_card_place(path)
    transcripts = _transcripts(files)
    others = _others(_transcripts(unlabelled or []), known={one.id for one in transcripts})
    found_labels = _labels(labels, transcripts)
    verdicts = _verdicts(prototype, [*transcripts, *others])
    found = fitted(found_labels, verdicts, wanted_precision=precision)
    rate = _rate(found_labels, verdicts, others) if unlabelled else None
    if as_json:
        _print_record(judge, found, rate)
    else:
        _print_tables(judge, found, rate)
    for warning in (*found.warnings, *(rate.warnings if rate else ())):
        typer.echo(f"warning: {warning}", err=True)
    return _write_card(path, found, prototype, data=str(labels.name if labels else "meta.labels"))


def _judge(name: str, embeddings: str | None) -> Judge:
    from judges.catalogue import judge_names, make_judge, paper_judge_names
    from judges.embeddings import load_encoder
    from sims.errors import UnknownNameError

    offline = (*judge_names(), *paper_judge_names())
    if name not in offline:
        raise UnknownNameError("judge", name, offline)
    return make_judge(name, encoder=load_encoder(embeddings) if embeddings else None)


def _check_card_place(path: Path) -> None:
    """Return when nothing stands there but a card of the user's own."""
    from judges.calibrated import read_own_card
    from sims.errors import OutputError, UsageError

    if path.exists():
        try:
            read_own_card(path)
        except UsageError as error:
            raise OutputError(f"{error}; choose another --out") from error


def _transcripts(files: Sequence[Path]) -> list[Transcript]:
    from sims.transcript_file import TranscriptFiles

    return list(TranscriptFiles(options.transcript_files(files)))


def _others(transcripts: Sequence[Transcript], *, known: AbstractSet[str]) -> list[Transcript]:
    """Those whose ids are not among the labelled; says how many are left out, as they would count twice."""
    twice = [one.id for one in transcripts if one.id in known]
    if twice:
        shown = ", ".join(twice[:3]) + (", ..." if len(twice) > 3 else "")
        typer.echo(f"warning: {len(twice):,} unlabelled conversations have the id of a labelled one: {shown}", err=True)
        typer.echo("warning: they are left out; rename them if they are others", err=True)
    return [one for one in transcripts if one.id not in known]


def _labels(path: Path | None, transcripts: Sequence[Transcript]) -> LabelSet:
    from judges.labels import label_set, noted_labels, read_labels

    given = read_labels(path) if path else noted_labels(transcripts)
    return label_set(given, {one.id: len(one.turns) for one in transcripts})


def _verdicts(judge: Judge, transcripts: Sequence[Transcript]) -> dict[str, Verdict]:
    from judges.panel import judge_transcripts, prepare_judges

    prepared = prepare_judges([judge], transcripts)
    return {verdict.transcript: verdict for verdict in judge_transcripts(transcripts, prepared)}


def _rate(labels: LabelSet, verdicts: dict[str, Verdict], others: Sequence[Transcript]) -> TrueRate:
    from judges.true_rate import true_rate

    return true_rate(labels, verdicts, [verdicts[one.id] for one in others])


def _write_card(path: Path, found: Calibration, judge: Judge, *, data: str) -> int:
    from judges.calibration import own_card
    from judges.card import dump_card
    from judges.measuring.fingerprint import fingerprint
    from sims.run_folder import make_folder, replace_file

    code = EXITS[found.outcome]
    if found.outcome == "REGRESSED":
        typer.echo(f"{_why_no_card(found)}; no card", err=True)
        return code
    card = own_card(found, judge=judge.name, version=judge.version, fingerprint=fingerprint(judge), data=data)
    make_folder(path.parent)
    replace_file(path, dump_card(card))
    typer.echo(f"card: {path}", err=True)
    return code


def _why_no_card(found: Calibration) -> str:
    from judges.calibration import MIN_FLAGS

    if found.threshold is None:
        return (
            f"no score reaches a precision of {found.wanted_precision:g} on these labels with {MIN_FLAGS} flags or more"
        )
    return f"the threshold does not keep its precision of {found.wanted_precision:g} on held-out conversations"


def _print_record(judge: str, found: Calibration, rate: TrueRate | None) -> None:
    from judges.calibration import calibration_record

    record = {"judge": judge, **calibration_record(found), "true_rate": asdict(rate) if rate else None}
    typer.echo(json.dumps(record, allow_nan=False))


def _print_tables(judge: str, found: Calibration, rate: TrueRate | None) -> None:
    from rich.console import Console

    from simstress.cli.calibration_tables import calibration_table, rate_table

    console = Console()
    console.print(calibration_table(judge, found))
    if rate:
        console.print(rate_table(rate))
