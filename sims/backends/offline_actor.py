"""The offline actor: a seeded persona simulator that holds conversations without any model.

It reads the scene (roles, goals, task, what was said) and talks in role by a small grammar of moves
(`actor_moves`) filled from phrase packs (`actor_pack`). Dials plant faults at a known rate, and each planted
fault is recorded in the turn's meta, so that judges can be checked against the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from sims.backends.actor.faults import PROVOKED, fault_texts
from sims.backends.actor.moves import Move, Position, floor
from sims.backends.actor.pack import Beat, Lines, Pack, load_pack, pack_for
from sims.backends.actor.templates import join_said, say
from sims.backends.actor.words import scene_words
from sims.backends.backend import Other, Reply, Request, Scene
from sims.errors import CallRejected, UsageError
from sims.roles import sides
from sims.scenario import Agent
from sims.seeds import Part, derive_seed, generator
from sims.transcript import Participant, Usage

NAME = "offline/actor"


@dataclass(frozen=True, slots=True)
class Dials:
    """How often a turn carries a planted fault of each kind: probabilities in [0, 1], independent of each other.

    `sensitivity` is how often a turn under stress of full strength carries the fault that this kind of stress provokes
    (`PROVOKED`), beside the others: under a pressure p a turn carries it with the probability
    base + (1 - base) * sensitivity * p, where base is the dial of that fault.

    Raises:
        UsageError: a dial is outside [0, 1].
    """

    role_flip: float = 0.0
    digression: float = 0.0
    formality: float = 0.0
    metaphor: float = 0.0
    sensitivity: float = 0.0

    def __post_init__(self) -> None:
        for dial in fields(self):
            value = getattr(self, dial.name)
            if not 0 <= value <= 1:
                raise UsageError(f"{NAME}: the dial {dial.name}={value:g} is outside [0, 1]; 0.1 means one turn in ten")

    def __str__(self) -> str:
        return "&".join(
            f"{dial.name}={getattr(self, dial.name):g}" for dial in fields(self) if getattr(self, dial.name)
        )

    @property
    def faults(self) -> Mapping[str, float]:
        """The rate of each kind of fault without stress."""
        return {dial.name: getattr(self, dial.name) for dial in fields(self) if dial.name != "sensitivity"}


class OfflineActor:
    """A backend that plays any agent of any scenario, deterministically.

    The same request gets the same reply in every process. The facts of a conversation follow from scenario and
    repeat alone, so that runs with other dials or seeds talk about the same case. A planted turn carries
    `meta["planted"]`, a list of role_flip, digression, formality, metaphor; every other turn carries
    `meta["act"]`, the moves it makes. Words are counted as tokens; nothing is charged and no time is measured.

    Blind spots: it speaks English only, follows its story whatever a partner of another kind says, and for
    scenarios without a pack of their own its talk is general.
    """

    def __init__(self, dials: Dials | None = None, *, model: str | None = None) -> None:
        self.dials = dials or Dials()
        self._model = model or f"{NAME}?{self.dials}".rstrip("?")

    @property
    def model(self) -> str:
        """The model string, dials included."""
        return self._model

    async def reply(self, request: Request) -> Reply:
        """The agent's next turn.

        Raises:
            CallRejected: the request comes from outside a conversation.
        """
        if request.scene is None:
            raise CallRejected(
                f"{NAME} plays agents of a scenario and cannot answer other prompts; name a provider/model for those"
            )
        text, meta = self._turn(request.scene, _seed(request))
        words = text.split()
        is_cut = request.max_tokens is not None and len(words) > request.max_tokens
        return Reply(
            text=" ".join(words[: request.max_tokens]) if is_cut else text,
            finish_reason="length" if is_cut else "stop",
            usage=Usage(_word_count(request), min(len(words), request.max_tokens or len(words))),
            cost_usd=0.0,
            not_taken=() if request.temperature is None else ("temperature",),
            meta=meta,
        )

    def _turn(self, scene: Scene, seed: int) -> tuple[str, Mapping[str, Any]]:
        stage = stage_of(scene)
        planted = self._planted(scene, seed)
        if planted:
            texts = fault_texts(planted, stage.pack, scene, part=stage.part, facts=stage.facts, seed=seed)
            return join_said(texts), {"planted": list(planted)}
        moves = stage.position(scene, seed).moves(stage.story, floor(stage.story, scene.turns))
        return stage.words(moves, scene, seed), {"act": " ".join(map(str, moves))}

    def _planted(self, scene: Scene, seed: int) -> tuple[str, ...]:
        """The kinds of fault this turn carries; each has a draw of its own, and so has each kind of stress."""
        provoked = {PROVOKED[kind] for kind, pressure in scene.stress if self._gives_way(kind, pressure, seed)}
        return tuple(
            kind
            for kind, rate in self.dials.faults.items()
            if kind in provoked or (rate and generator("fault", kind, seed).random() < rate)
        )

    def _gives_way(self, stress: str, pressure: float, seed: int) -> bool:
        chance = self.dials.sensitivity * pressure
        return bool(chance) and generator("provoked", stress, seed).random() < chance


@dataclass(frozen=True, slots=True)
class Stage:
    """What an agent plays: its part in a pack, and the story and facts of this conversation."""

    pack: Pack
    part: str
    side: str
    story: tuple[Beat, ...]
    facts: Mapping[str, str]

    def position(self, scene: Scene, seed: int) -> Position:
        """The agent's place in the story."""
        return Position(
            name=scene.me.name,
            part=self.part,
            turns_left=scene.max_turns - len(scene.turns),
            has_marker=scene.done_marker is not None,
            is_pair=len(scene.others) == 1,
            takes_floor=generator("floor", seed).random() < 0.6,
        )

    def words(self, moves: tuple[Move, ...], scene: Scene, seed: int) -> str:
        """The moves in words, with the marker where they end the conversation."""
        slots = {**scene_words(scene, seed), **self.facts}
        rng = generator("words", seed)
        said = [say(self._lines(move), rng, slots) for move in moves]
        if scene.done_marker and self._is_last(moves[-1]):
            said.append(scene.done_marker)
        return join_said(said)

    def _lines(self, move: Move) -> Lines:
        if move.beat is None:
            by_part = self.pack.phrases[move.act]
            return by_part.get(self.part) or by_part.get(self.side) or by_part["any"]
        return {"open": move.beat.open, "again": move.beat.again}.get(move.act, move.beat.reply)

    def _is_last(self, move: Move) -> bool:
        if move.act == "bye":
            return True
        ending = "reply" if self.story[-1].reply else "open"
        return move.beat is self.story[-1] and move.act == ending


