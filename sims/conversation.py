"""One conversation, from its first turn to the reason it stopped. It always ends as a transcript."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sims.addressing import addressees, answered_turn
from sims.backends.backend import Backend, Reply, Request
from sims.cell import Cell, picker_model
from sims.errors import BudgetReached, OutputError, ProviderAway, ReplyRefused
from sims.prompt import messages_for, scene_for, without_own_label
from sims.scenario import Agent, ModelTurns, Scenario, ScriptTurns
from sims.seeds import derive_seed
from sims.stressors.stress import Stress
from sims.transcript import Participant, ScenarioRef, StopReason, Transcript, Turn
from sims.turn_policies import NextLine, next_line

SOURCE = "simstress"
_OF_CALLS = frozenset({"picker_cost_usd", "picker_tokens", "not_taken", "saved_usd"})
"""What the meta of a turn tells of the calls that were made for it."""


Watcher = Callable[[Transcript], "Mapping[str, Any] | None"]
"""Looks at a conversation after each turn that a model spoke: what it saw there, or None to let it go on."""


async def hold_conversation(
    cell: Cell,
    backends: Mapping[str, Backend],
    *,
    timeout_s: float | None = None,
    begun: Sequence[Turn] = (),
    watch: Watcher | None = None,
    on_cancel: Callable[[Transcript], object] = lambda transcript: None,
) -> Transcript:
    """The conversation of a cell, whatever happens on the way.

    `backends` maps model strings to whoever answers for them. A backend's failure ends the conversation with the
    fitting stop reason and keeps every turn made before; only cancellation and a disk that takes no more pass through,
    after `on_cancel` has heard of the turns so far ("cancelled"). It goes on from the turns `begun`, else from the
    beginning of the cell, where there are any. The turn in which `watch` sees something is the last ("aborted"); what
    it saw is in the transcript's meta.
    """
    conversation = _Conversation(cell, backends, timeout_s, watch=watch, begun=begun)
    try:
        return await _held(conversation, conversation.run())
    except (asyncio.CancelledError, OutputError):
        on_cancel(conversation.transcript("cancelled", "the run was interrupted"))
        raise


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
        conversation.note_bill(refusal)
    except BudgetReached as spent:
        reason, error = "budget", str(spent)
    except ProviderAway as away:
        reason, error = "cancelled", str(away)
    except OutputError:
        raise
    except Exception as failure:  # noqa: BLE001,RUF100 - a backend's bug must not lose the other conversations
        reason, error = "backend_error", f"{type(failure).__name__}: {failure}"
    return conversation.transcript(reason, error or conversation.error)


class _Conversation:
    """The turns so far of one conversation, and how they go on."""

    def __init__(
        self,
        cell: Cell,
        backends: Mapping[str, Backend],
        timeout_s: float | None,
        *,
        watch: Watcher | None = None,
        begun: Sequence[Turn] = (),
    ) -> None:
        self._cell, self._backends, self._timeout_s, self._watch = cell, backends, timeout_s, watch
        self._seed = cell.seed
        self._stress = Stress(cell.scenario, seed=self._seed, temperature=cell.temperature)
        self._turns: list[Turn] = list(begun or (cell.beginning.turns if cell.beginning else ()))
        self._unused: Reply | None = None
        self._seen: Mapping[str, Any] | None = None

    @property
    def _scenario(self) -> Scenario:
        """The scenario as the agents meet it."""
        return self._stress.scenario

    async def run(self) -> StopReason:
        while True:
            reason = stop_reason(self._scenario, self._turns) if self._turns else None
            if reason:
                return reason
            line = self._recorded_line() or await self._next_line()
            if line is None:
                return "script_end"
            turn = self._fixed(line, line.text) if line.text is not None else await self._generated(line)
            if turn is None:
                return self._silence()
            self._turns.append(turn)
            if self._is_stopped_by_watch(turn):
                return "aborted"

    def _is_stopped_by_watch(self, turn: Turn) -> bool:
        """Whether whoever watches saw something in the turn; fixed words and stressors' are nobody's fault."""
        if self._watch is None or not turn.is_generated or turn.meta.get("stressed"):
            return False
        self._seen = self._watch(self.transcript(None, None))
        return self._seen is not None

    async def follow(self, recording: Sequence[Turn], again: Collection[int]) -> StopReason:
        for place, recorded in enumerate(recording):
            turn = await self._generated(NextLine(recorded.speaker)) if place in again else as_recorded(recorded)
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
        return await next_line(self._scenario, self._turns, seed=self._seed, picker=picker)

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
        """The agent's own next turn, as it reaches the others; None when it said nothing."""
        agent = self._scenario.agent(line.speaker)
        reply = await self._backends[self._cell.models[agent.name]].reply(self._request(agent))
        text = without_own_label(reply.text, agent.name).strip()
        if not text:
            self._unused = reply
            return None
        return self._spoken(line, text, reply)

    def _request(self, agent: Agent) -> Request:
        cell, scenario, stress, turns = self._cell, self._scenario, self._stress, self._turns
        return Request(
            messages=messages_for(scenario, agent, stress.seen_by(agent, turns), wording=stress.wording_for(agent)),
            temperature=stress.temperature_of(agent),
            max_tokens=scenario.reply_max_tokens,
            seed=derive_seed(self._seed, len(turns), agent.name),
            timeout_s=self._timeout_s,
            scene=scene_for(
                scenario,
                agent,
                turns,
                conversation=cell.id,
                repeat=cell.facts_repeat,
                stress=stress.pressure_on(agent, turns),
            ),
        )

    def _fixed(self, line: NextLine, text: str) -> Turn:
        return self._placed(Turn(line.speaker, text, meta={**line.meta, "fixed": True}))

    def _spoken(self, line: NextLine, text: str, reply: Reply) -> Turn:
        not_taken = {"not_taken": list(reply.not_taken)} if reply.not_taken else {}
        said = self._stress.said(line.speaker, text, self._turns)
        stressed = {"stressed": list(said.kinds), "own_text": text} if said.kinds else {}
        return self._placed(
            Turn(
                line.speaker,
                said.text,
                usage=reply.usage,
                cost_usd=reply.cost_usd,
                latency_s=reply.latency_s,
                finish_reason=reply.finish_reason,
                attempts=reply.attempts,
                cached=reply.cached or None,
                meta={**line.meta, **reply.meta, **not_taken, **stressed},
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

    def note_bill(self, refusal: ReplyRefused) -> None:
        """Keep what was paid for a refusal, where the provider told."""
        if refusal.usage is not None:
            self._unused = Reply("", None, usage=refusal.usage, cost_usd=refusal.cost_usd)

    @property
    def error(self) -> str | None:
        """Why the last reply could not be used, where that is not an error of its own."""
        if self._unused is None:
            return None
        if self._unused.finish_reason == "length":
            return "the token limit of the reply was spent before any text; raise reply_max_tokens"
        return f"the reply held no text (finish_reason {self._unused.finish_reason!r})"

    def _meta(self) -> dict[str, Any]:
        cell = self._cell
        branch = cell.beginning
        told = {
            "temperature": cell.temperature,
            "twin": cell.twin if cell.arm else None,
            "unused_reply": _bill(self._unused) if self._unused else None,
            "aborted": self._seen,
            "branch": {"of": branch.of, "at": branch.at} if branch else None,
        }
        return {"model": cell.label, **{key: value for key, value in told.items() if value is not None}}

    def transcript(self, reason: StopReason | None, error: str | None) -> Transcript:
        """The conversation so far; without a reason it goes on."""
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
            seed=self._seed,
            stressors=self._stress.records,
            stop_reason=reason,
            error=error,
        )


def as_recorded(turn: Turn) -> Turn:
    """A turn that another conversation had, and that was paid for there; its tokens still count for the stop rule."""
    meta = {key: value for key, value in turn.meta.items() if key not in _OF_CALLS}
    tokens = completion_tokens(turn)
    meta |= {"recorded": True, **({"recorded_tokens": tokens} if tokens else {})}
    return replace(turn, usage=None, cost_usd=None, latency_s=None, attempts=None, cached=None, meta=meta)


def completion_tokens(turn: Turn) -> int:
    """What a turn counts against `stop.max_tokens`, also one that another conversation paid for."""
    return turn.usage.completion_tokens if turn.usage else int(turn.meta.get("recorded_tokens", 0))


def _bill(reply: Reply) -> dict[str, object]:
    """What was paid for a reply that became no turn."""
    usage = reply.usage
    tokens = [usage.prompt_tokens, usage.completion_tokens] if usage else None
    return {"tokens": tokens, "cost_usd": reply.cost_usd, "finish_reason": reply.finish_reason}


def _participant(agent: Agent, model: str) -> Participant:
    return Participant(agent.name, agent.role, agent.persona or None, agent.goal or None, agent.private or None, model)


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
    if rule.max_tokens and sum(map(completion_tokens, turns)) >= rule.max_tokens:
        return "max_tokens"
    return "max_turns" if len(turns) >= rule.max_turns else None
