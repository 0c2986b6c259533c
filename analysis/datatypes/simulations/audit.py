"""The audit of simulations: conversations with language models set against people's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.datatypes.simulations.apart import Apart, tell_apart
from analysis.datatypes.simulations.conversations import Sample, read_sample


@dataclass(frozen=True, slots=True)
class Side:
    """How many conversations of a side were read and used; those that failed or have no words are left out."""

    read: int
    used: int
    failed: int
    silent: int
    other_kind: int
    turns: int
    clusters: int


@dataclass(frozen=True, slots=True)
class SimulationsAudit:
    """What was read of both sides, and how well they are told apart."""

    llm: Side
    human: Side
    apart: Apart


def audit_simulations(
    paths: Sequence[Path], human: Sequence[Path], *, cluster_column: str | None = None, seed: int = 0
) -> SimulationsAudit:
    """The audit of transcript files against people's; `cluster_column` names a key of `meta`.

    Raises:
        UsageError: a file cannot be read, or no conversation is left on a side.
    """
    llm = read_sample(paths, kind="llm", cluster_column=cluster_column)
    return audit_samples(llm, read_sample(human, kind="human", cluster_column=cluster_column), seed=seed)


def audit_samples(llm: Sample, human: Sample, *, seed: int = 0) -> SimulationsAudit:
    """The same of conversations that have been read."""
    return SimulationsAudit(_side(llm), _side(human), tell_apart(llm.conversations, human.conversations, seed=seed))


def _side(sample: Sample) -> Side:
    used = sample.conversations
    turns, clusters = sum(len(one.turns) for one in used), len({one.cluster for one in used})
    return Side(sample.read, len(used), sample.failed, sample.silent, sample.other_kind, turns, clusters)
