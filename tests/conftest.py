"""What holds for every test: nothing leaves the machine, nothing is left in the environment."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No option and no key of the developer's machine reaches a test."""
    for name in os.environ:
        if name.startswith("SIMSTRESS_") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real dialogues; the test is skipped where it is not there."""
    if not DATA.is_dir():
        pytest.skip(f"the real dialogues are not beside this checkout ({DATA.name} folder not found)")
    return DATA


def pytest_configure() -> None:
    """Hear interrupts also where the tests were begun in the background, by a shell that has them ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
