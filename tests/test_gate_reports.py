"""What a gate found as a record, as JUnit XML and as Markdown: complete, and safe with any name."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from gate_parts import change, check, passed, result, undecided
from hypothesis import given
from hypothesis import strategies as st

from analysis.gate.values import ChangedConversation, Check, GateResult
from analysis.gate_reports import markdown as markdown_module
from analysis.gate_reports import wording
from analysis.gate_reports.junit import CLASSNAME, error_xml, junit_xml
from analysis.gate_reports.markdown import error_markdown, markdown, safe
from analysis.gate_reports.record import gate_record

_ROSE = "Digressions rose from 2.0% to 6.1% of turns (40 pairs)"
_ABOVE: dict[str, Any] = {"bound": 0.02, "candidate_rate": 0.196}
ATTACKS = [
    "a|b",
    "`code` **bold** [link](https://evil.example)",
    "<script>alert(1)</script></details>",
    "@everyone #12 www.evil.example",
    "line\nbreak\r\n# heading",
    "\x00\x1b[2J\ud800\ufffe&amp;",
]


def named(word: str) -> GateResult:
    """A result with the word wherever data can put one."""
    checks = (check(word, reason=word), undecided(word, scenario=word, reason=word))
    changes = (change(2, judge=word, scenario=word), change(None, scenario="", candidate=word))
    return result(*checks, changes=changes, baseline=word, candidate=word, notes=(word,))


@pytest.mark.parametrize("module", [wording, markdown_module])
def test_examples_in_the_docstrings_hold(module: Any) -> None:
    """What the docstrings show is what comes out."""
    assert doctest.testmod(module).failed == 0


def test_record_has_every_field_and_is_json() -> None:
    """The keys are those promised; every field of a check and of a change is there; what cannot be said is null."""
    record = json.loads(json.dumps(gate_record(result()), allow_nan=False))
    assert set(record) == {
        "decision",
        "exit_code",
        "checks",
        "changes",
        "pairs",
        "only_baseline",
        "only_candidate",
        "missing_share",
        "notes",
        "baseline",
        "candidate",
    }
    assert {key for one in record["checks"] for key in one} == {field.name for field in fields(Check)}
    assert {key for one in record["changes"] for key in one} == {field.name for field in fields(ChangedConversation)}
    assert (record["decision"], record["exit_code"]) == ("REGRESSED", 1)
    assert record["checks"][2]["baseline_rate"] is None
    assert record["changes"][0]["candidate_flagged"] == [1, 3]


def test_record_has_six_significant_digits() -> None:
    """1/3 is 0.333333, and a tiny p keeps its digits: 1.23457e-09."""
    record = gate_record(result(check(difference=1 / 3, p=1.23456789e-9)))
    assert (record["checks"][0]["difference"], record["checks"][0]["p"]) == (0.333333, 1.23457e-09)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (result(passed()), "PASS: the only check holds, over 40 pairs"),
        (result(passed(), passed("metaphor")), "PASS: all 2 checks hold, over 40 pairs"),
        (result(), f"REGRESSED: {_ROSE}"),
        (
            result(check(), undecided("digression", scenario="coffee", decision="REGRESSED", **_ABOVE)),
            f"REGRESSED: {_ROSE}; in coffee they are above the 2% limit (19.6%)",
        ),
        (
            result(passed(), undecided("mine", decision="REGRESSED")),
            "REGRESSED: In refund-dispute flags of mine are above the 5% limit (4.2%)",
        ),
        (
            result(*(check(f"j{number}") for number in range(6)), pairs=1),
            "REGRESSED: "
            + "; ".join(f"{'fF'[not n]}lags of j{n} rose from 2.0% to 6.1% of turns (40 pairs)" for n in range(4))
            + "; and 2 more",
        ),
        (
            result(check(missing=10), missing_share=0.2, is_missing_too_much=True),
            f"REGRESSED: {_ROSE}; 10 of 50 pairs lack an outcome of digression",
        ),
        (result(undecided(), pairs=1), "INCONCLUSIVE: the only check cannot be decided, over 1 pair"),
        (result(undecided(), undecided("x")), "INCONCLUSIVE: none of the 2 checks can be decided, over 40 pairs"),
        (result(undecided(), passed()), "INCONCLUSIVE: 1 of 2 checks cannot be decided, over 40 pairs"),
        (
            result(passed(missing=6), decision="INCONCLUSIVE", missing_share=6 / 46, is_missing_too_much=True),
            "INCONCLUSIVE: 6 of 46 pairs lack an outcome of role flip, more than is allowed",
        ),
        (
            result(passed(), decision="INCONCLUSIVE", only_baseline=10, missing_share=0.2, is_missing_too_much=True),
            "INCONCLUSIVE: 10 of 50 conversations of the baseline have no partner here, more than is allowed",
        ),
    ],
)
def test_headline_says_the_decision_and_why(found: GateResult, expected: str) -> None:
    """One line; too much missing comes before checks that are open."""
    assert wording.headline(found) == expected


def test_figures_stand_in_the_unit_of_their_bound() -> None:
    """A rise in points, a rate in per cent; missing conversations with both bounds."""
    assert (wording.estimate(check()), wording.interval(check())) == ("+4.1", "+1.8 to +6.5")
    assert (wording.estimate(undecided()), wording.interval(undecided())) == ("4.2%", "1.1% to 9.8%")
    assert wording.missing_words(undecided()) == "2 of 12; with them 3.5% to 21.0%"
    assert wording.needed_words(undecided()) == "about 140 conversations would decide"
    assert wording.needed_words(undecided(needed=None)) == ""
    assert wording.needed_words(undecided(needed=10_001)) == "more than 10,000 conversations would decide"
    assert wording.needed_words(check()) == ""


def test_what_cannot_be_said_is_a_dash() -> None:
    """No figure is invented where there is none."""
    nothing = check(difference=None, ci_low=None, ci_high=None, baseline_rate=None, candidate_rate=None, upper=None)
    assert (wording.estimate(nothing), wording.interval(nothing), wording.rates(nothing)) == ("–", "–", "–")
    for text in (markdown(result(nothing)), junit_xml(result(nothing))):
        assert "None" not in text
        assert "nan" not in text.lower()


def junit(found: GateResult) -> ET.Element:
    """The suite in the XML, which must be one."""
    suites = ET.fromstring(junit_xml(found).encode())  # noqa: S314 - our own
    (suite,) = suites.findall("testsuite")
    assert suites.attrib == suite.attrib
    return suite


def test_junit_has_a_case_a_check_with_its_outcome() -> None:
    """REGRESSED is a failure, INCONCLUSIVE an error, PASS has neither; the counts agree and names differ."""
    suite = junit(result())
    cases = {str(case.get("name")): [child.tag for child in case] for case in suite.findall("testcase")}
    assert cases == {
        "digression change": ["properties", "failure"],
        "role_flip change": ["properties"],
        "refund-dispute metaphor limit": ["properties", "error"],
    }
    assert {case.get("classname") for case in suite.findall("testcase")} == {CLASSNAME}
    counts: Mapping[str, str] = suite.attrib
    assert (counts["tests"], counts["failures"], counts["errors"], counts["skipped"]) == ("3", "1", "1", "0")


def test_junit_says_the_reason_in_message_and_text() -> None:
    """Jenkins shows the message, GitLab the text: both have the sentence, the text also what is missing."""
    error = junit(result()).find("testcase/error")
    assert error is not None
    assert str(error.get("message")).startswith("INCONCLUSIVE: 4.2% of the turns")
    assert str(error.text).startswith("INCONCLUSIVE: 4.2% of the turns")
    assert "missing: 2 of 12; with them 3.5% to 21.0%" in str(error.text)


def test_junit_carries_the_figures_that_there_are() -> None:
    """A limit has no baseline rate, so it has no such property."""
    change_case, _, limit_case = junit(result()).findall("testcase")
    figures = {str(one.get("name")): one.get("value") for one in change_case.iter("property")}
    assert (figures["difference"], figures["p_adjusted"], figures["bound"]) == ("0.041", "0.0016", "0.02")
    assert "baseline_rate" not in {one.get("name") for one in limit_case.iter("property")}


@given(st.text(alphabet=st.characters(), max_size=30))
def test_junit_is_xml_whatever_the_names(word: str) -> None:
    """Control characters, lone surrogates and markup of names leave a document that can be read."""
    suite = junit(named(word))
    assert len(suite.findall("testcase")) == 2


def test_a_gate_that_could_not_be_held_is_one_error() -> None:
    """Whatever the message holds, the document is XML, the text is Markdown that shows it as it stands."""
    suite = ET.fromstring(error_xml("a\x00 <b>").encode()).find("testsuite")  # noqa: S314 - our own
    assert suite is not None
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")
    error = suite.find("testcase/error")
    assert error is not None
    assert error.get("message") == "a\ufffd <b>"
    assert error_markdown("a|b <b>") == "## simstress gate: not held\n\na\\|b &lt;b&gt;\n"


def test_markdown_has_decision_table_changes_and_notes() -> None:
    """One row a check under one heading, changed conversations in collapsed lists, notes as quotes."""
    text = markdown(result(only_baseline=3, only_candidate=1))
    lines = text.splitlines()
    assert lines[0] == "## ◆ simstress gate: REGRESSED"
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + 3
    assert len({row.count("|") for row in rows}) == 1
    assert "| 2.0% → 6.1% | +4.1 | +1.8 to +6.5 | +6.0 | below +2.0 points | none |" in rows[2]
    assert "<details><summary>1 broken: flagged in the candidate only</summary>" in text
    assert "- refund-dispute, repeat 2: digression, turns 1, 3" in text
    assert "> Without a partner: 3 conversations of the baseline, 1 of the candidate." in text


def test_markdown_names_twenty_changes_each_way() -> None:
    """Of 23 broken conversations twenty are named and three counted."""
    text = markdown(result(changes=tuple(change(repeat) for repeat in range(23))))
    assert "repeat 19:" in text
    assert "repeat 20:" not in text
    assert "- and 3 more" in text


@pytest.mark.parametrize("attack", ATTACKS)
def test_markdown_shows_names_as_they_stand(attack: str) -> None:
    """Names from data make no row, column, list, heading, link, mention or HTML of their own."""
    plain, attacked = markdown(named("word")), markdown(named(attack))
    assert len(attacked.splitlines()) == len(plain.splitlines())
    assert attacked.count("<details>") == plain.count("<details>")
    assert "<script" not in attacked
    for bare in ("@e", "#1", "](", "www.", "`c", "**b"):
        assert bare not in re.sub(r"\\.", "", safe(attack))
    rows = [line.replace("\\|", "") for line in attacked.splitlines() if line.startswith("|")]
    assert len({row.count("|") for row in rows}) == 1


def test_many_flagged_turns_are_cut() -> None:
    """Twelve turns are named, the others counted."""
    many = replace(change(), candidate_flagged=tuple(range(30)))
    assert wording.change_words(many).endswith("9, 10, 11 and 18 more")
