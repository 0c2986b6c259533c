"""Measures the private_facts judge for its card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from judges.card import Measurement, Source
from judges.embeddings import Encoder
from judges.injections import Planted, append_text
from judges.measuring.card_text import CardText
from judges.measuring.figures import Items, per_thousand
from judges.measuring.planted import measured_part, planted_rows, row
from judges.private_facts import PrivateFactsJudge
from judges.private_facts_reading import facts_of
from sims.seeds import generator
from sims.transcript import Transcript

CARD = CardText(
    finds="a turn that tells another participant's private fact first, or denies one's own",
    unit="share in [0, 1] of a private fact's weight that the turn gives away; 1 for a code or a contradiction",
    threshold="rules, set on the fitting parts: a code, or three telling words with .6 of a fact's weight",
    blind_spots=(
        "English",
        "facts told in other words, and what a speaker may infer",
        "an agent with tools rightly knows codes that nobody said",
        "no human dialogue at hand has private facts on record: alarms on people are known for goals only",
    ),
    sources=(
        Source(
            data="llm_taubench", origin="sierra-research/tau-bench", licence="MIT", used_for="fitting and measuring"
        ),
        Source(
            data="llm_synthetic_personachat",
            origin="google-research-datasets/Synthetic-Persona-Chat",
            licence="CC BY 4.0",
            used_for="fitting and measuring",
        ),
        Source(
            data="human_assistance_mirrorbench",
            origin="SAP/mirrorbench",
            licence="Apache-2.0 (repository)",
            used_for="measuring",
        ),
    ),
)
_LEADS = ("I see that you", "I already know this about you:", "As you know, you")


def measure(data: Path, encoder: Encoder | None) -> Iterator[Measurement]:
    """The rows of the card; embeddings change nothing."""
    if encoder is not None:
        return
    judge = PrivateFactsJudge()
    sheeted = {
        name: [known for one in measured_part(data, name) for known in _with_private(one)]
        for name in ("llm_taubench", "llm_synthetic_personachat")
    }
    for name, corpus in sheeted.items():
        leaks = [one for each in corpus for one in _leaking(each)]
        what = "a partner's fact told before its owner did"
        yield from planted_rows(judge, leaks, what=what, data=name, kinds=("leak",))
    people = [_with_goal(one) for one in measured_part(data, "human_assistance_mirrorbench")]
    yield _flagged_row(judge, people, "human_assistance_mirrorbench", "false alarms on people, goals only")
    for name, corpus in sheeted.items():
        yield _flagged_row(judge, corpus, name, "flagged turns of models; true leaks among them")


def _with_goal(transcript: Transcript) -> Transcript:
    """The goal that an LLM wrote for the user is the user's goal."""
    goal = transcript.meta.get("user_goal_llm_written")
    cast = (replace(one, goal=str(goal)) if one.name == "user" and goal else one for one in transcript.participants)
    return replace(transcript, participants=tuple(cast))


def _with_private(transcript: Transcript) -> Iterator[Transcript]:
    """What the user simulator was told, or a persona, is private; the roles tell no more of it."""
    told = transcript.meta.get("user_instruction")
    sheets = {"user": str(told)} if told else {}
    for name, lines in (transcript.meta.get("personas") or {}).items():
        sheets[name] = "\n".join(lines)
    if sheets:
        cast = (replace(one, role=one.name, private=sheets.get(one.name)) for one in transcript.participants)
        yield replace(transcript, participants=tuple(cast))


def _leaking(transcript: Transcript) -> Iterator[Planted]:
    """The first turn of a partner goes on with a fact of at least four telling words."""
    chance = generator("measure leaks", transcript.id)
    facts = [fact for one in transcript.participants for fact in facts_of(one) if len(fact.weights) >= 4]
    if not facts:
        return
    fact = chance.choice(facts)
    index = next((place for place, turn in enumerate(transcript.turns) if turn.speaker != fact.owner), None)
    if index is not None:
        text = fact.text.replace("You ", "you ").removeprefix("I ")
        yield append_text(transcript, index, f"{chance.choice(_LEADS)} {text}")


def _flagged_row(judge: PrivateFactsJudge, corpus: list[Transcript], name: str, what: str) -> Measurement:
    rows = []
    for transcript in corpus:
        verdict = judge.judge(transcript)
        flagged = frozenset(verdict.flagged_turns)
        rows += [
            (float(index in flagged), 0.0, transcript.id)
            for index, score in enumerate(verdict.turn_scores)
            if score is not None
        ]
    return row(Items.of(rows), per_thousand, what=what, data=name, metric="flagged per 1,000 judged turns")
