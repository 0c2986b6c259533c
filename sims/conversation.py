"""One conversation, from its first turn to the reason it stopped. It always ends as a transcript."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sims.addressing import addressees, answered_turn
from sims.backends.backend import Backend, Reply, Request, is_offline
from sims.errors import BudgetReached, ReplyRefused
from sims.prompt import messages_for, scene_for, without_own_label
from sims.scenario import Agent, ModelTurns, Scenario, ScriptTurns
from sims.seeds import derive_seed
from sims.transcript import Participant, ScenarioRef, StopReason, Transcript, Turn
from sims.turn_policies import NextLine, next_line

SOURCE = "simstress"


@dataclass(frozen=True, slots=True)
class Cell:
    """One conversation to be held: a place in the grid of scenarios, models, temperatures and repeats.

    `models` names the model of each agent; `label` is how the choice of models is called in ids and tables.
    """

    scenario: Scenario
    label: str
    models: Mapping[str, str]
    temperature: float | None
    repeat: int
    run_seed: int

    @property
    def id(self) -> str:
        """The identity of the conversation within its run, by which a run is resumed."""
        heat = "" if self.temperature is None else f":t{self.temperature!r}"
        return f"{self.scenario.id}:{self.label}{heat}:r{self.repeat}"

    @property
    def seed(self) -> int:
        """The same for every model and temperature, so that comparisons are paired."""
        return derive_seed(self.run_seed, self.scenario.id, self.repeat)


async def hold_conversation(
    cell: Cell, backends: Mapping[str, Backend], *, timeout_s: float | None = None
) -> Transcript:
    """The conversation of a cell, whatever happens on the way.

    `backends` maps model strings to whoever answers for them. A backend's failure ends the conversation with the
    fitting stop reason and keeps every turn made before; only cancellation passes through.
    """
    conversation = _Conversation(cell, backends, timeout_s)
    return await _held(conversation, conversation.run())


async def speak_again(
    cell: Cell,
    backends: Mapping[str, Backend],
    recording: Sequence[Turn],
    *,
    again: Collection[int],
    timeout_s: float | None = None,
) -> Transcript:
    """A recorded conversation of a cell, with some of its turns spoken anew by the cell's models.

    `again` are indices into `recording`; all other turns stay as they were said, and cost nothing. It ends with the
    last turn of the recording ("script_end"), or as `hold_conversation` does when a call fails.
    """
    conversation = _Conversation(cell, backends, timeout_s)
    return await _held(conversation, conversation.follow(recording, again))


async def _held(conversation: _Conversation, going_on: Awaitable[StopReason]) -> Transcript:
    try:
        reason, error = await going_on, None
    except ReplyRefused as refusal:
        reason, error = "refused", str(refusal)
    except BudgetReached as spent:
        reason, error = "budget", str(spent)
    except Exception as failure:  # noqa: BLE001,RUF100 - a backend's bug must not lose the other conversations
        reason, error = "backend_error", f"{type(failure).__name__}: {failure}"
    return conversation.transcript(reason, error or conversation.error)


class _Conversation:
    """The turns so far of one conversation, and how they go on."""

    def __init__(self, cell: Cell, backends: Mapping[str, Backend], timeout_s: float | None) -> None:
        self._cell, self._backends, self._timeout_s = cell, backends, timeout_s
        self._turns: list[Turn] = []
        self._unused: Reply | None = None

    async def run(self) -> StopReason:
        scenario = self._cell.scenario
        while True:
            line = self._recorded_line() or await self._next_line()
            if line is None:
                return "script_end"
            turn = self._fixed(line, line.text) if line.text is not None else await self._generated(line)
            if turn is None:
                return self._silence()
            self._turns.append(turn)
            reason = stop_reason(scenario, self._turns)
            if reason:
                return reason

    async def follow(self, recording: Sequence[Turn], again: Collection[int]) -> StopReason:
        for place, recorded in enumerate(recording):
            turn = await self._generated(NextLine(recorded.speaker)) if place in again else _as_recorded(recorded)
            if turn is None:
                return self._silence()
            self._turns.append(turn)
        return "script_end"

    def _silence(self) -> StopReason:
        """Why the conversation ends with a reply that held no text."""
        return "max_tokens" if self._unused and self._unused.finish_reason == "length" else "empty_reply"

    async def _next_line(self) -> NextLine | None:
        cell = self._cell
        picker = self._backends.get(picker_model(cell.scenario, cell.models))
        return await next_line(cell.scenario, self._turns, seed=cell.seed, picker=picker)

    def _recorded_line(self) -> NextLine | None:
        """Whoever a recording has here, where a model once picked the speakers; no model is asked again."""
        cell, place = self._cell, len(self._turns)
        if not isinstance(cell.scenario.turns, ModelTurns) or place < len(cell.scenario.opening_turns):
            return None
        player = self._backends[cell.models[cell.scenario.agents[0].name]]
        speaker_at = getattr(player, "speaker_at", None)
        speaker = speaker_at(cell.scenario.id, cell.repeat, place) if speaker_at else None
        return NextLine(speaker) if speaker else None

    async def _generated(self, line: NextLine) -> Turn | None:
        """The agent's own next turn; None when it said nothing."""
        agent = self._cell.scenario.agent(line.speaker)
        reply = await self._backends[self._cell.models[agent.name]].reply(self._request(agent))
        text = without_own_label(reply.text, agent.name).strip()
        if not text:
            self._unused = reply
            return None
        return self._spoken(line, text, reply)

    def _request(self, agent: Agent) -> Request:
        cell, turns = self._cell, self._turns
        return Request(
            messages=messages_for(cell.scenario, agent, turns),
            temperature=cell.temperature,
            max_tokens=cell.scenario.reply_max_tokens,
            seed=derive_seed(cell.seed, len(turns), agent.name),
            timeout_s=self._timeout_s,
            scene=scene_for(cell.scenario, agent, turns, conversation=cell.id, repeat=cell.repeat),
        )

    def _fixed(self, line: NextLine, text: str) -> Turn:
        return self._placed(Turn(line.speaker, text, meta={**line.meta, "fixed": True}))

    def _spoken(self, line: NextLine, text: str, reply: Reply) -> Turn:
        not_taken = {"not_taken": list(reply.not_taken)} if reply.not_taken else {}
        return self._placed(
            Turn(
                line.speaker,
                text,
                usage=reply.usage,
                cost_usd=reply.cost_usd,
                latency_s=reply.latency_s,
                finish_reason=reply.finish_reason,
                attempts=reply.attempts,
                cached=reply.cached or None,
                meta={**line.meta, **reply.meta, **not_taken},
            )
        )

    def _placed(self, turn: Turn) -> Turn:
        """The turn with the one it answers and those it addresses."""
        cast = [agent.name for agent in self._cell.scenario.agents]
        return replace(
            turn,
            reply_to=answered_turn(turn.speaker, self._turns),
            to=addressees(turn.text, speaker=turn.speaker, cast=cast),
        )

    @property
    def error(self) -> str | None:
        """Why the last reply could not be used, where that is not an error of its own."""
        if self._unused is None:
            return None
        if self._unused.finish_reason == "length":
            return "the token limit of the reply was spent before any text; raise reply_max_tokens"
        return f"the reply held no text (finish_reason {self._unused.finish_reason!r})"

    def _meta(self) -> dict[str, object]:
        heat = {} if self._cell.temperature is None else {"temperature": self._cell.temperature}
        return {"model": self._cell.label, **heat, **({"unused_reply": _bill(self._unused)} if self._unused else {})}

    def transcript(self, reason: StopReason, error: str | None) -> Transcript:
        cell, scenario = self._cell, self._cell.scenario
        return Transcript(
            id=cell.id,
            source=SOURCE,
            kind="llm",
            participants=tuple(_participant(agent, cell.models[agent.name]) for agent in scenario.agents),
            turns=tuple(self._turns),
            meta=self._meta(),
            scenario=ScenarioRef(scenario.id, scenario.content_hash, scenario.task, scenario.reference),
            repeat=cell.repeat,
            seed=cell.seed,
            stop_reason=reason,
            error=error,
        )


