"""Scenario files: found by path or shipped name, checked for every fault at once, loaded.

`python -m sims.scenario_file` prints the JSON Schema, which is kept in scenarios/schema.json.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sims.errors import Fault, ScenarioError, UnknownNameError, allowed_hint
from sims.scenario import Scenario
from sims.scenario_faults import ShapeFault, shape_faults
from sims.scenario_rules import DEFAULT_JUDGES, rule_faults
from sims.scenario_starter import starter
from sims.yaml_document import YamlDocument, printable, read_yaml

__all__ = [
    "check_scenario",
    "find_scenario",
    "load_scenario",
    "load_scenarios",
    "scenario_schema",
    "schema_path",
    "shipped_scenarios",
    "starter",
]


_MOST_FAULTS = 100
"""Of each kind; a file with more is told of these first."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """A file as read: its scenario, or its faults."""

    document: YamlDocument
    scenario: Scenario | None
    faults: tuple[Fault, ...]


def check_scenario(
    path: str | Path, *, judges: Collection[str] | None = None, references: Collection[str] | None = None
) -> tuple[Scenario | None, tuple[Fault, ...]]:
    """The scenario in a file and no faults, or None and every fault, in the order of lines.

    `judges` and `references` are the names there are; None leaves such names unchecked. Never raises for what the
    file holds or for a file that cannot be read. Blind spot: a faulty part hides the rules that would need it.
    """
    checked = _check(path, judges=judges, references=references)
    return checked.scenario, checked.faults


def load_scenario(
    path: str | Path, *, judges: Collection[str] | None = None, references: Collection[str] | None = None
) -> Scenario:
    """The scenario in a file.

    Raises:
        ScenarioError: the file has faults; carries all of them.
    """
    return load_scenarios([path], judges=judges, references=references)[0]


def load_scenarios(
    paths: Iterable[str | Path], *, judges: Collection[str] | None = None, references: Collection[str] | None = None
) -> tuple[Scenario, ...]:
    """The scenarios in several files, in their order.

    Raises:
        ScenarioError: a file has faults, or two files share an id; carries the faults of all files.
    """
    checked = [_check(path, judges=judges, references=references) for path in paths]
    faults = [fault for one in checked for fault in one.faults]
    faults += _shared_ids(checked)
    if faults:
        raise ScenarioError(faults)
    return tuple(one.scenario for one in checked if one.scenario is not None)


def shipped_scenarios() -> dict[str, Path]:
    """The files that come with simstress, by scenario id, in the order of ids."""
    folder = Path(str(resources.files("scenarios")))
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def find_scenario(name_or_path: str | Path) -> Path:
    """The file that is meant: one at that path, or else the shipped scenario of that id.

    A directory is returned as it is; loading it says what to do.

    Raises:
        ScenarioError: it is written as a path, and there is no such file.
        UnknownNameError: it is neither a file nor a shipped scenario.
    """
    path, name = Path(name_or_path), str(name_or_path)
    shipped = shipped_scenarios()
    if not os.path.isfile(path) and name in shipped:  # noqa: PTH113 - is_file raises for a name that is too long
        return shipped[name]
    if os.path.exists(path):  # noqa: PTH110
        return path
    if path.suffix in {".yaml", ".yml"} or path.name != name:
        message = f"there is no such file; shipped scenarios: {', '.join(shipped)}"
        raise ScenarioError([Fault(printable(name), None, None, "", message)])
    raise UnknownNameError("scenario", name, shipped)


def schema_path() -> Path:
    """The JSON Schema that comes with simstress, for editors."""
    return Path(str(resources.files("scenarios"))) / "schema.json"


def scenario_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scenario file, made from the models.

    It holds shapes, closed sets and ranges. Blind spot: rules between parts, such as names that must exist.
    """
    schema = Scenario.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _check(path: str | Path, *, judges: Collection[str] | None, references: Collection[str] | None) -> _Checked:
    document = read_yaml(path)
    if not isinstance(document.data, dict):
        no_mapping = document.fault((), "expected a mapping of keys such as id, agents and task")
        return _Checked(document, None, document.faults or (no_mapping,))
    scenario, found = _shaped(document.data)
    unknown = _unknown_names(document.data, Path(path).parent, judges=judges, references=references)
    found += islice(unknown, _MOST_FAULTS)
    faults = _in_order(document, [document.fault(one.place, one.message, at_key=one.at_key) for one in found])
    if faults or scenario is None:
        return _Checked(document, None, faults)
    return _Checked(document, _with_profile_found(scenario, Path(path).parent), faults)


