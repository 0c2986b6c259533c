"""The command `simstress`: checks the installation, runs the command line, turns errors into exit codes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PACKAGES = ("scenarios", "sims", "judges", "analysis", "simstress")


def main() -> None:
    """Run the command line and exit with its code."""
    fault = misplaced_packages()
    if fault:
        sys.exit(_complain(fault, 2))
    from simstress.cli.app import run_app

    sys.exit(run_app(sys.argv[1:]))


def misplaced_packages() -> str | None:
    """One line that says which of our packages is shadowed by a foreign one, or None when all are ours."""
    home = Path(__file__).resolve().parents[1]
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            return f"the package {package!r} is missing beside {home}; install simstress again"
        found = Path(spec.origin).resolve().parents[1]
        if found != home:
            return (
                f"the package {package!r} loads from {found}, not from {home}: another distribution owns that name;"
                " install simstress into an environment of its own"
            )
    return None


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"simstress: error: {message}\n")
    return code


if __name__ == "__main__":
    main()
