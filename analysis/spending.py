"""What a folder has cost, and how its calls are made and paid from then on."""

from __future__ import annotations

from analysis.judged_folder import MANIFEST_FILE, JudgedFolder
from sims.budget import Ledger, Purse
from sims.calling import Calling
from sims.manifest import RunSettings
from sims.run_folder import RunFolder
from sims.totals import Totals, totals_of

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

    Its ledger is kept without a budget, too: there may be one later, and a killed process tells nobody what it paid.

    Raises:
        SimstressError: the folder cannot be read.
    """
    ledger = Ledger(folder.path / LEDGER_FILE)
    if not ledger.is_begun:
        ledger = Ledger(ledger.path, spent_usd=_spent_usd(folder))
    return Purse(budget_usd, ledger=ledger)


def _spent_usd(folder: JudgedFolder) -> float:
    """What the conversations and the answers to judges in the folder cost, as far as they tell."""
    with folder.answers() as answers:
        spent_usd = answers.spent_usd
    if (folder.path / MANIFEST_FILE).exists():
        spent_usd += _totals(RunFolder(folder.path)).cost_usd
    return spent_usd


def _totals(run: RunFolder) -> Totals:
    """Those of run.json, where the run was not killed since they were counted."""
    manifest = run.read_manifest()
    if manifest.totals and manifest.status != "running":
        return manifest.totals
    return totals_of(run.held(run.recover()))
