"""pytest fixtures: simulate a prompt in your own suite, and fail the test when it got worse than its baseline.

    def test_prompt(simulate, assert_no_regression):
        run = simulate("scenarios/refund.yaml", model="openai/gpt-4o-mini", repeats=20)
        assert_no_regression(run)

`pytest --simstress-update-baseline` writes the baseline file, `pytest` compares with it. Nothing of simstress is
imported before a fixture is asked for.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import pytest

from simstress import BASELINE_FILE

if TYPE_CHECKING:
    from analysis.gate.values import GateResult
    from sims.scenario import Scenario
    from simstress.simulation import SimulatedRun

Inconclusive = Literal["fail", "warn", "skip"]
_PARTS = pytest.StashKey[list[dict[str, str]]]()
_DROPPED = pytest.StashKey[list[str]]()
_FAULT = pytest.StashKey[str]()
_SENT, _SENT_DROPPED = "simstress_baselines", "simstress_dropped"


class SimstressWarning(pytest.PytestWarning):
    """A gate could not tell, and the test said that this is to be a warning."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; SIMSTRESS_BASELINE and SIMSTRESS_UPDATE_BASELINE stand in for them."""
    group = parser.getgroup("simstress")
    group.addoption(
        "--simstress-baseline",
        metavar="FILE",
        default=os.environ.get("SIMSTRESS_BASELINE"),
        help=f"Baseline of assert_no_regression; left out: the ini value, else {BASELINE_FILE} beside it.",
    )
    group.addoption(
        "--simstress-update-baseline",
        action="store_true",
        default=os.environ.get("SIMSTRESS_UPDATE_BASELINE", "") not in ("", "0"),
        help="Write the baseline from the runs of these tests instead of comparing with it.",
    )
    parser.addini("simstress_baseline", f"Baseline file, from the root folder. Default: {BASELINE_FILE}.")


class Simulate:
    """Holds and judges conversations, each run in a folder of its own under the test's `tmp_path`."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder, self._root = folder, root
        self._numbers = itertools.count(1)

    def __call__(
        self,
        *scenarios: str | Path | Scenario,
        model: str | Sequence[str] = (),
        agent_models: Mapping[str, str] | None = None,
        temperature: float | Sequence[float] = (),
        repeats: int | None = None,
        seed: int = 0,
        max_connections: int = 100,
        **settings: Any,
    ) -> SimulatedRun:
        """The run of those scenarios: files (from the root folder of the tests), shipped names, or `Scenario` values.

        `settings` are those of `RunSettings`: judges, judge_models, votes, api_base, timeout_s, embeddings, ... In an
        async test, await `simulate.async_` instead.
        """
        from sims.errors import UsageError
        from simstress.simulation import simulated_run

        with _failing_plainly():
            if _is_loop_running():
                raise UsageError("simulate(...) in an async test: write `await simulate.async_(...)`")
            return simulated_run(
                [self._found(one) for one in scenarios],
                self._folder / f"run-{next(self._numbers)}",
                models=(model,) if isinstance(model, str) else model,
                agent_models=agent_models,
                temperatures=(temperature,) if isinstance(temperature, int | float) else temperature,
                repeats=repeats,
                seed=seed,
                max_connections=max_connections,
                settings=settings,
            )

    async def async_(self, *scenarios: str | Path | Scenario, **options: Any) -> SimulatedRun:
        """The same without holding up the test's event loop; several may be awaited at once."""
        import asyncio

        return await asyncio.to_thread(self, *scenarios, **options)

    def _found(self, scenario: str | Path | Scenario) -> str | Path | Scenario:
        if isinstance(scenario, str | Path) and (self._root / scenario).is_file():
            return self._root / scenario
        return scenario


