"""summary.json of an audit: the figures of its result and what was told of them, as plain data."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from analysis.datatypes.told import Told
from analysis.figures import rounded
from sims.errors import UsageError

AUDIT_SCHEMA = "simstress/audit@1"
SUMMARY_FILE = "summary.json"


def audit_summary(kind: str, *, result: Any, told: Told, sources: Mapping[str, Any], second_order: Any = None) -> str:
    """The file's text: `figures` are the result's own fields, floats with six significant digits, None as null.

    `second_order` is what --retrain gave, null without it. `sources` says which files and columns were read, `told` is
    what was shown. The same audit gives the same bytes.
    """
    record = {
        "schema": AUDIT_SCHEMA,
        "kind": kind,
        "sources": plain_data(sources),
        "figures": plain_data(result),
        "second_order": plain_data(second_order),
        "told": plain_data(told),
    }
    return json.dumps(record, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def audit_kind(folder: str | Path) -> str | None:
    """The kind of the audit that wrote the folder; None where none did, or its summary cannot be read."""
    try:
        record = json.loads((Path(folder) / SUMMARY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record.get("kind") if isinstance(record, dict) and record.get("schema") == AUDIT_SCHEMA else None


def read_told(folder: str | Path) -> Told:
    """What the audit in that folder told, from its summary.json.

    Raises:
        UsageError: there is no audit, or its summary cannot be read.
    """
    path = Path(folder) / SUMMARY_FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: no audit can be read here; make one with: simstress audit ... --out") from error
    if not isinstance(record, dict) or record.get("schema") != AUDIT_SCHEMA:
        raise UsageError(f"{path}: not the summary of an audit ({AUDIT_SCHEMA})")
    try:
        return TypeAdapter(Told).validate_python(record.get("told"))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise UsageError(f"{path}: told.{place}: {fault['msg']}; make the audit anew") from error


def plain_data(value: Any) -> Any:
    """Dataclasses as objects by field, mappings with texts as keys, sequences as lists, floats rounded.

    >>> from analysis.statistics.clusters import Estimate
    >>> plain_data({"share": Estimate(1 / 3, None, None, 3, 3)})["share"]["value"]
    0.333333
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain_data(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain_data(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain_data(one) for one in value]
    return rounded(value)
