"""What was run, as label and value: a manifest in the words of a reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.wording import plain

_LISTED = 12
_ELSEWHERE = frozenset({"schema", "status", "versions", "git_revision", "prompt_version", "stop_reasons", "name"})
_VERSION_KEYS = ("git_revision", "prompt_version", "schema")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know about a run."""

    label: str
    value: str


def run_facts(manifest: Mapping[str, Any]) -> tuple[Fact, ...]:
    """What was asked for and what came of it; empty entries are left out, versions are in `version_facts`."""
    return tuple(_facts(manifest))


def _facts(manifest: Mapping[str, Any]) -> Iterator[Fact]:
    for key, value in manifest.items():
        if key in _ELSEWHERE or value is None or value in ({}, [], ""):
            continue
        if key in ("totals", "settings") and isinstance(value, Mapping):
            yield from _facts(value)
        else:
            yield Fact(plain(str(key)), _in_words(value))


def version_facts(manifest: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Which code made the run."""
    facts = [Fact(plain(key), _in_words(manifest[key])) for key in _VERSION_KEYS if manifest.get(key)]
    versions = manifest.get("versions")
    if isinstance(versions, Mapping):
        facts += [Fact(str(package), str(version)) for package, version in versions.items()]
    return tuple(facts)


def _in_words(value: Any) -> str:
    """A value of JSON as one line: lists and mappings shortened, parts with an id by their id.

    >>> _in_words([{"id": "refund"}, {"id": "order"}]), _in_words({"a": 1, "b": True}), _in_words(12000)
    ('refund, order', 'a 1; b yes', '12,000')
    """
    if isinstance(value, Mapping):
        if "id" in value:
            return str(value["id"])
        return _shortened([f"{plain(str(key))} {_in_words(part)}" for key, part in value.items()], "; ")
    if isinstance(value, list | tuple):
        return _shortened([_in_words(part) for part in value], ", ")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _shortened(parts: list[str], separator: str) -> str:
    more = len(parts) - _LISTED
    return separator.join(parts[:_LISTED]) + (f" and {more} more" if more > 0 else "")
