"""What stressors do to the prompts of an agent: sentences in other words, a persona taken away, a history cut short."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import fields, replace

from sims.prompt import PLAIN_WORDING, Wording
from sims.scenario import Agent
from sims.seeds import Part, generator
from sims.stressors.tables import table
from sims.transcript import Turn

_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+")
HOTTEST = 2.0
UNSET_TEMPERATURE = 1.0
"""What a model is taken to run at where nobody set a temperature: the default of most providers."""


def reworded(dose: float, *place: Part) -> Wording:
    """A wording with that share of a prompt's eight sentences in other words of the same content.

    The place decides in which order sentences are taken, and which of its other wordings each gets.
    """
    rng = generator("stress", "paraphrase", *place)
    names = [field.name for field in fields(Wording)]
    instead = {name: rng.choice(table("wordings")[name]) for name in names}
    order = rng.sample(names, k=len(names))
    return replace(PLAIN_WORDING, **{name: instead[name] for name in order[: sentences_reworded(dose)]})


def sentences_reworded(dose: float) -> int:
    """How many of a prompt's sentences that dose puts in other words."""
    return _share_of(len(fields(Wording)), dose)


def _share_of(count: int, dose: float) -> int:
    """That share of a number, to the nearest whole one, halves upwards."""
    return math.floor(dose * count + 0.5)


def without_persona(agent: Agent, dose: float) -> Agent:
    """The agent without that share of its persona's sentences, the last ones first; at 1 without a persona."""
    sentences = _sentences(agent)
    kept = len(sentences) - sentences_taken(agent, dose)
    return agent.model_copy(update={"persona": " ".join(sentences[:kept])})


def sentences_taken(agent: Agent, dose: float) -> int:
    """How many sentences of the agent's persona that dose takes away."""
    return _share_of(len(_sentences(agent)), dose)


def _sentences(agent: Agent) -> list[str]:
    return _BETWEEN_SENTENCES.split(agent.persona.strip()) if agent.persona.strip() else []


def heated(temperature: float | None, dose: float) -> float | None:
    """The temperature raised by that share of the way to 2; without a dose above 0 what it was."""
    if dose == 0:
        return temperature
    own = UNSET_TEMPERATURE if temperature is None else temperature
    return round(own + dose * (HOTTEST - own), 6)


def cut_short(turns: Sequence[Turn], dose: float, *, agent: str) -> Sequence[Turn]:
    """The turns without that share of them, the oldest first; at 1 the newest alone.

    What is left begins with somebody else's turn, as chats have to, so an own turn at the cut goes too.
    """
    first = math.floor(dose * (len(turns) - 1)) if turns else 0
    while 0 < first < len(turns) - 1 and turns[first].speaker == agent:
        first += 1
    return turns[first:]
