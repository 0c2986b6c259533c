"""The baseline file: the figures and hashes of a judged run, small enough to keep beside the code; no text in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.gate.side import Conversation, Found, ScenarioFacts, Side, doubled
from analysis.outcomes import ConversationKey
from sims.errors import UsageError
from sims.run_folder import replace_file
from sims.scenario import Expectation, Temperature
from sims.versions import package_versions

SCHEMA: Literal["simstress/baseline@1"] = "simstress/baseline@1"
_FAMILY = "simstress/baseline@"
_ANEW = "delete it, and make it anew with: simstress baseline set RUN"

Index = Annotated[int, Field(strict=True, ge=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, protected_namespaces=())


class FoundEntry(_Entry):
    """What one judge found in a conversation: flagged turn indices, how many turns it judged, why it did not."""

    flagged: tuple[Index, ...] = ()
    judged: Index
    missing: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> FoundEntry:
        if len(self.flagged) > self.judged or sorted(set(self.flagged)) != list(self.flagged):
            raise ValueError("flagged turns must ascend, and be no more than were judged")
        return self


class ConversationEntry(_Entry):
    """A conversation; `text` is a hash of who said what. Turns before `start` count for nobody, those that it went on
    from where it is `branched_of` a recording.
    """

    id: str
    scenario: str = ""
    model: str = ""
    temperature: Temperature | None = None
    repeat: Index | None = None
    seed: int | None = None
    turns: Index
    text: str
    start: Index = 0
    branched_of: str | None = None
    found: dict[str, FoundEntry]

    @model_validator(mode="after")
    def _fits(self) -> ConversationEntry:
        for judge, found in self.found.items():
            if found.judged > self.turns or any(turn >= self.turns for turn in found.flagged):
                raise ValueError(f"{judge} names more turns than the {self.turns} there are")
        return self


class ScenarioEntry(_Entry):
    """A scenario: the hash of its content, and what it expects of judges."""

    id: str
    hash: str
    expect: dict[str, Expectation] = Field(default_factory=dict)


class Origin(_Entry):
    """What the baseline was made from."""

    run: str
    models: tuple[str, ...]
    simstress: str


class Baseline(_Entry):
    """The whole of a baseline file. `judges` maps names to versions; conversations stand in the run's order."""

    schema_: Literal["simstress/baseline@1"] = Field(SCHEMA, alias="schema")
    name: str
    origin: Origin = Field(alias="from")
    judges: dict[str, str]
    scenarios: tuple[ScenarioEntry, ...]
    conversations: tuple[ConversationEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Baseline:
        named = {judge for one in self.conversations for judge in one.found}
        if strange := sorted(named - set(self.judges)):
            raise ValueError(f"conversations name {strange[0]!r}, which is not among the judges")
        if fault := doubled(map(_conversation, self.conversations)):
            raise ValueError(fault)
        return self

    def side(self, name: str) -> Side:
        """The side of a gate that the file stands for, called `name` in messages."""
        return Side(
            name=name,
            judges=dict(self.judges),
            scenarios={one.id: ScenarioFacts(one.id, one.hash, one.expect) for one in self.scenarios},
            conversations=tuple(map(_conversation, self.conversations)),
        )


def baseline_of(side: Side, *, name: str) -> Baseline:
    """The baseline that keeps a side's figures."""
    return Baseline(
        name=name,
        origin=Origin(run=Path(side.name).name, models=side.models, simstress=package_versions()["simstress"]),
        judges=dict(side.judges),
        scenarios=tuple(
            ScenarioEntry(id=one.id, hash=one.hash, expect=dict(one.expect)) for one in side.scenarios.values()
        ),
        conversations=tuple(map(_entry, side.conversations)),
    )


def write_baseline(baseline: Baseline, path: Path) -> None:
    """Write a baseline, whole or not at all, one conversation a line; the same baseline gives the same bytes.

    Raises:
        UsageError: another file is there, or it cannot be written.
    """
    if path.exists() and not is_baseline(path):
        raise UsageError(
            f"{path}: is there already and no baseline, or a torn one; delete it to make it anew, or choose another"
            " file"
        )
    replace_file(path, "".join(_lines(baseline)))


def load_baseline(path: str | Path) -> Baseline:
    """The baseline in a file.

    Raises:
        UsageError: it cannot be read, is no baseline, or one of another version of the form.
    """
    path = Path(path)
    data = _json(path)
    found = data.get("schema") if isinstance(data, dict) else None
    if not isinstance(found, str) or not found.startswith(_FAMILY):
        raise UsageError(f"{path}: not a baseline ({SCHEMA}); make one with: simstress baseline set RUN")
    if found != SCHEMA:
        raise UsageError(f"{path}: schema {found!r} cannot be read here, expected {SCHEMA!r}; {_ANEW}")
    try:
        return Baseline.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        message = fault["msg"].removeprefix("Value error, ")
        raise UsageError(f"{path}: {f'{place}: ' if place else ''}{message}; {_ANEW}") from error


def read_baseline(path: str | Path) -> Side:
    """The side of a gate that a baseline file stands for.

    Raises:
        UsageError: as `load_baseline`.
    """
    return load_baseline(path).side(str(path))


def is_baseline(path: Path) -> bool:
    """Whether a file is a baseline, of whichever version of the form."""
    try:
        data = _json(path)
    except UsageError:
        return False
    return isinstance(data, dict) and str(data.get("schema")).startswith(_FAMILY)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a baseline file, or a torn one: {error}; {_ANEW}") from error


def _lines(baseline: Baseline) -> Iterator[str]:
    head = baseline.model_dump(mode="json", by_alias=True, exclude={"conversations"})
    head["scenarios"] = [_without_none(one) for one in head["scenarios"]]
    yield json.dumps(head, indent=1, ensure_ascii=True).removesuffix("\n}") + ',\n "conversations": [\n'
    last = len(baseline.conversations) - 1
    for place, one in enumerate(baseline.conversations):
        row = one.model_dump(mode="json", exclude_defaults=True)
        yield "  " + json.dumps(row, ensure_ascii=True, separators=(",", ":")) + (",\n" if place < last else "\n")
    yield " ]\n}\n"


def _without_none(scenario: dict[str, Any]) -> dict[str, Any]:
    held = {
        judge: {key: value for key, value in one.items() if value is not None}
        for judge, one in scenario["expect"].items()
    }
    return {**scenario, "expect": held}


def _entry(one: Conversation) -> ConversationEntry:
    key = one.key
    return ConversationEntry(
        id=one.transcript,
        scenario=key.scenario,
        model=key.model,
        temperature=key.temperature,
        repeat=key.repeat,
        seed=one.seed,
        turns=one.turns,
        text=one.text_hash,
        start=one.start,
        branched_of=one.branched_of,
        found={
            judge: FoundEntry(flagged=found.flagged, judged=found.judged_turns, missing=found.missing)
            for judge, found in one.found.items()
        },
    )


def _conversation(entry: ConversationEntry) -> Conversation:
    has_place = entry.scenario and entry.repeat is not None
    return Conversation(
        key=ConversationKey(
            entry.scenario, entry.model, entry.temperature, entry.repeat, "" if has_place else entry.id
        ),
        transcript=entry.id,
        seed=entry.seed,
        turns=entry.turns,
        text_hash=entry.text,
        found={judge: Found(found.flagged, found.judged, found.missing) for judge, found in entry.found.items()},
        start=entry.start,
        branched_of=entry.branched_of,
    )
