"""run --resume: the folder of a run to go on with, and what may be set anew for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from simstress.cli import grids, options

if TYPE_CHECKING:
    from sims.run_folder import RunFolder

_ON_RESUME = frozenset({"resume", "retry_errors", "max_connections", "no_judge", "max_missing", "as_json"})
_MONEY = frozenset({"budget", "cache"})
_CALLS = ("api_base", "timeout_s", "max_attempts")


def resumed(path: Path, context: typer.Context) -> RunFolder:
    """The folder of a run to go on with; how calls are made may be set anew, what is run may not.

    Raises:
        UsageError: there is no run, another process works in it, or an option would change what is run.
    """
    from sims.prompt import PROMPT_VERSION
    from sims.run_folder import RunFolder

    folder = RunFolder(path)
    if (version := folder.read_manifest().prompt_version) != PROMPT_VERSION:
        typer.echo(
            f"{path}: begun with version {version} of the prompts; conversations from here on have {PROMPT_VERSION}",
            err=True,
        )
    with folder.locked():
        _renew(folder, context)
    return folder


def _renew(folder: RunFolder, context: typer.Context) -> None:
    """Put what may be set anew into run.json."""
    from analysis.simulation import check_run, with_estimate
    from sims.backends.catalogue import check_api_base
    from sims.errors import UsageError

    given = [name for name in context.params if grids.is_given(context, name)]
    manifest = folder.read_manifest()
    free = {*_ON_RESUME, *_MONEY, *_CALLS} | ({"most"} if manifest.until_decided else set())
    fixed = sorted(grids.option_name(name) for name in given if name not in free)
    if fixed:
        raise UsageError(f"--resume takes these from the run itself, leave them out: {', '.join(fixed)}")
    if manifest.until_decided and context.params.get("no_judge"):
        raise UsageError(
            "this run goes on until its expectations are settled, so it has to judge; leave out --no-judge"
        )
    changed = {name: context.params[name] for name in _CALLS if name in given}
    check_api_base(changed.get("api_base"))
    if "budget" in given:
        changed["budget_usd"] = options.checked_budget(context.params["budget"])
    if "cache" in given:
        changed["cache"] = options.cache_folder(context.params["cache"])
    updates: dict[str, object] = {"settings": manifest.settings.model_copy(update=changed)} if changed else {}
    if "most" in given:
        updates["repeats"] = _raised(manifest.repeats or 1, context.params["most"])
    manifest = manifest.model_copy(update=updates)
    check_run(manifest, is_judged=not context.params.get("no_judge"))
    if updates:
        folder.write_manifest(with_estimate(manifest) if "most" in given else manifest)


def _raised(most: int, wanted: int) -> int:
    from sims.errors import UsageError

    if wanted < most:
        raise UsageError(f"--max {wanted}: this run allows {most} already; it can be raised, not lowered")
    return wanted
