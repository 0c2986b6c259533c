"""The sections of an audit of preferences, each from one result; nothing is computed here."""

from __future__ import annotations

from analysis.datatypes.preferences.agreement import Agreement
from analysis.datatypes.preferences.ceiling import Ceiling
from analysis.datatypes.preferences.locality import CueFinding, Locality
from analysis.datatypes.preferences.rankings import RankAgreement
from analysis.datatypes.preferences.side_words import HOLM, differs, other_reading, plotted, star
from analysis.datatypes.preferences.sides import Sides
from analysis.datatypes.told import Chart, Section, columns, points_words, share_words, signed_words
from analysis.wording import counted, number, p_value, percent, signed


def agreement_section(found: Agreement) -> Section:
    """Agreement with ties counted in each way, and who called how many ties."""
    rows = [
        ("ties left out (both decided)", share_words(found.decided), number(found.decided.n)),
        ("ties as a third choice", share_words(found.ties_apart), number(found.ties_apart.n)),
        ("beyond chance, ties as a third choice (kappa)", signed_words(found.kappa), number(found.kappa.n)),
        ("ties called by people", share_words(found.human_ties), number(found.human_ties.n)),
        ("ties called by the model", share_words(found.llm_ties), number(found.llm_ties.n)),
    ]
    if found.human_ties.value or found.llm_ties.value:
        half = found.half_credit
        rows.insert(2, ("a tie agrees by half with either", share_words(half), number(half.n)))
    if found.llm_inconsistent.value:
        apart, ties = found.inconsistent_apart, found.llm_inconsistent
        rows.insert(2, ("the same, an inconsistent tie agreeing with none", share_words(apart), number(apart.n)))
        rows.append(("of these inconsistent (changed with the order), of all votes", share_words(ties), number(ties.n)))
    return Section(
        title="Agreement",
        answer=_agreement_answer(found),
        columns=columns("how ties count", "figure", "votes"),
        rows=tuple(rows),
        note="intervals of 95 % count clusters; kappa counts each pair both ways round; chance is 50 % without ties",
    )


def _agreement_answer(found: Agreement) -> str:
    if found.decided.value is None:
        return "No vote is decided by both sides."
    if not (found.human_ties.value or found.llm_ties.value):
        return f"{percent(found.decided.value)}, no vote a tie; {signed(found.kappa.value)} beyond chance."
    return (
        f"From {percent(found.ties_apart.value)} to {percent(found.decided.value)}, by what is done with ties; "
        f"{signed(found.kappa.value)} beyond chance."
    )


def ceiling_section(found: Ceiling) -> Section:
    """People's agreement with each other beside the model's, on the same votes."""
    kinds = [("ties as a third choice", found.ties_apart)]
    if found.decided is not None:
        kinds.append(("ties left out", found.decided))
    return Section(
        title="What people reach among themselves",
        answer=_ceiling_answer(found),
        columns=columns("how ties count", "people with each other", "model with the same votes", "model less people"),
        rows=tuple(
            (name, share_words(one.human), share_words(one.llm), points_words(one.difference)) for name, one in kinds
        ),
        note=f"over votes on the {counted(found.pairs, 'pair')} that several people judged; two tests, not corrected",
    )


def _ceiling_answer(found: Ceiling) -> str:
    found_ = found.decided or found.ties_apart
    if not found_.difference.excludes_zero:
        return "Whether the model agrees with a person as well as another person does cannot be told."
    word = "more" if (found_.difference.value or 0) > 0 else "less"
    return f"The model agrees with a person {word} than another person does, by {points_words(found_.difference)}."


def rank_section(found: RankAgreement) -> Section:
    """The orders of all answers, a question at a time."""
    chance = percent(found.winner_by_chance)
    level = f"; {counted(found.without_order, 'question')} without an order left out" if found.without_order else ""
    return Section(
        title="Rankings",
        answer=f"The two orders of a question's answers have a Kendall tau of {signed(found.tau.value)} on average.",
        columns=columns("of a question", "mean", "questions"),
        rows=(
            ("Kendall's tau-b of the two orders", signed_words(found.tau), number(found.tau.n)),
            (f"same best answer (by chance {chance})", share_words(found.winner), number(found.winner.n)),
        ),
        note=f"answers tied for the best share it{level}",
    )


def predicted_section(found: Locality) -> Section:
    """How many choices a model on all cues predicts."""
    if found.predicted is None:
        return Section("Locality: all cues together", "Too few decided votes, or one cluster: not measured.")
    sides = found.predicted
    rows = [("people", sides.human), ("model", sides.llm)]
    return Section(
        title="Locality: all cues together",
        answer=_predicted_answer(sides),
        columns=columns("choices of", "predicted from shallow cues", "votes"),
        rows=(
            *((name, share_words(one), number(one.n)) for name, one in rows),
            ("model less people", points_words(sides.difference), number(sides.difference.n)),
        ),
        note="by a logistic model of the cues below, asked for clusters it was not trained on; a coin gives 50 %; a "
        "steadier voter of the same taste is better predicted",
        chart=Chart("Choices predicted from shallow cues", "share", tuple(plotted([("all cues", sides)]))),
    )


def _predicted_answer(sides: Sides) -> str:
    shares = f"{percent(sides.llm.value)} of the model's choices and {percent(sides.human.value)} of people's"
    if differs(sides):
        word, other = "more" if (sides.difference.value or 0) > 0 else "less", other_reading([(sides, 0.5)])
        return f"Shallow cues predict {shares}: the model goes {word} with them, or with what they go with{other}."
    return f"Shallow cues predict {shares}; the difference could be luck, which is not to say there is none."


def cue_section(found: Locality) -> Section:
    """Each cue's correlation with the choices of each side."""
    told = [cue for cue in found.cues if differs(cue.sides)]
    return Section(
        title="Locality: cue by cue",
        answer=_cue_answer(told, count=len(found.cues)),
        columns=columns("cue", "people", "model", "model less people", "p"),
        rows=tuple(_cue_row(cue) for cue in found.cues),
        note=f"correlation of a cue's difference with the choice (1, 0 tie, -1), each pair both ways round; {HOLM}",
        chart=Chart(
            "Correlation of cues with choices",
            "correlation",
            tuple(plotted([(cue.label, cue.sides) for cue in found.cues])),
            is_share=False,
        ),
    )


def _cue_answer(told: list[CueFinding], *, count: int) -> str:
    if not told:
        return f"On none of {counted(count, 'cue')} could the model be told from people, corrected for asking so many."
    cues = "; ".join(
        f"{cue.label} {signed(cue.sides.llm.value)} against {signed(cue.sides.human.value)}" for cue in told
    )
    other = other_reading((cue.sides, 0.0) for cue in told)
    return f"On {len(told)} of {counted(count, 'cue')} the model differs from people: {cues}{other}."


def _cue_row(cue: CueFinding) -> tuple[str, ...]:
    human, llm = (f"{signed_words(one)}{star(one)}" for one in (cue.sides.human, cue.sides.llm))
    return f"{cue.label} ({cue.kind})", human, llm, signed_words(cue.sides.difference), p_value(cue.sides.difference.p)
