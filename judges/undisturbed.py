"""How speakers speak undisturbed: what a judge holds them to in the conversations of a stress test.

Who is under stress from the first turn to the last has no usual turns of their own there: measured against themselves,
a fault that lasts would be their manner. A judge that was prepared on the control measures them against their twin, the
undisturbed conversation at the same place; where it has not learnt that (it learns from at most
`judges.panel.SAMPLE_SIZE` conversations), or where it is too short, against the same speaker in other undisturbed
conversations of the same scenario and model; without any, against their own other turns, as everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Generic, TypeVar

from sims.seeds import stable_hash
from sims.transcript import Transcript

MOST_ALIKE = 20
"""How many conversations tell how a speaker speaks whose twin does not."""
Measured = TypeVar("Measured")
_Place = tuple[str, str]


class Undisturbed(Generic[Measured]):
    """The measures of undisturbed conversations by speaker, taken when an arm of a stress test first asks for them.

    `measure` gives those of a conversation by speaker, `suffices` whether so many tell what is usual.
    """

    def __init__(
        self,
        measure: Callable[[Transcript], Mapping[str, Sequence[Measured]]],
        suffices: Callable[[Sequence[Measured]], bool],
        sample: Sequence[Transcript] = (),
    ) -> None:
        self._measure, self._suffices = measure, suffices
        calm = sorted((one for one in sample if not one.is_arm), key=lambda one: stable_hash("undisturbed", one.id))
        self._transcripts = {one.id: one for one in calm}
        self._alike: dict[_Place, list[str]] = {}
        for one in calm:
            self._alike.setdefault(_place(one), []).append(one.id)
        self._measured: dict[str, Mapping[str, Sequence[Measured]]] = {}

    def learnt_from(self, sample: Sequence[Transcript]) -> Undisturbed[Measured]:
        """The same, of these conversations."""
        return Undisturbed(self._measure, self._suffices, sample)

    def usual(self, transcript: Transcript, speaker: str) -> Sequence[Measured] | None:
        """What is usual for a speaker of an arm, by the twin or by conversations alike; None for any other."""
        if not transcript.is_arm:
            return None
        twin = self._of(str(transcript.meta["twin"]), speaker)
        if self._suffices(twin):
            return twin
        alike = self._alike.get(_place(transcript), [])[:MOST_ALIKE]
        found = list(chain.from_iterable(self._of(name, speaker) for name in alike))
        return found if self._suffices(found) else None

    def _of(self, name: str, speaker: str) -> Sequence[Measured]:
        if name not in self._transcripts:
            return ()
        if name not in self._measured:
            self._measured[name] = self._measure(self._transcripts[name])
        return self._measured[name].get(speaker, ())


def _place(transcript: Transcript) -> _Place:
    return transcript.scenario.id if transcript.scenario else "", str(transcript.meta.get("model"))
