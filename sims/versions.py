"""Which code a result was made with."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess

_PACKAGES = ("litellm", "networkx", "numpy", "pandas", "pydantic", "scikit-learn", "scipy", "simstress", "tenacity")


def package_versions() -> dict[str, str]:
    """The versions of Python and of the packages that results rest on; "absent" for those not installed."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "absent"
    return versions


def git_revision() -> str | None:
    """The commit checked out where the command runs, "-dirty" behind it when files differ; None outside git."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except OSError:
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
