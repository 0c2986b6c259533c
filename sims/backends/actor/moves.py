"""What an actor does next: answer, open the next beat, ask again, wait.

Where the conversation stands is read off the turns themselves: a turn of the actor names its moves in its
meta ("booking.reply fare.open"). A turn without moves that is no planted fault comes from elsewhere (a fixed
text, another model) and counts as what the story expects there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sims.backends.actor.pack import Beat
from sims.transcript import Turn

Act = Literal["reply", "open", "ack", "back", "again", "wait", "aside", "bye"]


@dataclass(frozen=True, slots=True)
class Move:
    """One thing done in a turn; `beat` is None for moves that do not carry the story on."""

    act: Act
    beat: Beat | None = None

    def __str__(self) -> str:
        return f"{self.beat.name}.{self.act}" if self.beat else self.act


@dataclass(frozen=True, slots=True)
class Floor:
    """Where the story stands: the last beat, whether it waits for its answer, who opened it and whom that called.

    `is_foreign` says that the last turn came from elsewhere, `is_disturbed` that it was a planted fault;
    `foreign_turns` counts the turns from elsewhere since the last move of the story.
    """

    index: int
    is_open: bool
    opener: str
    is_foreign: bool
    is_disturbed: bool
    called: tuple[str, ...] = ()
    foreign_turns: int = 0


def floor(story: Sequence[Beat], turns: Sequence[Turn]) -> Floor:
    """Where the story stands after these turns."""
    last = turns[-1].meta if turns else {"act": "none"}
    is_disturbed = bool(last.get("planted"))
    is_foreign = not is_disturbed and "act" not in last
    index_of = {beat.name: index for index, beat in enumerate(story)}
    foreign = 0
    for turn in reversed(turns):
        name, _, act = str(turn.meta.get("act", "")).split(" ")[-1].partition(".")
        if act and name in index_of:
            return Floor(index_of[name], act != "reply", turn.speaker, is_foreign, is_disturbed, turn.to, foreign)
        foreign += not turn.meta.get("planted") and "act" not in turn.meta
    return Floor(-1, False, "", is_foreign, is_disturbed, foreign_turns=foreign)


@dataclass(frozen=True, slots=True)
class Position:
    """One speaker's view of the story: whose part it plays, how many turns are left, how the end is marked."""

    name: str
    part: str
    turns_left: int
    has_marker: bool
    is_pair: bool
    takes_floor: bool

    def moves(self, story: Sequence[Beat], stand: Floor) -> tuple[Move, ...]:
        """The moves of the next turn."""
        if stand.is_foreign:
            stand = self._after_foreign(story, stand)
        pending = story[stand.index] if stand.is_open else None
        if pending is None or (pending is story[-1] and not pending.reply):
            return self._lead(story, stand)
        if stand.opener == self.name:
            return (Move("again"), Move("again", pending))
        if pending.to != self.part or (stand.called and self.name not in stand.called):
            return (Move("aside"),)
        return self._answer(story, stand, pending)

    def _after_foreign(self, story: Sequence[Beat], stand: Floor) -> Floor:
        """A turn from elsewhere answered what was open, and opened what its speaker would open next.

        One that was answered by a planted fault counts too: a script does not ask again.
        """
        if stand.is_open and stand.opener != self.name:
            return stand
        index = stand.index + max(1, stand.foreign_turns)
        if index < len(story) and story[index].by != self.part:
            return Floor(index, True, "", False, False)
        return Floor(stand.index, False, "", False, False)

    def _lead(self, story: Sequence[Beat], stand: Floor) -> tuple[Move, ...]:
        following = self._next(story, stand.index)
        if following is None:
            return (Move("bye"),)
        if following.by != self.part:
            return (Move("wait" if self.is_pair else "aside"),)
        if stand.is_disturbed:
            return (Move("back"), Move("open", following))
        return (Move("ack"), Move("open", following)) if stand.index >= 0 else (Move("open", following),)

    def _answer(self, story: Sequence[Beat], stand: Floor, pending: Beat) -> tuple[Move, ...]:
        moves = [Move("back")] if stand.is_disturbed else []
        moves.append(Move("reply", pending))
        following = self._next(story, stand.index)
        if following is not None and following.by == self.part and (following.by != following.to or self.takes_floor):
            moves.append(Move("open", following))
        return tuple(moves)

    def _next(self, story: Sequence[Beat], index: int) -> Beat | None:
        """The beat after `index`; the last one early when turns run out, late when nothing marks the end."""
        last = len(story) - 1
        if index == last:
            return None
        if self.turns_left <= 3 and story[last].by == self.part:
            return story[last]
        if index + 1 < last or self.has_marker or self.turns_left <= 3:
            return story[index + 1]
        return story[min(1, last)]
