"""run --until-decided: what it says before, while and after it holds conversations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from analysis.judge_tools import JudgeTools
    from analysis.sequential.expectation import ExpectationStanding, RunExpectation
    from analysis.sequential.run import Sequel
    from analysis.sequential.watch import Watch
    from sims.manifest import Manifest
    from sims.run_folder import RunFolder

EXIT_FAILED, EXIT_UNDECIDED = 1, 3


def decide(folder: RunFolder, *, max_connections: int, retry_errors: bool, max_missing: float, as_json: bool) -> int:
    """Hold conversations until the run's expectations are settled, assess them, print how each stands.

    Returns 1 where one failed, else 4 where too much is missing, else 3 where one is open, else 0.
    """
    from analysis.sequential.expectation import expectations_of
    from analysis.sequential.run import run_until_decided
    from analysis.simulation import judge_tools
    from analysis.spending import calling_of
    from simstress.cli.assessing import assess_run
    from simstress.cli.progress import showing_run

    manifest = folder.read_manifest()
    calling = calling_of(folder, max_connections=max_connections)
    tools = judge_tools(manifest, max_connections=max_connections, calling=calling)
    for line in _beforehand(manifest, expectations_of(manifest), tools):
        typer.echo(line, err=True)
    with showing_run(folder, retry_errors=retry_errors) as on_done:
        sequel = run_until_decided(
            folder,
            tools=tools,
            calling=calling,
            max_connections=max_connections,
            retry_errors=retry_errors,
            on_done=on_done,
            on_batch=_Teller().tell,
        )
    code = assess_run(folder, max_connections=max_connections, max_missing=max_missing, as_json=as_json)
    _print(sequel, folder, as_json=as_json)
    return _exit_code(sequel.standings, code, max_missing=max_missing)


class _Teller:
    """Says on stderr how many expectations are settled and how many given up, whenever that has changed."""

    def __init__(self) -> None:
        self._told = (0, 0)

    def tell(self, watch: Watch) -> None:
        if (now := (len(watch.settled), len(watch.given_up))) != self._told:
            otherwise = "once the judges have learnt from all so far: " if now[0] < self._told[0] else ""
            self._told = now
            lost = f"; no more conversations for {now[1]} without verdicts" if now[1] else ""
            typer.echo(f"{otherwise}{now[0]} of {len(watch.expectations)} expectations settled{lost}", err=True)


def _beforehand(manifest: Manifest, expectations: Sequence[RunExpectation], tools: JudgeTools) -> Iterator[str]:
    """What can be known of the decisions before anything is spent."""
    from analysis.sequential.watch import LEAST_TO_LEARN_FROM, learners
    from analysis.wording import percent, plain

    expecting = {one.scenario for one in expectations}
    for scenario in manifest.scenarios:
        if scenario.id not in expecting:
            yield f"{scenario.id}: no rate is expected of it, so there is nothing to decide and it is not held"
    if learning := learners(tools.make(tuple(dict.fromkeys(one.judge for one in expectations)))):
        names = " and ".join(map(plain, learning))
        enough = f"{LEAST_TO_LEARN_FROM} conversations of a scenario, or --max"
        yield f"{names}: nothing is settled before {enough}, to learn from"
    most = manifest.repeats or 1
    for one in {(each.scenario, each.judge): each for each in expectations}.values():
        what = f"{one.scenario}: {plain(one.judge)} of at most {percent(one.max_rate)}"
        if one.max_rate == 0:
            yield f"{what} can fail, but no number of conversations meets it for certain"
        elif one.least_conversations > most:
            needed = f"{one.least_conversations} clean conversations of full length"
            yield f"{what} takes {needed} to be met, --max {most} is too few"


def _print(sequel: Sequel, folder: RunFolder, *, as_json: bool) -> None:
    from analysis.sequential.record import standing_record
    from simstress.cli.expectation_tables import print_sequel

    if as_json:
        for standing in sequel.standings:
            typer.echo(json.dumps(standing_record(standing), allow_nan=False))
    else:
        print_sequel(sequel, folder.path)


def _exit_code(standings: Sequence[ExpectationStanding], assessed: int, *, max_missing: float) -> int:
    from simstress.cli.assessing import exit_code

    decisions = {standing.decision for standing in standings}
    missing = max(standings, key=lambda one: one.missing / max(1, one.missing + one.conversations))
    what = f"have no verdict of {missing.expectation.judge}"
    lacking = exit_code(missing.missing, missing.missing + missing.conversations, max_missing=max_missing, what=what)
    if "FAILED" in decisions:
        return EXIT_FAILED
    return assessed or lacking or (EXIT_UNDECIDED if "UNDECIDED" in decisions else 0)