def stage_of(scene: Scene) -> Stage:
    """What the agent of this scene plays."""
    return _stage(scene.scenario_id, scene.repeat, scene.me, scene.others, scene.max_turns)


@lru_cache(maxsize=1024)
def _stage(scenario_id: str, repeat: int, me: Agent, others: tuple[Other, ...], max_turns: int) -> Stage:
    names = frozenset({me.name, *(other.name for other in others)})
    own = pack_for(scenario_id, names)
    side = sides([Participant(me.name, me.role), *(Participant(other.name, other.role) for other in others)])
    pack = load_pack(own or _general_pack(side))
    place: tuple[Part, ...] = (scenario_id, repeat)
    part = me.name if own else _general_part(pack, side[me.name])
    return Stage(pack, part, side[me.name], pack.story(*place, max_turns=max_turns), pack.facts(*place))


def _general_pack(side: Mapping[str, str]) -> str:
    if len(side) > 2:
        return "any_group"
    return "any_service" if "helper" in side.values() else "any_pair"


def _general_part(pack: Pack, side: str) -> str:
    return side if side in pack.parts else "peer"


def _seed(request: Request) -> int:
    if request.seed is not None:
        return request.seed
    scene = request.scene
    return derive_seed(scene.conversation, len(scene.turns), scene.me.name) if scene else 0


def _word_count(request: Request) -> int:
    return sum(len(message.content.split()) for message in request.messages)
