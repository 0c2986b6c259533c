"""The report as a value: everything a reader is told about a run, with what is missing beside it.

Nothing is rendered here: `analysis.page.html` and the terminal do that, and compute nothing. Transcripts are read once,
as a stream; a bounded number of them is kept to be read in full, so that a run of a million conversations has a
report too.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.datatypes.told import Told
from analysis.findings import FlagRate, Shift
from analysis.human_or_machine import Likeness
from analysis.providers.sentences import findings
from analysis.providers.values import ProviderComparison
from analysis.report.conversation_view import ConversationView, arm_of, scenario_of, view_conversation
from analysis.report.facts import Fact, run_facts, version_facts
from analysis.report.headline import declared_stress, headline
from analysis.report.speaker_graph import SpeakerGraph, SpeakerSum
from analysis.report.tally import Tally, TallyCounter, flagged_turns
from analysis.stress.recorded import Recorded, cautions
from analysis.stress.sentences import stress_sentences
from analysis.stress.values import StressFindings
from analysis.trust import Trust
from judges.verdict import Verdict
from sims.errors import UsageError
from sims.seeds import stable_hash
from sims.transcript import Transcript

VerdictLookup = Mapping[str, Sequence[Verdict]] | Callable[[str], Sequence[Verdict]]

_FINDINGS_TOLD = 3
GRAPHS = 12
GRAPH_CONVERSATIONS = 100
"""How many conversations of a group its speaker graph adds up: the first ones of the run."""


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What a reader needs to know of a human reference profile; `conversations` is None where it is not known."""

    name: str
    genre: str
    source: str
    licence: str
    conversations: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is shown. `breakdowns` are rates by what they are grouped by ("role", "model", ...).

    `calibrated` says of a judge whether it has a card; a judge that is not named has none. `trusts` say what the cards
    make of the rates. `providers` sets models side by side, None where there is but one. `feature_labels` are the
    features' names in words. `left_out` counts the conversations that are not among `conversations`. `audits` are
    those of other data that are shown with it.

    `stress` is what a stress test found, of these conversations or of others (`stress_of` says which). Of these, rates,
    shifts and whatever else is not named for its arm are of the conversations without stressors, counted in `control`;
    None where there is no such part. `recorded` is what the conversations of the stress test say of it themselves.
    """

    title: str
    headline: tuple[str, ...]
    facts: tuple[Fact, ...]
    versions: tuple[Fact, ...]
    tally: Tally
    rates: tuple[FlagRate, ...]
    breakdowns: Mapping[str, tuple[FlagRate, ...]]
    shifts: tuple[Shift, ...]
    providers: ProviderComparison | None
    likeness: tuple[Likeness, ...]
    profiles: tuple[ProfileFacts, ...]
    calibrated: Mapping[str, bool]
    trusts: tuple[Trust, ...]
    feature_labels: Mapping[str, str]
    graphs: tuple[SpeakerGraph, ...]
    graph_groups: int
    conversations: tuple[ConversationView, ...]
    transcripts_at: str
    audits: tuple[Told, ...] = ()
    stress: StressFindings | None = None
    stress_of: str = ""
    control: Tally | None = None
    recorded: Recorded | None = None

    @property
    def left_out(self) -> int:
        """How many conversations are not in the page."""
        return self.tally.conversations - len(self.conversations)

    def is_calibrated(self, judge: str) -> bool:
        """Whether the judge was measured against people's labels."""
        return self.calibrated.get(judge, False)


