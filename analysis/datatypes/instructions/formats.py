"""Whether an output has the form that was asked for, and whether code and JSON in it can be read by a machine."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable, Iterator
from typing import ClassVar

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example

_AS = r"\b(?:as|in|into|to|using|with)(?: an?| the)?(?: \w+)?"
_BULLETS = re.compile(
    rf"{_AS} (?:bullet(?:ed)?(?:[ -]point)?s?(?: points?| list| form\w*)?|numbered list)\b", re.IGNORECASE
)
_TABLE = re.compile(
    r"\b(?:as|in|into)(?: an?| the)?(?: markdown| form of a)? table\b"
    r"|\b(?:create|generate|make|output) (?:an? )?(?:\w+ )?table\b",
    re.IGNORECASE,
)
_JSON = re.compile(rf"{_AS} json\b|\b(?:output|return|generate|write|create) (?:an? )?(?:valid )?json\b", re.IGNORECASE)
_NUMBER = re.compile(r"\Ahow many\b|\boutput the (?:number|index)\b", re.IGNORECASE)
_SPELT = "zero no none one two three four five six seven eight nine ten eleven twelve dozen hundred thousand million"
_NUMBER_WORDS = frozenset(_SPELT.split())
_NOT_ASKED = re.compile(
    r"\"[^\"]*\"|“[^”]*”|\btables? (?:of contents|tennis|lamp|setting|manners)\b|\b(?:dining|coffee) tables?\b", re.I
)
"""What the instruction quotes, and tables that are furniture."""
_FENCE = re.compile(r"```[ \t]{0,9}(\w{0,30})[^\n]{0,200}\n(.*?)(?:```|\Z)", re.DOTALL)
_PYTHON_ASKED = re.compile(r"\bpython(?!\s*2)\b", re.IGNORECASE)
_PYTHON_START = re.compile(r"\A\s*(?:def \w+\(|import \w+|from \w+ import |class \w+)")
_PYTHON_INSIDE = re.compile(r"^(?:def \w+\(|import \w|from \w+ import |class \w+|for \w+ in |print\()", re.MULTILINE)
_JSON_LIKE = re.compile(r"\A\s*(?:\{\s*\"[^\"]+\"\s*:|\[\s*\{\s*\")")
_MAKES_CODE = re.compile(
    r"\b(?:write|create|generate|implement|develop|build)\b.{0,60}"
    r"\b(?:program|function|script|code|(?:sql|database) query)\b",
    re.I,
)
_CODE = re.compile(
    r"[{}()=;<>\[\]]|\b(?:def|return|select|print|import|function|class|echo)\b"
    r"|^[ \t]{0,80}(?:if|for|while)\b|:[ \t]{0,9}\n",
    re.I | re.M,
)
_ITEM = re.compile(r"^[ \t]{0,40}(?:[-*•·–+o]|\d{1,3}[ \t]{0,3}[.):]|<li>|[a-zA-Z][.)])[ \t]{0,9}\S", re.MULTILINE)
_PYTHON_2 = re.compile(r"^[ \t]{0,80}print[ \t]+[^(\s]", re.MULTILINE)


class FormatMismatch(Check):
    """An output in another form than was asked for."""

    name: ClassVar[str] = "format_mismatch"
    version: ClassVar[str] = "2"
    says: ClassVar[str] = "JSON, a table, bullets, code or a number was asked for, and the output is none"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One a form that is asked for and not there."""
        if not example.output_words:
            return
        asked, output = _NOT_ASKED.sub(" ", example.asked), example.output
        for what, pattern, is_there in _FORMS:
            found = pattern.search(asked)
            if found and not is_there(output):
                yield self.suspicion(f"{what} asked for, and there is none", found.group())


class BrokenCode(Check):
    """Python that does not parse, or JSON that does not."""

    name: ClassVar[str] = "broken_code"
    version: ClassVar[str] = "3"
    says: ClassVar[str] = "Python or JSON in the output cannot be parsed"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One a piece of code, a fence or the whole output, that does not parse."""
        for language, code in _pieces(example):
            fault = _python_fault(code) if language == "python" else _json_fault(code)
            if fault:
                yield self.suspicion(
                    f"{'Python' if language == 'python' else 'JSON'} that does not parse: {fault}", code
                )


def _pieces(example: Example) -> Iterator[tuple[str, str]]:
    """The Python and JSON of an output."""
    fences = _FENCE.findall(example.output)
    is_python = bool(_PYTHON_ASKED.search(example.prompt))
    for language, code in fences:
        if language.lower() in ("python", "py", "python3", "json"):
            yield ("json" if language.lower() == "json" else "python"), code
        elif not language and is_python and _PYTHON_INSIDE.search(code):
            yield "python", code
    if fences:
        return
    if _is_meant_as_json(example):
        yield "json", example.output
    elif _PYTHON_START.match(example.output) and _PYTHON_ASKED.search(example.prompt):
        yield "python", example.output


def _is_meant_as_json(example: Example) -> bool:
    if "..." in example.output or _PYTHON_ASKED.search(example.prompt):
        return False
    is_wanted = _JSON.search(example.asked) and example.output.lstrip().startswith(("{", "["))
    return bool(is_wanted or _JSON_LIKE.match(example.output))


def _python_fault(code: str) -> str | None:
    if _PYTHON_2.search(code):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno})"
    except (ValueError, RecursionError, MemoryError) as error:
        return type(error).__name__
    return None


def _json_fault(code: str) -> str | None:
    try:
        json.loads(code)
    except json.JSONDecodeError as error:
        return f"{error.msg} (line {error.lineno})"
    except RecursionError:
        return "brackets within brackets without end"
    return None


def _has_items(text: str) -> bool:
    return bool(_ITEM.search(text)) or "•" in text


def _has_table(text: str) -> bool:
    rows = [line for line in text.splitlines() if re.search(r"\||\t|\S {2,}\S|,.*,|-{3,}", line)]
    return len(rows) >= 2 or "<table" in text.lower() or bool(re.search(r"create table", text, re.IGNORECASE))


def _has_json(text: str) -> bool:
    return bool(re.search(r"[{\[]", text))


def _has_number(text: str) -> bool:
    return bool(re.search(r"[\d∞π]", text)) or not _NUMBER_WORDS.isdisjoint(re.findall(r"[a-z]+", text.lower()))


def _has_code(text: str) -> bool:
    return bool(_CODE.search(text))


_FORMS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("bullets or numbers", _BULLETS, _has_items),
    ("a table", _TABLE, _has_table),
    ("JSON", _JSON, _has_json),
    ("a number", _NUMBER, _has_number),
    ("code", _MAKES_CODE, _has_code),
)
