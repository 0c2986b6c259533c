"""What a folder has cost, and how its calls are made and paid from then on."""

from __future__ import annotations

from analysis.judged_folder import MANIFEST_FILE, JudgedFolder
from sims.budget import Ledger, Purse
from sims.calling import Calling
from sims.manifest import RunSettings
from sims.run_folder import RunFolder
from sims.totals import totals_of

LEDGER_FILE = "spent.jsonl"


def calling_of(folder: RunFolder, *, max_connections: int) -> Calling:
    """How the calls of a run are made, by its agents and its judges alike; the caller holds the folder's lock.

    Raises:
        SimstressError: the folder, or that of the remembered replies, cannot be read.
    """
    return calling_in(JudgedFolder(folder.path), folder.read_manifest().settings, max_connections=max_connections)


def calling_in(folder: JudgedFolder, settings: RunSettings, *, max_connections: int) -> Calling:
    """How calls are made on the account of a folder.

    Raises:
        SimstressError: the folder, or that of the remembered replies, cannot be read.
    """
    purse = purse_of(folder, settings.budget_usd)
    return Calling(settings, max_connections=max_connections, purse=purse)


def purse_of(folder: JudgedFolder, budget_usd: float | None) -> Purse:
    """What is left of a budget for a run or a judged folder, in which conversations and judging may have cost before.

    Raises:
        SimstressError: the folder cannot be read.
    """
    if budget_usd is None:
        return Purse()
    path = folder.path / LEDGER_FILE
    return Purse(budget_usd, ledger=Ledger(path, spent_usd=0.0 if path.exists() else _spent_usd(folder)))


def _spent_usd(folder: JudgedFolder) -> float:
    """What the conversations and the answers to judges in the folder cost, as far as they tell."""
    with folder.answers() as answers:
        spent_usd = answers.spent_usd
    if (folder.path / MANIFEST_FILE).exists():
        run = RunFolder(folder.path)
        spent_usd += totals_of(run.held(run.recover())).cost_usd
    return spent_usd
