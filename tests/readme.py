"""The README's parts that can be run, and the command that renews the demo's output in it.

python tests/readme.py        # runs `simstress demo` and puts what it prints into README.md
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
_DEMO = re.compile(r"(<!-- demo output -->\n```text\n)(.*?)(```\n<!-- end of demo output -->)", re.DOTALL)


def text() -> str:
    """The README."""
    return README.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", text(), re.DOTALL | re.MULTILINE)


def printed_by_demo() -> str:
    """What `make demo` ends with: the stdout of `simstress demo` at 80 columns."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "simstress", "demo"],
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
            env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
        )
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


def shown_demo() -> str:
    """What the README says the demo prints."""
    found = _DEMO.search(text())
    return found[2] if found else ""


if __name__ == "__main__":
    README.write_text(_DEMO.sub(lambda found: found[1] + printed_by_demo() + found[3], text()), encoding="utf-8")
