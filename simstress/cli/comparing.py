"""compare: one provider against another, or conversations against people or other conversations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simstress.cli import options

if TYPE_CHECKING:
    import pandas as pd

    from analysis.findings import Shift
    from analysis.judged_folder import JudgedFolder
    from sims.transcript import Transcript

Roles = Annotated[
    list[str] | None,
    typer.Option("--role", help="Compare side A here with side B there; repeat for more.", metavar="A=B"),
]
Margin = Annotated[
    float,
    typer.Option("--margin", help="Difference of flag rates between models that counts as alike.", min=0, max=1),
]


def compare(
    files: options.Transcripts,
    *,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            help="A human profile, by name or .json file; left out: the models of one run are compared with each"
            " other, or the first FILE with each of the others.",
        ),
    ] = None,
    role: Roles = None,
    margin: Margin = 0.02,
    report: Annotated[
        Path | None, typer.Option("--report", help="Page to write the comparison of models to.", metavar="FILE.html")
    ] = None,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Say which model is better, or how far conversations lie from people or from others, and how sure that is."""
    from simstress.cli.reporting import check_page

    check_page(report)
    roles = _roles(role or ())
    if reference is not None:
        _refuse_page(report, "--reference compares with people")
        _show_likeness(_against_people(files, reference, roles, seed), as_json)
        return
    folders = _judged_folders(files)
    if len(files) > 1:
        _show_shifts(_among_files(files, roles, seed), as_json)
    if folders and (len(files) == 1 or report or not as_json):
        _show_providers(folders, margin, seed, report, as_records=len(files) == 1 if as_json else None)
    elif not folders:
        _refuse_page(report, "these are not all judged runs")


def _refuse_page(report: Path | None, why: str) -> None:
    from sims.errors import UsageError

    if report is not None:
        raise UsageError(f"--report {report}: is a page on models compared with each other, and {why}; leave it out")


def _judged_folders(paths: Sequence[Path]) -> tuple[JudgedFolder, ...]:
    """The folders of verdicts that were named; none unless all are. A single one must be such a folder.

    Raises:
        UsageError: a single file was named that is no folder of verdicts, so that there is nothing to compare it with.
    """
    from analysis.judged_folder import JudgedFolder
    from sims.errors import UsageError

    if len(paths) == 1 and not paths[0].is_dir():
        raise UsageError(
            "nothing to compare with: give --reference NAME (simstress reference list), a second file,"
            " or the folder of a run with several models"
        )
    folders = tuple(JudgedFolder(path) for path in paths)
    return folders if len(paths) == 1 or all(one.verdict_file.exists() for one in folders) else ()


def _show_providers(
    folders: Sequence[JudgedFolder], margin: float, seed: int, report: Path | None, *, as_records: bool | None
) -> None:
    """Compare the models and write tables (None), records, or nothing (False) to stdout, and the page."""
    from rich.console import Console

    from analysis.page.provider_page import write_provider_page
    from analysis.providers.compare import compare_providers
    from analysis.providers.records import provider_records
    from simstress.cli.provider_tables import print_providers

    comparison = compare_providers(folders, margin=margin, seed=seed)
    if as_records is None:
        print_providers(comparison, Console())
    elif as_records:
        _write_records(provider_records(comparison))
    if report is not None:
        typer.echo(f"report: {write_provider_page(comparison, report)}", err=as_records is not None)


def _against_people(
    files: Sequence[Path], reference: str, roles: dict[str, str] | None, seed: int
) -> dict[str, tuple[Shift, ...]]:
    """The shifts from people of each model, corrected over all of them."""
    from analysis.comparison import compare_to_profile, corrected_together
    from analysis.providers.nearness import nearness
    from analysis.providers.wording import nearness_words
    from analysis.reference.genre_fit import profile_notes
    from analysis.reference.profile import load_profile
    from simstress.cli.likeness import say_human_or_machine

    profile = load_profile(reference)
    tables = dict(_tables_by_model(files))
    found = {model: compare_to_profile(table, profile, roles=roles, seed=seed) for model, table in tables.items()}
    for note in dict.fromkeys(note for table in tables.values() for note in profile_notes(table, profile, roles=roles)):
        typer.echo(note, err=True)
    say_human_or_machine(tables, profile, roles=roles, seed=seed)
    for sentence in nearness_words(nearness(tables, found, profile, roles=roles, seed=seed)):
        typer.echo(sentence, err=True)
    together = iter(corrected_together([shift for shifts in found.values() for shift in shifts]))
    return {model: tuple(next(together) for _ in shifts) for model, shifts in found.items()}


def _tables_by_model(files: Sequence[Path]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The features of the conversations of each model, of all under "" where there is but one."""
    from analysis.judged_folder import conversations_in
    from analysis.providers.readings import label_of
    from analysis.tables import feature_table

    model_of: dict[str, str] = {}

    def noted() -> Iterator[Transcript]:
        for transcript in conversations_in(files):
            model_of[transcript.id] = label_of(transcript)
            yield transcript

    table = feature_table(noted())
    models = list(dict.fromkeys(model_of.values()))
    if len(models) < 2:
        yield "", table
        return
    models_of_rows = table["transcript"].map(model_of)
    for model in models:
        yield model, table[models_of_rows == model]


def _among_files(files: Sequence[Path], roles: dict[str, str] | None, seed: int) -> tuple[Shift, ...]:
    from analysis.comparison import compare_tables, corrected_together
    from analysis.judged_folder import conversations_in
    from analysis.tables import feature_table

    first, *others = (feature_table(conversations_in([path])) for path in files)
    return corrected_together(
        [
            shift
            for path, other in zip(files[1:], others, strict=True)
            for shift in compare_tables(first, other, name=str(path), roles=roles, seed=seed)
        ]
    )


def _roles(texts: Sequence[str]) -> dict[str, str] | None:
    from sims.errors import UsageError

    pairs = [_pair(text) for text in texts]
    roles = dict(pairs)
    if len(roles) < len(pairs):
        raise UsageError("--role: a side is named twice; each side here is compared with one side there")
    return roles or None


def _pair(text: str) -> tuple[str, str]:
    from sims.errors import UsageError

    here, sign, there = text.partition("=")
    if not (here and sign and there):
        raise UsageError(f"--role {text!r}: expected SIDE=SIDE, for example seeker=seeker or peer=helper")
    return here, there


def _show_likeness(shifts: Mapping[str, Sequence[Shift]], as_json: bool) -> None:
    """Each model's distance from people: a record says whose where there are several."""
    from analysis.comparison import records

    for model, found in shifts.items():
        if as_json:
            named = {"record": "shift", "arm": model} if model else {}
            _write_records(named | record for record in records(found))
            continue
        if model:
            _print_heading(model)
        _show_shifts(found, as_json)


def _show_shifts(shifts: Sequence[Shift], as_json: bool) -> None:
    from rich.console import Console

    from analysis.comparison import records
    from analysis.features.catalogue import FEATURES
    from simstress.cli.terminal import shifts_tables

    if as_json:
        _write_records(records(shifts))
        return
    console = Console()
    for table in shifts_tables(shifts, labels={feature.name: feature.label for feature in FEATURES.values()}):
        console.print(table)


def _print_heading(text: str) -> None:
    from rich.console import Console
    from rich.text import Text

    from analysis.report.wording import one_line

    Console().print(Text(one_line(text), style="bold"))


def _write_records(records: Iterable[Mapping[str, Any]]) -> None:
    for record in records:
        typer.echo(json.dumps(record, allow_nan=False))
