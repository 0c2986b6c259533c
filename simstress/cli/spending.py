"""What is said when the money is spent."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sims.run_folder import RunFolder


@contextmanager
def telling_budget(folder: RunFolder) -> Iterator[None]:
    """Says of a run that reached its budget how far it came, and how to go on with more money."""
    from sims.errors import BudgetReached
    from sims.runner import finished

    try:
        yield
    except BudgetReached as spent:
        written, total = folder.recover(), len(folder.read_manifest().grid)
        held = len(finished(written))
        cut = f", {len(written) - held} are cut off" if len(written) > held else ""
        how_far = "while judging" if held == total else f"{held} of {total} conversations are held{cut}"
        resume = f"simstress run --resume {shlex.quote(str(folder.path))} --budget MORE"
        raise BudgetReached(f"{spent}: {how_far}; go on with: {resume}") from spent


@contextmanager
def telling_judging_budget(out: Path) -> Iterator[None]:
    """Says of judging that reached its budget how to go on with more money."""
    from sims.errors import BudgetReached

    try:
        yield
    except BudgetReached as spent:
        raise BudgetReached(
            f"{spent}: the answers so far are kept in {out}; judge again with --budget MORE, nothing is asked twice"
        ) from spent
