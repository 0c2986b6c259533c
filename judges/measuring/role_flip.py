"""Measures the role_flip judge for its card: planted flips, appended sentences, inverted tails, false alarms.

Everything is measured on conversations that no figure was fitted on; where a batch teaches the judge, by the models of
the other folds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from judges.card import Measurement, Source
from judges.embeddings import Encoder
from judges.fitting.corpora import read_corpus
from judges.fitting.role_flip import CORPORA, fit_scaled, read_rows
from judges.fitting.splits import is_held_out
from judges.injections import Planted, append_text, invert_tail, put_text
from judges.measuring.card_text import CardText
from judges.measuring.figures import Items, auc, per_thousand, precision, recall, recall_at
from judges.measuring.planted import SOURCES, measured_part, row
from judges.role_casts import role_keys
from judges.role_flip import RoleFlipJudge, pair_tables, shipped_figures
from judges.role_model import RoleTable
from judges.text_features import sentences, words
from judges.verdict import Verdict
from sims.seeds import generator
from sims.transcript import Transcript

SYMMETRIC = (
    *("human_personachat", "human_personachat_tiage", "human_switchboard", "human_meetings_qmsum"),
    "llm_synthetic_personachat",
)
_LEAST_WORDS = 4
_PER_CORPUS = 300
Rows = list[tuple[float, float, str]]
Plant = Callable[[Transcript, random.Random], Planted]

CARD = CardText(
    finds="turns that speak from another participant's role: flips, echoes, leaks, interruptions",
    unit="the chance, in [0, 1], that the turn is a flip; .99 and more where a sign that needs no model is found",
    threshold="a chance of .75, where one conversation in twenty is taken to hold a short swap, one an inverted tail; "
    "at it fewer than 0.5 % of the turns of the service fitting parts are flagged, cross-fitted (mirrorbench 1 %)",
    blind_spots=(
        "English only; what both roles could say; thanks and short assent are flagged within inverted stretches only",
        "roles that are alike, self-chosen personas and teams of agents: told as roles not distinguishable by text",
        "a foreign sentence of fewer than four words, or one without a full stop or capital before it",
        "question and answer where both sides explain (mirrorbench, OASST1) is much harder than service",
        "one conversation alone rests on shipped words; some phrases were written with the fitting parts in sight",
        "a batch in which most turns are inverted looks like one in which none is",
        "one foreign sentence in a long conversation ranks high but is mostly below the threshold",
        "planted flips are whole turns of the other side; real ones may be subtler: none labelled was at hand",
        "in arms of a stress test each turn stands alone; about five in six flips are found: docs/stress-judges.md",
    ),
    sources=(
        *(
            source
            for source in SOURCES
            if source.data in ("human_service_sgd", "human_taskmaster4", "human_assistance_mirrorbench")
        ),
        Source(
            data="llm_taubench", origin="sierra-research/tau-bench", licence="MIT", used_for="fitting and measuring"
        ),
        Source(
            data="labels_roleflip_injected",
            origin="made from Taskmaster-4, tau-bench and mirrorbench",
            licence="as those",
            used_for="fitting and measuring",
        ),
    ),
)


def measure(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """All rows of the card; none changes with embeddings, which this judge does not use."""
    if encoder is not None:
        return
    left_out = _tables_without(data)
    for name in CORPORA:
        held = measured_part(data, name, most=_PER_CORPUS)
        yield from _planted_rows(name, held, RoleFlipJudge().prepare(held), "other folds")
        yield from _planted_rows(name, held, RoleFlipJudge(shipped=left_out[name]), "other corpora")
        yield from _planted_rows(name, held, RoleFlipJudge(), "other parts")
    yield from _mixed_batch_rows(data)
    yield from _alarm_rows(data, left_out)
    yield from _abstaining_rows(data)


def _tables_without(data: Path) -> dict[str, Mapping[str, RoleTable]]:
    """Shipped tables as they are when fitted without one of the corpora."""
    corpora = read_rows(data)
    tables: dict[str, Mapping[str, RoleTable]] = {}
    for name in CORPORA:
        bias, weights, _ = fit_scaled({other: rows for other, rows in corpora.items() if other != name})
        tables[name] = pair_tables(bias, weights)
    return tables


def _planted_rows(
    name: str, held: Sequence[Transcript], judge: RoleFlipJudge, trained_on: str
) -> Iterator[Measurement]:
    """Of one corpus: a foreign turn, a foreign sentence at the end of a turn, an inverted tail."""
    clean = [(score, 0.0, one.id) for one in held for score in judge.judge(one).turn_scores if score is not None]
    donors = _Donors.of(held)
    for what, plant, target in (
        ("a turn of another role", donors.put, 0.98),
        ("a sentence appended", donors.append, 0.98),
    ):
        planted = _scores(judge, held, plant)
        items = Items.of([*clean, *planted])
        aim = target if trained_on == "other folds" else 0.9
        yield row(items, auc, what=what, data=name, metric="AUC by turn", target=aim, trained_on=trained_on)
        at_99 = recall_at(0.99)
        yield row(items, at_99, what=what, data=name, metric="recall at 99 % specificity", trained_on=trained_on)
        found = Items.of([(float(score >= shipped_figures().threshold), label, one) for score, label, one in planted])
        yield row(found, recall, what=what, data=name, metric="recall at the threshold", trained_on=trained_on)
    yield from _tail_rows(name, held, judge, trained_on)


def _scores(judge: RoleFlipJudge, held: Sequence[Transcript], plant: Plant) -> Rows:
    rows: Rows = []
    for one in held:
        planted = plant(one, generator("role_flip", one.id))
        scores = judge.judge(planted.transcript).turn_scores
        rows += [(score, 1.0, one.id) for index in planted.turns if (score := scores[index]) is not None]
    return rows


def _tail_rows(name: str, held: Sequence[Transcript], judge: RoleFlipJudge, trained_on: str) -> Iterator[Measurement]:
    """Whether a conversation is flagged, for each as it is and with its tail inverted, in a clean batch."""
    rows: Rows = []
    for one in held:
        if len(one.turns) > 2:
            start = generator("tail", one.id).randrange(1, len(one.turns) - 1)
            inverted = judge.judge(invert_tail(one, start).transcript)
            rows += [(_is_flagged(judge.judge(one)), 0.0, one.id), (_is_flagged(inverted), 1.0, one.id)]
    yield from _precision_and_recall(rows, what="a tail inverted, clean batch", data=name, trained_on=trained_on)


def _precision_and_recall(rows: Rows, *, what: str, data: str, trained_on: str) -> Iterator[Measurement]:
    items = Items.of(rows)
    for statistic, metric in ((precision, "precision by dialogue"), (recall, "recall by dialogue")):
        yield row(items, statistic, what=what, data=data, metric=metric, target=0.97, trained_on=trained_on)


def _mixed_batch_rows(data: Path) -> Iterator[Measurement]:
    """A batch half of which is inverted; judged are the conversations whose base nothing was fitted on."""
    mixed = read_corpus(data, "labels_roleflip_injected")
    held = {one.id for name in CORPORA for one in read_corpus(data, name) if is_held_out(one)}
    judge = RoleFlipJudge().prepare(mixed)
    for what, basis in (("batch half inverted", judge), ("judged alone", RoleFlipJudge())):
        verdicts = [(one, basis.judge(one)) for one in mixed if one.meta["base_id"] in held]
        trained_on = "other folds" if basis is judge else "other parts"
        for kind in ("flip_tail", "swap_pair"):
            rows = [
                (_is_flagged(verdict), float(one.meta["injection"] == kind), one.id)
                for one, verdict in verdicts
                if one.meta["injection"] in ("none", kind)
            ]
            yield from _precision_and_recall(
                rows, what=f"{kind}, {what}", data="labels_roleflip_injected", trained_on=trained_on
            )
        turns = [
            (float(index in verdict.flagged_turns), float(index in one.meta["flipped_turns"]), one.id)
            for one, verdict in verdicts
            for index in range(len(one.turns))
        ]
        for statistic, metric in ((precision, "precision by turn"), (recall, "recall by turn")):
            yield row(
                Items.of(turns),
                statistic,
                what=f"all kinds, {what}",
                data="labels_roleflip_injected",
                metric=metric,
                trained_on=trained_on,
            )


def _alarm_rows(data: Path, left_out: Mapping[str, Mapping[str, RoleTable]]) -> Iterator[Measurement]:
    """Flagged turns per thousand judged turns as they are; in tau-bench, where no flip was found by reading, too."""
    for name in CORPORA:
        held = measured_part(data, name)
        for judge, trained_on, what in (
            (RoleFlipJudge().prepare(held), "other folds", "false alarms"),
            (RoleFlipJudge(shipped=left_out[name]), "other corpora", "false alarms, judged alone"),
        ):
            yield row(
                Items.of(_flags(judge, held)),
                per_thousand,
                what=what,
                data=name,
                metric="flagged turns per 1,000 judged",
                target=3.0 if name == "llm_taubench" or trained_on == "other corpora" else 10.0,
                trained_on=trained_on,
            )


def _flags(judge: RoleFlipJudge, held: Sequence[Transcript]) -> Rows:
    """For every judged turn, whether it is flagged."""
    return [
        (float(index in verdict.flagged_turns), 0.0, one.id)
        for one in held
        for verdict in [judge.judge(one)]
        for index, score in enumerate(verdict.turn_scores)
        if score is not None
    ]


def _abstaining_rows(data: Path) -> Iterator[Measurement]:
    """Where roles are alike: the share of conversations that are left unjudged, and plain signs found all the same."""
    for name in SYMMETRIC:
        held = measured_part(data, name, most=_PER_CORPUS)
        judge = RoleFlipJudge().prepare(held)
        verdicts = [(one, judge.judge(one)) for one in held]
        rows = [(float(verdict.unjudged is not None), 1.0, one.id) for one, verdict in verdicts]
        yield row(Items.of(rows), recall, what="roles that are alike", data=name, metric="share unjudged", target=1.0)
        signs = [
            (float(index in verdict.flagged_turns), 0.0, one.id)
            for one, verdict in verdicts
            for index in range(len(one.turns))
        ]
        what = "false alarms" if name.startswith("human") else "placeholders and echoes"
        yield row(Items.of(signs), per_thousand, what=what, data=name, metric="flagged turns per 1,000")


@dataclass(frozen=True, slots=True)
class _Donors:
    """What others said in each role, with the conversation it comes from."""

    turns: Mapping[str, Sequence[tuple[str, str]]]
    sentences: Mapping[str, Sequence[tuple[str, str]]]

    @classmethod
    def of(cls, held: Sequence[Transcript]) -> _Donors:
        turns: dict[str, list[tuple[str, str]]] = {}
        for one in held:
            roles = role_keys(one.participants)
            for turn in one.turns:
                turns.setdefault(roles[turn.speaker], []).append((one.id, turn.text))
        parts = {
            role: [(name, part.text) for name, text in said for part in sentences(text) if _is_long(part.text)]
            for role, said in turns.items()
        }
        return cls({role: [one for one in said if words(one[1])] for role, said in turns.items()}, parts)

    def put(self, one: Transcript, chance: random.Random) -> Planted:
        """One turn is somebody else's of the other role."""
        index = chance.randrange(len(one.turns))
        return put_text(one, index, _foreign(self.turns, one, index, chance))

    def append(self, one: Transcript, chance: random.Random) -> Planted:
        """One turn goes on with a sentence of the other role."""
        index = chance.randrange(len(one.turns))
        return append_text(one, index, _foreign(self.sentences, one, index, chance))


def _foreign(said: Mapping[str, Sequence[tuple[str, str]]], one: Transcript, index: int, chance: random.Random) -> str:
    role = role_keys(one.participants)[one.turns[index].speaker]
    pool = [text for other, found in sorted(said.items()) if other != role for name, text in found if name != one.id]
    return chance.choice(pool)


def _is_long(text: str) -> bool:
    return len(words(text)) >= _LEAST_WORDS


def _is_flagged(verdict: Verdict) -> float:
    return float(bool(verdict.flagged_turns))
