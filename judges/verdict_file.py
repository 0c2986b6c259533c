"""Verdicts in JSONL files."""

from __future__ import annotations

from dataclasses import fields

from judges.verdict import SCHEMA, Verdict
from sims.record_file import RecordFormat

VERDICTS: RecordFormat[Verdict] = RecordFormat(
    Verdict,
    what="verdict",
    schema=SCHEMA,
    keys=tuple(field.name for field in fields(Verdict)),
    always=("turn_scores", "hits", "judged_turns", "unjudged", "basis"),
)
