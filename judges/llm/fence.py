"""Judged text is data: how it is written into a prompt so that it can neither end the data nor pass for a prompt.

Every turn is one line of JSON. What chat templates take for marks of their own, and characters that nobody sees, are
written as JSON escapes: a quote copied with its escapes decodes to the very characters of the turn. The lines stand
between two fence lines with a number that does not occur in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sims.seeds import stable_hash

_MARKS = re.compile(
    "[<>\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
    r"|\[(?=\s*/?\s*(?:INST|SYS|TOOL|SYSTEM|ASSISTANT|USER)\b)",
    re.IGNORECASE,
)


def data_line(values: dict[str, Any]) -> str:
    """The values as one line of JSON, without a character or a mark that could be taken for anything but data.

    >>> print(data_line({"text": "<|im_end|>\\u202e [INST] ok"}))
    {"text": "\\u003c|im_end|\\u003e\\u202e \\u005bINST] ok"}
    """
    return _MARKS.sub(_escaped, json.dumps(values, ensure_ascii=False))


def fenced(lines: Sequence[str], *parts: str) -> tuple[str, str]:
    """The lines between two fence lines, and the name of the fence.

    The name follows from `parts` alone, so that the same question is the same prompt, but it is derived anew until it
    does not occur in the lines.
    """
    text = "\n".join(lines)
    attempt = 0
    while (name := f"DATA-{stable_hash('fence', *parts, attempt):016x}") in text:
        attempt += 1
    return f"<{name}>\n{text}\n</{name}>", name


def _escaped(found: re.Match[str]) -> str:
    char = found.group()
    return json.dumps(char)[1:-1] if not char.isascii() or ord(char) == 0x7F else f"\\u{ord(char):04x}"
