"""The frozen conversations that a card's fingerprint is taken on; nobody's data but ours.

`cards/probe_own.jsonl` was written by hand: plain and odd conversations, with and without faults. The offline actor,
set to err often, held those of `cards/probe_actor.jsonl.gz`. Neither file follows the actor or the scenarios as they
change, since a fingerprint is to change with the judge alone: make them anew only on purpose, with
`python -m judges.measuring.probe`, and then all cards.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

from sims.backends.catalogue import open_backend
from sims.conversation import hold_conversation
from sims.grid import Grid
from sims.scenario_file import load_scenarios, shipped_scenarios
from sims.transcript import Transcript
from sims.transcript_file import TRANSCRIPTS, TranscriptFiles

PROBE_FILES = ("probe_own.jsonl", "probe_actor.jsonl.gz")
_ACTOR = "offline/actor?role_flip=0.08&digression=0.06&formality=0.06&metaphor=0.06"
_BATCH_SCENARIO = "refund-dispute"
_BATCH, _REPEATS = 12, 2
_SEED = 3


@cache
def read_probe() -> tuple[Transcript, ...]:
    """The probe conversations: one scenario often enough to be learnt from, each other one twice, and our own."""
    with resources.as_file(resources.files("judges") / "cards") as folder:
        return tuple(TranscriptFiles([folder / name for name in PROBE_FILES]))


def hold_actor_conversations() -> Iterator[Transcript]:
    """Conversations of the offline actor and the shipped scenarios as they are now."""
    for scenario in load_scenarios(shipped_scenarios().values()):
        repeats = _BATCH if scenario.id == _BATCH_SCENARIO else _REPEATS
        for cell in Grid((scenario,), models=(_ACTOR,), repeats=repeats, seed=_SEED):
            backends = {name: open_backend(name) for name in cell.models.values()}
            yield asyncio.run(hold_conversation(cell, backends))


def main() -> None:
    """Write the actor's part of the probe anew, in the source tree."""
    lines = [TRANSCRIPTS.dump(one) for one in hold_actor_conversations()]
    path = Path(__file__).parents[1] / "cards" / PROBE_FILES[1]
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
    print(f"{path}: {len(lines)} conversations")


if __name__ == "__main__":
    main()
