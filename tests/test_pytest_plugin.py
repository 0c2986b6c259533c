"""The pytest fixtures, in suites of their own: simulate, compare with a baseline, write one, stay out of the way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gate_parts import check, passed, result, undecided

from analysis.gate.baseline import read_baseline
from analysis.gate.values import Check
from sims.errors import UnknownNameError
from sims.scenario_file import find_scenario, load_scenario
from simstress.pytest_plugin import AssertNoRegression, _ways_out, pytest_sessionfinish, pytest_testnodedown
from simstress.simulation import SimulatedRun, simulated_run

pytest_plugins = ["pytester"]

PLUGINS = (
    "--disable-plugin-autoload",
    "-p",
    "simstress.pytest_plugin",
    "-p",
    "pytest_asyncio.plugin",
    "-p",
    "no:cacheprovider",
)
CLEAN, FAULTY = "offline/actor", "offline/actor?digression=0.4"
SUITE = """
    def test_prompt(simulate, assert_no_regression):
        run = simulate("coffee-order", model={model!r}, repeats={repeats}, judges=["digression"])
        assert run.rate("digression") is not None
        assert_no_regression(run, {options})
"""


def undecided_change(**more: Any) -> Check:
    """A rise by 4.1 points that is open."""
    return check(decision="INCONCLUSIVE", **more)


@pytest.fixture(autouse=True, scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> SimulatedRun:
    """A run; also loads what the suites below need, since each of them forgets what it imported."""
    path = tmp_path_factory.mktemp("simulated") / "run"
    return simulated_run(["coffee-order"], path, models=[CLEAN], repeats=4, settings={"judges": ("digression",)})


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """An empty suite with asyncio tests."""
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    return pytester


def write(suite: pytest.Pytester, *, model: str = CLEAN, repeats: int = 25, options: str = "margin=0.12") -> None:
    """A suite of one test. With 25 clean pairs a rise above 1 - 0.05 ** (1 / 25) = 0.113 is ruled out, so it passes."""
    suite.makepyfile(test_users_prompt=SUITE.format(model=model, repeats=repeats, options=options))


def run(suite: pytest.Pytester, *options: str) -> Any:
    """The outcome of the suite, in this process."""
    return suite.runpytest_inprocess(*PLUGINS, *options)


def test_prompt_that_got_worse_fails_with_the_gates_text(suite: pytest.Pytester) -> None:
    """Write the baseline, pass against it, then a prompt that repeats itself: REGRESSED, with figures and the run."""
    write(suite)
    written = run(suite, "--simstress-update-baseline")
    written.assert_outcomes(passed=1)
    written.stdout.fnmatch_lines(["simstress: baseline written: *simstress-baseline.json"])
    run(suite).assert_outcomes(passed=1)
    write(suite, model=FAULTY)
    worse = run(suite)
    worse.assert_outcomes(failed=1)
    worse.stdout.fnmatch_lines(
        ["REGRESSED: Digressions rose from * of turns (25 pairs)", "*◆ REGRESSED*", "The run: *run-1"]
    )
    worse.stdout.no_fnmatch_line("*Traceback*")


def test_a_worker_of_xdist_writes_nothing_and_hands_over_what_it_kept(simulated: SimulatedRun, tmp_path: Path) -> None:
    """One process writes, the same bytes as if it had run the test itself."""

    def session(**more: Any) -> Any:
        config = SimpleNamespace(stash=pytest.Stash(), rootpath=tmp_path, getoption=lambda _: True, **more)
        return SimpleNamespace(config=config)

    alone, worker, controller = session(), session(workeroutput={}), session()
    file = tmp_path / "b.json"
    for one in (worker, alone):
        AssertNoRegression(one.config, "test_a")(simulated, baseline=file)
        pytest_sessionfinish(one)
        assert file.exists() == (one is alone)
    written = file.read_bytes()
    file.unlink()
    pytest_testnodedown(SimpleNamespace(workeroutput=worker.config.workeroutput, config=controller.config))
    pytest_sessionfinish(controller)
    assert file.read_bytes() == written


@pytest.mark.campaign
def test_baseline_is_the_same_bytes_whoever_writes_it(suite: pytest.Pytester) -> None:
    """Two tests, one process or two workers of xdist: one file, of both scenarios, byte for byte."""
    write(suite, repeats=3)
    suite.makepyfile(
        test_other="""
        def test_other(simulate, assert_no_regression):
            assert_no_regression(simulate("refund-dispute", model="offline/actor", repeats=2, judges=["digression"]))
        """
    )
    file = suite.path / "simstress-baseline.json"
    run(suite, "--simstress-update-baseline").assert_outcomes(passed=2)
    alone = file.read_bytes()
    file.unlink()
    together = suite.runpytest_subprocess(*PLUGINS, "-p", "xdist", "-n", "2", "--simstress-update-baseline")
    together.assert_outcomes(passed=2)
    assert file.read_bytes() == alone
    assert list(read_baseline(file).scenarios) == ["coffee-order", "refund-dispute"]


def test_a_failed_test_makes_no_baseline(suite: pytest.Pytester) -> None:
    """What a failed test kept is dropped, also where it fails after it; the file has the others, and it is said."""
    suite.makepyfile(
        """
        OPTIONS = {"model": "offline/actor", "repeats": 2, "judges": ["digression"]}

        def test_good(simulate, assert_no_regression):
            assert_no_regression(simulate("coffee-order", **OPTIONS))

        def test_bad(simulate, assert_no_regression):
            assert_no_regression(simulate("refund-dispute", **OPTIONS))
            assert not "worse than thought"
        """
    )
    found = run(suite, "--simstress-update-baseline")
    found.assert_outcomes(passed=1, failed=1)
    found.stdout.fnmatch_lines(["simstress: not in the baseline, since it failed: *::test_bad"])
    assert list(read_baseline(suite.path / "simstress-baseline.json").scenarios) == ["coffee-order"]


def test_two_tests_with_one_scenario_and_model_are_a_conflict(suite: pytest.Pytester) -> None:
    """The session fails, names both tests, and leaves the file alone."""
    body = SUITE.format(model=CLEAN, repeats=2, options="")
    suite.makepyfile(test_a=body, test_b=body)
    found = run(suite, "--simstress-update-baseline")
    found.assert_outcomes(passed=2)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(["*no baseline was written: test_a.py*and test_b.py*coffee-order*"])
    assert not (suite.path / "simstress-baseline.json").exists()


def test_a_gate_that_cannot_tell(suite: pytest.Pytester) -> None:
    """Three clean repeats cannot rule out a rise of 2 points: fails, unless the test makes it a warning or a skip."""
    write(suite, repeats=3, options="")
    run(suite, "--simstress-update-baseline").assert_outcomes(passed=1)
    suite.makepyfile(
        test_users_prompt="""
        import pytest

        @pytest.mark.parametrize("more", [{}, {"inconclusive": "warn"}, {"inconclusive": "skip"}])
        def test_prompt(simulate, assert_no_regression, more):
            run = simulate("coffee-order", model="offline/actor", repeats=3, judges=["digression"])
            assert_no_regression(run, **more)
        """
    )
    found = run(suite, "-W", "default", "-rs")
    found.assert_outcomes(failed=1, passed=1, skipped=1)
    found.stdout.fnmatch_lines(
        ["INCONCLUSIVE: the only check cannot be decided*", "To settle it: more repeats=, a wider margin=; or *"]
    )
    found.stdout.fnmatch_lines(["*SimstressWarning: INCONCLUSIVE*", "SKIPPED *INCONCLUSIVE: the only check*"])


@pytest.mark.parametrize(
    ("checks", "ways"),
    [
        ([undecided_change(difference=0.0)], "more repeats=, a wider margin=; or"),
        ([undecided_change(difference=0.0), undecided_change()], "more repeats=; or"),
        ([undecided_change(p=0.03, p_adjusted=0.06), passed()], "more repeats=, fewer judges=; or"),
        ([undecided_change()], "more repeats=; or"),
        ([undecided_change(difference=None, upper=None, p=None, p_adjusted=None)], "more repeats=; or"),
        ([undecided()], "more repeats=; or"),
    ],
)
def test_a_wider_margin_is_advised_only_where_no_rise_is_seen(checks: list[Check], ways: str) -> None:
    """A limit, a rise, or nothing to compare is settled by more repeats; a correction also by fewer judges."""
    assert ways in _ways_out(result(*checks))


def test_a_run_that_lacks_conversations_fails_unless_it_is_a_subset_on_purpose(suite: pytest.Pytester) -> None:
    """Two repeats of three, and a margin of everything: missing, whatever `inconclusive` says."""
    write(suite, repeats=3)
    run(suite, "--simstress-update-baseline").assert_outcomes(passed=1)
    write(suite, repeats=2, options='margin=1, inconclusive="skip"')
    lacking = run(suite)
    lacking.assert_outcomes(failed=1)
    lacking.stdout.fnmatch_lines(["INCONCLUSIVE: 1 of 3 conversations of the baseline has no partner here*"])
    write(suite, repeats=2, options="margin=1, allow_unpaired=True")
    run(suite).assert_outcomes(passed=1)


def test_no_baseline_is_one_clear_line(suite: pytest.Pytester) -> None:
    """The line names the file that was looked for, and how to make it; there is no traceback."""
    write(suite, repeats=1)
    found = run(suite, "--simstress-baseline", "elsewhere.json")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["simstress: */elsewhere.json: there is no baseline yet; *--simstress-update-baseline"])
    found.stdout.no_fnmatch_line("*During handling*")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('simulate("refnd-dispute")', "simstress: unknown scenario 'refnd-dispute': did you mean 'refund-dispute'*"),
        ('simulate("coffee-order")', "simstress: scenario 'coffee-order': no model for *"),
        ('simulate("coffee-order", model="offline/actor", judge=["x"])', "simstress: unknown setting 'judge': did*"),
        ("simulate()", "simstress: no scenario given; *"),
        (
            'simulate("coffee-order", "coffee-order", model="x/y")',
            "simstress: two scenarios are called 'coffee-order'*",
        ),
        ('simulate("coffee-order", model="offline/actor", judges="ending")', "simstress: judges='ending': *"),
        ('simulate("coffee-order", model="offline/actor", judges=["endig"])', "simstress: unknown judge 'endig': did*"),
        ('assert_no_regression(None, inconclusive="warning")', "simstress: unknown value of inconclusive= 'warning'*"),
        (
            'simulate("coffee-order", model="offline/actor", repeats=2, judges=["ending"]).rate("endig")',
            "*unknown judge of this run 'endig': did you mean 'ending'*",
        ),
    ],
)
def test_bad_requests_are_one_clear_line(suite: pytest.Pytester, call: str, message: str) -> None:
    """What does not exist is named with what does."""
    suite.makepyfile(f"def test_bad(simulate, assert_no_regression):\n    {call}\n")
    found = run(suite)
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines([message])


def test_files_values_and_async_tests(suite: pytest.Pytester) -> None:
    """A file is found from the root folder, a Scenario is taken as it is, and async tests await; calling there is told.

    Two runs of one test have folders of their own.
    """
    text = find_scenario("coffee-order").read_text(encoding="utf-8").replace("id: coffee-order", "id: mine")
    (suite.path / "scenarios").mkdir()
    (suite.path / "scenarios" / "mine.yaml").write_text(text, encoding="utf-8")
    suite.makepyfile(
        """
        import asyncio
        import pytest
        from simstress import load_scenario

        OPTIONS = {"model": "offline/actor", "repeats": 2, "judges": ["digression"]}

        def test_file(simulate):
            assert simulate("scenarios/mine.yaml", **OPTIONS).transcripts[0].scenario.id == "mine"

        async def test_async(simulate):
            value = load_scenario("scenarios/mine.yaml")
            first, second = await asyncio.gather(simulate.async_(value, **OPTIONS), simulate.async_(value, **OPTIONS))
            assert first.path != second.path
            assert first.transcripts == second.transcripts

        async def test_blocking(simulate):
            with pytest.raises(pytest.fail.Exception, match="await simulate.async_"):
                simulate("coffee-order", **OPTIONS)
        """
    )
    run(suite).assert_outcomes(passed=3)


def test_a_run_has_its_conversations_verdicts_and_rates(simulated: SimulatedRun) -> None:
    """Four conversations, a verdict each, and the rate over all judged turns; an unknown judge is told."""
    judged = sum(verdict.judged_turns for verdict in simulated.verdicts)
    flagged = sum(len(verdict.flagged_turns) for verdict in simulated.verdicts)
    assert (len(simulated.transcripts), len(simulated.verdicts)) == (4, 4)
    assert simulated.rate("digression") == pytest.approx(flagged / judged)
    with pytest.raises(UnknownNameError, match="judge of this run 'ending': allowed: digression"):
        simulated.rate("ending")
    assert json.loads((simulated.path / "run.json").read_text())["status"] == "complete"


def test_a_run_of_failed_conversations_makes_no_baseline(suite: pytest.Pytester) -> None:
    """Empty replies from a script: every conversation failed, and a baseline of them would only make gates open."""
    (suite.path / "script.json").write_text('["", ""]', encoding="utf-8")
    suite.makepyfile(
        """
        def test_prompt(simulate, assert_no_regression):
            assert_no_regression(simulate("coffee-order", model="offline/script?file=script.json", repeats=2))
        """
    )
    found = run(suite, "--simstress-update-baseline")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["simstress: no baseline was made: 100.0% of the conversations have no outcome*"])


def test_what_is_no_baseline_is_left_alone(suite: pytest.Pytester) -> None:
    """Another file of that name is neither compared with nor written over; both are told in one line."""
    file = suite.path / "package.json"
    file.write_text('{"name": "mine"}', encoding="utf-8")
    write(suite, repeats=1, options='baseline="package.json"')
    run(suite).stdout.fnmatch_lines(["simstress: */package.json: not a baseline*"])
    found = run(suite, "--simstress-update-baseline")
    found.stdout.fnmatch_lines(["simstress: error: no baseline was written: */package.json: not a baseline*"])
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    assert file.read_text(encoding="utf-8") == '{"name": "mine"}'


def test_suites_without_the_fixtures_notice_nothing(suite: pytest.Pytester) -> None:
    """No option is needed, nothing is written or said, nothing of simstress is imported but the plugin."""
    suite.makepyfile("def test_nothing(): pass")
    found = run(suite)
    found.assert_outcomes(passed=1)
    found.stdout.no_fnmatch_line("*simstress:*")
    assert not list(suite.path.glob("*.json"))


def test_the_plugin_loads_nothing_slow() -> None:
    """Importing it costs none of the heavy packages, and of ours only the package itself."""
    code = (
        "import pytest, sys; before = set(sys.modules); import simstress.pytest_plugin\n"
        "new = set(sys.modules) - before\n"
        "print(sorted(name for name in new if name.partition('.')[0] in"
        " {'numpy', 'pandas', 'litellm', 'sklearn', 'scipy', 'pydantic', 'rich', 'typer', 'asyncio',"
        " 'analysis', 'judges', 'sims', 'simstress'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['simstress', 'simstress.pytest_plugin']"


def test_a_scenario_value_is_simulated_as_it_is(tmp_path: Path) -> None:
    """A prompt that lives in the user's code: the scenario with another task has another hash."""
    scenario = load_scenario(find_scenario("coffee-order"))
    changed = scenario.model_copy(update={"task": "Order a coffee, and nothing else."})
    settings = {"judges": ("digression",)}
    run = simulated_run([changed], tmp_path / "run", models=[CLEAN], repeats=1, settings=settings)
    assert run.transcripts[0].scenario is not None
    assert run.transcripts[0].scenario.hash == changed.content_hash != scenario.content_hash
