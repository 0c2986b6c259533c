"""compare: one provider against another, or conversations against people or other conversations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simstress.cli import options
from simstress.cli.controls import say_control

if TYPE_CHECKING:
    from analysis.findings import Shift
    from analysis.judged_folder import JudgedFolder
    from analysis.providers.values import ProviderComparison

Roles = Annotated[
    list[str] | None,
    typer.Option("--role", help="Compare side A here with side B there; repeat for more.", metavar="A=B"),
]
Margin = Annotated[
    float | None,
    typer.Option(
        "--margin",
        help="Difference of flag rates between models that counts as alike; left out: that of gate.",
        min=0,
        max=1,
    ),
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
    margin: Margin = None,
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
    _check_paths(files)
    say_control(files)
    if reference is not None:
        _refuse_page(report, "--reference compares with people")
        _against_people(files, reference, roles, seed, as_json=as_json)
        return
    folders = _judged_folders(files)
    if not folders:
        _refuse_page(report, "these are not all judged runs")
    models = _models_of(folders, margin, seed, is_asked_for=len(files) == 1 or report is not None)
    if len(files) > 1:
        _among_files(files, roles, seed, as_json=as_json)
    if models is not None:
        _show_models(models, report, as_json=as_json)


def _check_paths(paths: Sequence[Path]) -> None:
    from sims.errors import UsageError

    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder; give transcript files or run folders")
        if path.resolve() in seen:
            raise UsageError(f"{path}: is there twice; name each file or folder once")
        seen.add(path.resolve())


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


def _models_of(
    folders: Sequence[JudgedFolder], margin: float | None, seed: int, *, is_asked_for: bool
) -> ProviderComparison | None:
    """The models side by side; None without folders, or where they share nothing and the files are compared anyway."""
    from analysis.gate.values import DEFAULT_MARGIN
    from analysis.providers.compare import NotComparableError, compare_providers

    if not folders:
        return None
    try:
        return compare_providers(folders, margin=DEFAULT_MARGIN if margin is None else margin, seed=seed)
    except NotComparableError as error:
        if is_asked_for:
            raise
        _note(f"{error}.")
        return None


def _note(text: str) -> None:
    from rich.console import Console

    from simstress.cli.texts import safe

    Console(stderr=True).print(safe(text, limit=1_000))


def _show_models(models: ProviderComparison, report: Path | None, *, as_json: bool) -> None:
    """Tables or records to stdout, and the page."""
    from rich.console import Console

    from analysis.page.provider_page import write_provider_page
    from analysis.providers.records import provider_records
    from simstress.cli.provider_tables import print_providers

    if as_json:
        _write_records(provider_records(models))
    else:
        print_providers(models, Console())
    if report is not None:
        typer.echo(f"report: {write_provider_page(models, report)}", err=as_json)


def _against_people(
    files: Sequence[Path], reference: str, roles: Mapping[str, str] | None, seed: int, *, as_json: bool
) -> None:
    from analysis.people_comparison import compare_to_people
    from analysis.reference.profile import load_profile
    from simstress.cli.likeness import say_likeness

    found = compare_to_people(files, load_profile(reference), roles=roles, seed=seed)
    say_likeness(found)
    _show_likeness(found.shifts, as_json)


def _among_files(files: Sequence[Path], roles: Mapping[str, str] | None, seed: int, *, as_json: bool) -> None:
    from analysis.people_comparison import compare_files

    found = compare_files(files, roles=roles, seed=seed)
    for note in found.notes:
        _note(note)
    _show_shifts(found.shifts, as_json)


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

    from analysis.wording import one_line

    Console().print(Text(one_line(text), style="bold"))


def _write_records(records: Iterable[Mapping[str, Any]]) -> None:
    for record in records:
        typer.echo(json.dumps(record, allow_nan=False))