def build_report(
    *,
    title: str,
    manifest: Mapping[str, Any],
    transcripts: Iterable[Transcript],
    verdicts: VerdictLookup,
    rates: Iterable[FlagRate] = (),
    breakdowns: Mapping[str, Iterable[FlagRate]] | None = None,
    shifts: Iterable[Shift] = (),
    providers: ProviderComparison | None = None,
    likeness: Iterable[Likeness] = (),
    profiles: Iterable[ProfileFacts] = (),
    calibrated: Mapping[str, bool] | None = None,
    trusts: Iterable[Trust] = (),
    feature_labels: Mapping[str, str] | None = None,
    notes: Iterable[str] = (),
    transcripts_at: str = "transcripts.jsonl",
    max_transcripts: int = 200,
    stress: StressFindings | None = None,
    stress_of: str = "",
    recorded: Recorded | None = None,
) -> Report:
    """The report of a run. `notes` are sentences that the headline ends with.

    `verdicts` maps a transcript's id to its verdicts, as a mapping or a function. Of more than `max_transcripts`
    conversations those flagged come first, then those that failed; among equals a stable hash of the id chooses,
    so that they are spread over the run. On the page they stand in the same order of importance, then in that of
    the run. `transcripts_at` tells the reader where the others are.

    Raises:
        UsageError: `max_transcripts` is below 1, or a verdict does not fit its transcript.
    """
    if max_transcripts < 1:
        raise UsageError(f"max_transcripts is {max_transcripts}; at least 1 conversation must be shown")
    calibrated, rates, shifts, likeness = dict(calibrated or {}), tuple(rates), tuple(shifts), tuple(likeness)
    reader = _Reader(_lookup(verdicts))
    shown = reader.most_interesting(transcripts, max_transcripts)
    tally = reader.counter.tally()
    control = reader.control.tally() if reader.control_is_part else None
    labels = dict(feature_labels or {})
    return Report(
        title=title,
        headline=(
            *((*stress_sentences(stress), *cautions(stress, recorded)) if stress and control else ()),
            *declared_stress(reader.declared, tally.conversations),
            *headline(
                tally,
                control=control,
                rates=rates,
                shifts=shifts,
                likeness=likeness,
                calibrated=calibrated,
                feature_labels=labels,
                branched_off=manifest.get("branched_off"),
            ),
            *(findings(providers)[:_FINDINGS_TOLD] if providers and not control else ()),
            *(stress_sentences(stress)[:1] if stress and not control else ()),
            *notes,
        ),
        facts=run_facts(manifest),
        versions=version_facts(manifest),
        tally=tally,
        rates=rates,
        breakdowns={by: tuple(group) for by, group in (breakdowns or {}).items()},
        shifts=shifts,
        providers=providers,
        likeness=likeness,
        profiles=tuple(profiles),
        calibrated=calibrated,
        trusts=tuple(trusts),
        feature_labels=labels,
        graphs=tuple(group.graph() for group in reader.sums.values()),
        graph_groups=len(reader.groups),
        conversations=tuple(
            view_conversation(entry.transcript, entry.verdicts, number=entry.number, calibrated=calibrated)
            for entry in shown
        ),
        transcripts_at=transcripts_at,
        stress=stress,
        stress_of=stress_of,
        control=control,
        recorded=recorded,
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    transcript: Transcript
    verdicts: Sequence[Verdict]

    @property
    def tier(self) -> int:
        """0 flagged, 1 failed, 2 neither."""
        return 0 if flagged_turns(self.verdicts) else 1 if self.transcript.has_failed else 2


@dataclass
class _Reader:
    """Counts while the transcripts stream past."""

    verdicts_on: Callable[[str], Sequence[Verdict]]
    counter: TallyCounter = field(default_factory=TallyCounter)
    control: TallyCounter = field(default_factory=TallyCounter)
    control_is_part: bool = False
    declared: Counter[str] = field(default_factory=Counter)
    sums: dict[str, SpeakerSum] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)

    def most_interesting(self, transcripts: Iterable[Transcript], most: int) -> list[_Entry]:
        """The conversations to be read in full, in the order of the page."""
        return sorted(heapq.nsmallest(most, self.read(transcripts), key=_interest), key=_place)

    def read(self, transcripts: Iterable[Transcript]) -> Iterator[_Entry]:
        for number, transcript in enumerate(transcripts, start=1):
            verdicts = self.verdicts_on(transcript.id)
            self.counter.add(transcript, verdicts, number=number)
            if transcript.is_arm:
                self.control_is_part = True
            else:
                if transcript.stressors:
                    self.declared[arm_of(transcript)] += 1
                self.control.add(transcript, verdicts, number=number)
                self._add_to_graph(transcript)
            yield _Entry(number, transcript, verdicts)

    def _add_to_graph(self, transcript: Transcript) -> None:
        if not transcript.turns:
            return
        group = scenario_of(transcript)
        self.groups.add(group)
        if group not in self.sums and len(self.sums) < GRAPHS:
            self.sums[group] = SpeakerSum(group)
        if group in self.sums and self.sums[group].conversations < GRAPH_CONVERSATIONS:
            self.sums[group].add(transcript)


def _lookup(verdicts: VerdictLookup) -> Callable[[str], Sequence[Verdict]]:
    if not isinstance(verdicts, Mapping):
        return verdicts
    known = verdicts
    return lambda transcript_id: known.get(transcript_id, ())


def _interest(entry: _Entry) -> tuple[int, int]:
    """Small for those that are chosen first."""
    return entry.tier, stable_hash(entry.transcript.id)


def _place(entry: _Entry) -> tuple[int, int]:
    """Small for those that stand first on the page."""
    return entry.tier, entry.number
