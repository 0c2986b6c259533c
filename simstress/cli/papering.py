"""paper: the figures of "Under the Surface", computed again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simstress.cli import audit_options, options


def paper(
    *,
    data: Annotated[
        Path,
        typer.Option("--data", help="Folder with the files of the paper, looked through three deep.", metavar="DIR"),
    ],
    out: audit_options.Out = Path("paper"),
    as_json: options.AsJson = False,
) -> int:
    """Compute each figure of "Under the Surface" (arXiv 2401.14698) that the files allow, and hold it to what is known.

    A figure that differs is a finding: the exit code stays 0.
    """
    from analysis.paper.brief import brief
    from analysis.paper.records import paper_records
    from analysis.paper.reproduce import audit_paper
    from analysis.paper.telling import tell_paper
    from simstress.cli.audit_outputs import begin, finish

    begin("paper", out)
    audit = audit_paper(data)
    told = tell_paper(audit)
    return finish(
        "paper",
        audit,
        told=told,
        shown=brief(told),
        sources={"data": str(data), "files": audit.files_read},
        out=out,
        as_json=as_json,
        records=paper_records(audit),
    )