def _with_profile_found(scenario: Scenario, folder: Path) -> Scenario:
    """The scenario, its profile by an absolute path where it is a file beside it: it is read from anywhere later."""
    if scenario.reference is None or (file := _profile_file(scenario.reference, folder)) is None:
        return scenario
    return scenario.model_copy(update={"reference": str(file)})


def _shaped(data: dict[str, Any]) -> tuple[Scenario | None, list[ShapeFault]]:
    """The scenario, or the faults of its shape and its rules."""
    rules = [ShapeFault(place, message) for place, message in islice(rule_faults(data), _MOST_FAULTS)]
    try:
        return Scenario.model_validate(data, by_alias=True, by_name=False), rules
    except ValidationError as error:
        return None, [*islice(shape_faults(error), _MOST_FAULTS), *rules] or [ShapeFault((), error.errors()[0]["msg"])]


def _in_order(document: YamlDocument, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults of a document by line, each once; where it is no plain YAML, nothing else is told of that place."""
    unread = {(fault.line, fault.column) for fault in document.faults}
    kept = [*document.faults, *(fault for fault in faults if (fault.line, fault.column) not in unread)]
    return tuple(sorted(dict.fromkeys(kept), key=lambda fault: (fault.line or 0, fault.column or 0)))


def _profile_file(reference: str, folder: Path) -> Path | None:
    """The profile file that is meant, from the folder of the scenario; None where a shipped profile is named."""
    if not reference.endswith(".json"):
        return None
    file = (folder / reference).absolute()
    return file if os.path.isfile(file) else None  # noqa: PTH113 - is_file raises for a name that is too long


def _unknown_profile(reference: str, folder: Path, known: Collection[str]) -> Iterator[ShapeFault]:
    if not reference.endswith(".json"):
        message = f"no reference profile is called {reference!r}: {allowed_hint(reference, known)}, or a .json file"
        yield ShapeFault(("reference",), message)
    elif _profile_file(reference, folder) is None:
        yield ShapeFault(("reference",), f"there is no file {reference!r}, seen from the folder of this scenario")


def _unknown_names(
    data: dict[str, Any], folder: Path, *, judges: Collection[str] | None, references: Collection[str] | None
) -> Iterator[ShapeFault]:
    reference = data.get("reference")
    if references is not None and isinstance(reference, str) and reference not in references:
        yield from _unknown_profile(reference, folder, references)
    if judges is None:
        return
    chosen = data.get("judges", DEFAULT_JUDGES)
    for index, judge in enumerate(chosen if isinstance(chosen, list | tuple) else ()):
        if isinstance(judge, str) and judge not in judges:
            yield ShapeFault(("judges", index), f"no judge is called {judge!r}: {allowed_hint(judge, judges)}")


def _shared_ids(checked: Iterable[_Checked]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for one in checked:
        if one.scenario is None:
            continue
        name, path = one.scenario.id, one.document.path
        if name in first:
            yield one.document.fault(("id",), f"{name!r} is the id of {first[name]} too; ids must differ")
        first.setdefault(name, path)


def main() -> None:
    """Print the JSON Schema."""
    sys.stdout.write(json.dumps(scenario_schema(), indent=2) + "\n")


if __name__ == "__main__":
    main()