def _as_recorded(turn: Turn) -> Turn:
    """A turn that was paid for in another conversation."""
    return replace(turn, usage=None, cost_usd=None, latency_s=None, attempts=None, cached=None)


def _bill(reply: Reply) -> dict[str, object]:
    """What was paid for a reply that became no turn."""
    usage = reply.usage
    tokens = [usage.prompt_tokens, usage.completion_tokens] if usage else None
    return {"tokens": tokens, "cost_usd": reply.cost_usd, "finish_reason": reply.finish_reason}


def _participant(agent: Agent, model: str) -> Participant:
    return Participant(agent.name, agent.role, agent.persona or None, agent.goal or None, agent.private or None, model)


def picker_model(scenario: Scenario, models: Mapping[str, str]) -> str:
    """The model that picks the speakers under the policy "model"; empty when no model is asked.

    The offline backends take part in conversations only, so under them the policy goes by who was addressed.
    """
    if not isinstance(scenario.turns, ModelTurns):
        return ""
    players = list(models.values())
    chosen = scenario.turns.model or players[0]
    return "" if is_offline(chosen) or all(map(is_offline, players)) else chosen


def stop_reason(scenario: Scenario, turns: list[Turn]) -> StopReason | None:
    """Why the conversation ends with its last turn, or None when it goes on."""
    last, rule = turns[-1], scenario.stop
    if any(marker in last.text for marker in rule.markers):
        return "agent_done"
    if last.finish_reason == "length" and rule.on_truncation == "end":
        return "max_tokens"
    if isinstance(scenario.turns, ScriptTurns) and len(turns) == len(scenario.opening_turns) + len(
        scenario.turns.lines
    ):
        return "script_end"
    if rule.max_tokens and sum(turn.usage.completion_tokens for turn in turns if turn.usage) >= rule.max_tokens:
        return "max_tokens"
    return "max_turns" if len(turns) >= rule.max_turns else None