def _is_loop_running() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class AssertNoRegression:
    """Compares a run with its baseline, or keeps it for the baseline that the session writes at its end."""

    def __init__(self, config: pytest.Config, test: str) -> None:
        self._config, self._test = config, test

    def __call__(
        self,
        run: SimulatedRun,
        *,
        baseline: str | Path | None = None,
        margin: float | Mapping[str, float] | None = None,
        judges: Sequence[str] = (),
        limits: bool = False,
        max_missing: float = 0.05,
        allow_unpaired: bool = False,
        inconclusive: Inconclusive = "fail",
    ) -> GateResult | None:
        """Fail the test unless the gate passes; its result, or None where the baseline is being written.

        `margin` is how far a rate of flagged turns may rise, for all judges or by judge; left out, the scenarios'
        `expect.<judge>.margin`, else 0.02. `limits` also holds the run to their `expect.<judge>.max_rate`, which is no
        matter of getting worse. Conversations of the baseline that the run lacks are missing, unless `allow_unpaired`
        says that it is a subset on purpose. A gate that cannot tell fails too: a green test is read as "no
        regression", which was not shown. `inconclusive` makes that a warning or skips the test; too much missing data
        always fails.
        """
        __tracebackhide__ = True
        file = self._file(baseline)
        with _failing_plainly():
            _check(inconclusive)
            if self._config.getoption("simstress_update_baseline"):
                self._keep(run, file, max_missing)
                return None
            result = _gated(
                run,
                file,
                margin=margin,
                judges=judges,
                has_limits=limits,
                max_missing=max_missing,
                allow_unpaired=allow_unpaired,
            )
        _decide(result, run.path, inconclusive)
        return result

    def _file(self, given: str | Path | None) -> Path:
        """Where the baseline is: as given, from the command line, from the ini file; paths from where each stands."""
        if given is not None:
            return self._config.rootpath / given
        option = self._config.getoption("simstress_baseline")
        if option is not None:
            return self._config.invocation_params.dir / str(option)
        folder = self._config.inipath.parent if self._config.inipath else self._config.rootpath
        return folder / (str(self._config.getini("simstress_baseline")) or BASELINE_FILE)

    def _keep(self, run: SimulatedRun, file: Path, max_missing: float) -> None:
        from analysis.gate.baseline import baseline_of
        from analysis.gate.merging import missing_share
        from analysis.gate.sides import load_side
        from sims.errors import MissingDataError

        side = load_side(run.path)
        share = missing_share(side)
        if share > max_missing:
            raise MissingDataError(
                f"no baseline was made: {share:.1%} of the conversations have no outcome, at most {max_missing:.1%} may"
            )
        content = baseline_of(side, name=self._test).model_dump_json(by_alias=True)
        part = {"test": self._test, "run": f"{self._test} ({run.path.name})", "file": str(file), "content": content}
        self._config.stash.setdefault(_PARTS, []).append(part)


def _check(inconclusive: str) -> None:
    from sims.errors import UnknownNameError

    if inconclusive not in get_args(Inconclusive):
        raise UnknownNameError("value of inconclusive=", inconclusive, get_args(Inconclusive))


def _gated(run: SimulatedRun, file: Path, **options: Any) -> GateResult:
    from analysis.gate.baseline import read_baseline
    from sims.errors import UsageError
    from simstress.simulation import gate_run

    if not file.exists():
        raise UsageError(f"{file}: there is no baseline yet; make it with: pytest --simstress-update-baseline")
    return gate_run(run, read_baseline(file), **options)


def _decide(result: GateResult, run: Path, inconclusive: Inconclusive) -> None:
    from analysis.gate_reports.wording import headline
    from simstress.simulation import gate_text

    __tracebackhide__ = True
    if result.decision == "PASS":
        return
    text = f"{gate_text(result)}\nThe run: {run}"
    if result.decision == "REGRESSED" or result.is_missing_too_much:
        pytest.fail(text, pytrace=False)
    if inconclusive == "fail":
        pytest.fail(f"{text}\n{_ways_out(result)}", pytrace=False)
    if inconclusive == "skip":
        pytest.skip(headline(result))
    warnings.warn(text, SimstressWarning, stacklevel=3)


