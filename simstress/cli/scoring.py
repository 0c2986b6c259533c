"""score: flat texts, one a row, before a judge that needs no conversation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import options

if TYPE_CHECKING:
    from judges.embeddings import Encoder
    from judges.flat_texts import TextScore


def score(
    judge: Annotated[str, typer.Argument(help="formality or metaphor.", metavar="JUDGE")],
    file: Annotated[
        Path, typer.Argument(help="Rows with a text each: .jsonl, .csv or .tsv, plain or .gz.", metavar="FILE")
    ],
    *,
    field: Annotated[str, typer.Option("--field", help="Which field of a row holds the text, or a list of words.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="A .jsonl file; left out: the records go to stdout.")
    ] = None,
    embeddings: Annotated[
        str | None, typer.Option("--embeddings", help="A sentence-transformers model, for judges that can use it.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Score flat texts: a record a row, with the row's id or line number, and what the judge says of the text."""
    from judges.embeddings import load_encoder
    from judges.flat_texts import check_text_judge
    from sims.run_folder import replace_stream

    check_text_judge(judge)
    encoder = load_encoder(embeddings) if embeddings is not None else None
    check_text_judge(judge, encoder=encoder)
    reasons: Counter[str | None] = Counter()
    ids: Counter[str | int] = Counter()
    lines = _lines(judge, file, field, encoder, reasons, ids)
    if out is None:
        for line in lines:
            typer.echo(line, nl=False)
    else:
        _check_out(out, file)
        replace_stream(out, lines)
    _tell(judge, out, reasons, as_json=as_json)
    _warn_of_twins(ids)


def _warn_of_twins(ids: Counter[str | int]) -> None:
    twins = [one for one, count in ids.items() if count > 1]
    if twins:
        shown = ", ".join(repr(one) for one in twins[:3]) + (", ..." if len(twins) > 3 else "")
        rows = sum(ids[one] for one in twins)
        typer.echo(f"warning: {rows:,} rows share an id with another: {shown}; each has its record, in order", err=True)


def _lines(
    judge: str,
    file: Path,
    field: str,
    encoder: Encoder | None,
    reasons: Counter[str | None],
    ids: Counter[str | int],
) -> Iterator[str]:
    """One line of JSON a row; counts the reasons why there is no score, None where there is one, and the ids."""
    import itertools

    from judges.flat_texts import score_texts
    from sims.flat_rows import read_text_rows

    rows, kept = itertools.tee(read_text_rows(file, field=field))
    for row, found in zip(kept, score_texts(judge, (row.text for row in rows), encoder=encoder), strict=True):
        reasons[found.unscored] += 1
        ids[row.id] += 1
        yield json.dumps({"id": row.id, **_record(found)}, ensure_ascii=True, allow_nan=False) + "\n"


def _record(found: TextScore) -> dict[str, object]:
    why = {"unscored": found.unscored} if found.unscored else {}
    return {"judge_score": found.score, **why, **found.details}


def _check_out(out: Path, file: Path) -> None:
    """Return when nothing but scores would be replaced."""
    from sims.errors import OutputError

    if out.exists() and file.exists() and out.samefile(file):
        raise OutputError(f"{out}: is the file with the texts; choose another --out")
    if out.exists() and (out.is_dir() or out.suffix != ".jsonl"):
        raise OutputError(f"{out}: is there already and is no .jsonl file; choose another --out")


def _tell(judge: str, out: Path | None, reasons: Counter[str | None], *, as_json: bool) -> None:
    """The counts: on stdout, or beside the records on stderr."""
    unscored = {reason: count for reason, count in sorted(reasons.items(), key=str) if reason is not None}
    if as_json:
        typer.echo(json.dumps(_counts(judge, reasons, unscored)), err=out is None)
        return
    words = {"empty": "without a word", "too_short": "too short", "language": "in another script"}
    why = "; ".join(f"{count:,} {words[reason]}" for reason, count in unscored.items())
    total = f"{reasons.total():,} texts, {reasons[None]:,} scored for {judge}{f'; no score: {why}' if why else ''}"
    typer.echo(f"{total}{f': {out}' if out else ''}", err=out is None)


def _counts(judge: str, reasons: Counter[str | None], unscored: dict[str, int]) -> dict[str, object]:
    return {"judge": judge, "texts": reasons.total(), "scored": reasons[None], "unscored": unscored}
