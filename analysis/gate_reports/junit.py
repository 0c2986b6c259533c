"""A gate's result as JUnit XML: one suite, one test case a check, for the test pages of CI systems.

REGRESSED is a failure. INCONCLUSIVE is an error, JUnit's word for a test that came to no verdict: the command ends with
a code other than 0 then, and a page that showed "skipped" beside a red job would say that nothing was wrong. GitLab
shows the text of these elements, Jenkins and GitHub actions their `message`, so that both carry the sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from analysis.figures import DIGITS
from analysis.gate.values import Check, GateResult
from analysis.gate_reports.wording import headline, missing_words, needed_words

CLASSNAME = "simstress.gate"
_FIGURES = (
    "baseline_rate",
    "candidate_rate",
    "difference",
    "ci_low",
    "ci_high",
    "upper",
    "bound",
    "p",
    "p_adjusted",
    "minimum_detectable",
    "needed",
    "pairs",
    "missing",
    "worst_low",
    "worst_high",
)
_ELEMENTS = {"REGRESSED": "failure", "INCONCLUSIVE": "error"}
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def junit_xml(result: GateResult) -> str:
    """The document, with its declaration, to be written as UTF-8. The same result gives the same text.

    Times are left out: a gate measures none. Characters that XML cannot hold become U+FFFD.
    """
    decisions = Counter(check.decision for check in result.checks)
    attributes = {
        "name": CLASSNAME,
        "tests": str(len(result.checks)),
        "failures": str(decisions["REGRESSED"]),
        "errors": str(decisions["INCONCLUSIVE"]),
        "skipped": "0",
    }
    suites = ET.Element("testsuites", attributes)
    suite = ET.SubElement(suites, "testsuite", attributes)
    _add_properties(suite, _suite_properties(result))
    for check in result.checks:
        _add_case(suite, check)
    ET.SubElement(suite, "system-out").text = _clean("\n".join([headline(result), *result.notes]))
    return _document(suites)


def error_xml(message: str) -> str:
    """The document of a gate that could not be held: one case with one error."""
    attributes = {"name": CLASSNAME, "tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    suites = ET.Element("testsuites", attributes)
    case = ET.SubElement(
        ET.SubElement(suites, "testsuite", attributes), "testcase", {"classname": CLASSNAME, "name": "gate"}
    )
    ET.SubElement(case, "error", {"type": "error", "message": _clean(message)}).text = _clean(message)
    return _document(suites)


def _document(suites: ET.Element) -> str:
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _suite_properties(result: GateResult) -> Iterator[tuple[str, object]]:
    yield "decision", result.decision
    for name in ("baseline", "candidate", "pairs", "only_baseline", "only_candidate", "missing_share"):
        yield name, getattr(result, name)


def _add_case(suite: ET.Element, check: Check) -> None:
    name = f"{check.judge} change" if check.kind == "change" else f"{check.scenario} {check.judge} limit"
    case = ET.SubElement(suite, "testcase", {"classname": CLASSNAME, "name": _clean(name)})
    _add_properties(case, ((figure, getattr(check, figure)) for figure in _FIGURES))
    element = _ELEMENTS.get(check.decision)
    if element is not None:
        message = _clean(f"{check.decision}: {check.reason}")
        outcome = ET.SubElement(case, element, {"type": check.decision, "message": message})
        missing = f"missing: {missing_words(check)}"
        outcome.text = _clean("\n".join(filter(None, [message, needed_words(check), missing])))


def _add_properties(parent: ET.Element, pairs: Iterator[tuple[str, object]]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in pairs:
        if value is not None:
            ET.SubElement(properties, "property", {"name": name, "value": _clean(_text(value))})


def _text(value: object) -> str:
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