def _ways_out(result: GateResult) -> str:
    """What settles the checks that are open.

    A wider margin only where no rise is seen and no limit is open; fewer judges where only the correction for several
    checks stands in the way.
    """
    from analysis.statistics.common import ALPHA

    still_open = [check for check in result.checks if check.decision == "INCONCLUSIVE"]
    is_flat = all(
        check.kind == "change" and check.difference is not None and check.difference <= 0 for check in still_open
    )
    is_corrected = any((check.p or 0.0) < ALPHA <= (check.p_adjusted or 0.0) for check in still_open)
    margin, judges = ", a wider margin=" * is_flat, ", fewer judges=" * is_corrected
    return f'To settle it: more repeats={margin}{judges}; or inconclusive="warn" to let it pass.'


@contextlib.contextmanager
def _failing_plainly() -> Iterator[None]:
    """What simstress refuses fails the test in one clear line."""
    from sims.errors import SimstressError

    __tracebackhide__ = True
    try:
        yield
    except SimstressError as error:
        raise pytest.fail.Exception(f"simstress: {error}", pytrace=False) from None


@pytest.fixture
def simulate(request: pytest.FixtureRequest, tmp_path: Path) -> Simulate:
    """`simulate(scenario, model=..., repeats=...)`: a judged run."""
    return Simulate(tmp_path, request.config.rootpath)


@pytest.fixture
def assert_no_regression(request: pytest.FixtureRequest) -> AssertNoRegression:
    """`assert_no_regression(run)`: fails unless the run is shown to be no worse than its baseline."""
    return AssertNoRegression(request.config, request.node.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed makes no baseline: what it was compared by may be wrong, and its part is dropped."""
    report = yield
    parts = item.config.stash.get(_PARTS, [])
    if report.failed and any(part["test"] == item.nodeid for part in parts):
        parts[:] = [part for part in parts if part["test"] != item.nodeid]
        item.config.stash.setdefault(_DROPPED, []).append(item.nodeid)
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist is done: take over what it kept; one process writes."""
    sent = getattr(node, "workeroutput", {})
    node.config.stash.setdefault(_PARTS, []).extend(sent.get(_SENT, ()))
    node.config.stash.setdefault(_DROPPED, []).extend(sent.get(_SENT_DROPPED, ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the baselines that the tests kept, or hand them to the process that does."""
    config = session.config
    parts = config.stash.get(_PARTS, [])
    if hasattr(config, "workeroutput"):
        config.workeroutput |= {_SENT: parts, _SENT_DROPPED: config.stash.get(_DROPPED, [])}
        return
    if not parts:
        return
    from sims.errors import SimstressError

    try:
        _write(parts)
    except SimstressError as error:
        config.stash[_FAULT] = str(error)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _write(parts: Sequence[Mapping[str, str]]) -> None:
    from analysis.gate.baseline import Baseline, baseline_of, read_baseline, write_baseline
    from analysis.gate.merging import merged
    from sims.run_folder import make_folder

    for file in sorted({part["file"] for part in parts}):
        path = Path(file)
        sides = {
            part["run"]: Baseline.model_validate_json(part["content"]).side(part["run"])
            for part in parts
            if part["file"] == file
        }
        side = merged(sides, into=read_baseline(path) if path.exists() else None, name=path.stem)
        make_folder(path.parent)
        write_baseline(baseline_of(side, name=path.stem), path)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which baselines were written, or why not."""
    fault = config.stash.get(_FAULT, None)
    files = sorted({part["file"] for part in config.stash.get(_PARTS, [])})
    if fault is not None:
        terminalreporter.write_line(f"simstress: error: no baseline was written: {fault}", red=True)
    for file in files if fault is None else ():
        terminalreporter.write_line(f"simstress: baseline written: {file}")
    kept = {part["test"] for part in config.stash.get(_PARTS, [])}
    dropped = config.stash.get(_DROPPED, [])
    for test in sorted(set(dropped) - kept):
        terminalreporter.write_line(f"simstress: not in the baseline, since it failed: {test}", red=True)
