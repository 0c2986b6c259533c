"""The audit of instruction data: how many rows each check suspects, and how that compares with people's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.datatypes.instructions.columns import InstructionColumns
from analysis.datatypes.instructions.overview import Overview
from analysis.datatypes.instructions.scan import Scan, scan_instructions
from analysis.statistics.clusters import Estimate, cluster_numbers, share_of
from analysis.statistics.common import Counts, Values, holm, random_numbers
from sims.errors import UsageError

EXCHANGES = 1_999
_EXAMPLES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Sighting:
    """One suspected row, as an example of what a check finds."""

    place: str
    reason: str
    quote: str


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How many rows one check suspects: `share` is of all rows, in [0, 1]; no other check suspects `only` so many."""

    check: str
    version: str
    says: str
    rows: int
    only: int
    share: Estimate
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class CheckDifference:
    """The share of suspects among the audited rows less that among people's; `p_adjusted` is after Holm over checks."""

    check: str
    human_rows: int
    human: Estimate
    difference: Estimate
    p_adjusted: float | None


@dataclass(frozen=True, slots=True)
class InstructionAudit:
    """What the scanner counted. `rows` = `clean` + `suspects`; `differences` are empty where no human data was given.

    The last of the differences, "any", is the share of rows that any check suspects; it is not among those corrected.
    """

    rows: int
    clean: int
    suspects: int
    clusters: int
    any: Estimate
    checks: tuple[CheckCount, ...]
    ignored: tuple[str, ...]
    differences: tuple[CheckDifference, ...]
    overview: Overview


def audit_instructions(
    paths: Sequence[Path],
    columns: InstructionColumns | None = None,
    *,
    ignore: Sequence[str] = (),
    human: Path | None = None,
    seed: int = 0,
) -> InstructionAudit:
    """Scan instruction data for corruptions and count them; against people's data where `human` names a file.

    Raises:
        UsageError: a file or a row cannot be read, there is no check of a name to be ignored, all are, or people's file
            is one of those audited.
    """
    refuse_own_people(paths, human)
    scan = scan_instructions(paths, columns, ignore=ignore)
    people = scan_instructions([human], columns, ignore=ignore) if human is not None else None
    return audit_of(scan, people=people, ignored=ignore, seed=seed)


def refuse_own_people(paths: Sequence[Path], human: Path | None) -> None:
    """Return when people's file is none of those audited.

    Raises:
        UsageError: it is one of them.
    """
    if human is not None and human.resolve() in {path.resolve() for path in paths}:
        raise UsageError(f"--human names {human}, which is audited; rows compared with themselves say nothing")


def audit_of(scan: Scan, *, people: Scan | None = None, ignored: Sequence[str] = (), seed: int = 0) -> InstructionAudit:
    """The figures of a finished scan.

    Raises:
        UsageError: it is of one row only.
    """
    if scan.rows < 2:
        raise UsageError(f"{scan.examples.paths[0]}: one row is no data set; expected two or more")
    clusters = cluster_numbers(scan.clusters)
    everyone = share_of(_hits(scan, None), clusters)
    return InstructionAudit(
        rows=scan.rows,
        clean=scan.rows - len(scan.suspicions),
        suspects=len(scan.suspicions),
        clusters=everyone.clusters,
        any=everyone,
        checks=_counts(scan, clusters),
        ignored=tuple(dict.fromkeys(ignored)),
        differences=_differences(scan, people, seed=seed) if people else (),
        overview=scan.overview,
    )


def _counts(scan: Scan, clusters: Counts) -> tuple[CheckCount, ...]:
    return tuple(
        CheckCount(
            check=check.name,
            version=check.version,
            says=check.says,
            rows=int((hits := _hits(scan, check.name)).sum()),
            only=sum({one.check for one in found} == {check.name} for found in scan.suspicions.values()),
            share=share_of(hits, clusters),
            sightings=_sightings(scan, check.name),
        )
        for check in scan.checks
    )


def _hits(scan: Scan, check: str | None) -> npt.NDArray[np.bool_]:
    """For each row whether the check suspects it; None: whether any does."""
    hits = np.zeros(scan.rows, dtype=np.bool_)
    for number, found in scan.suspicions.items():
        hits[number - 1] = check is None or any(one.check == check for one in found)
    return hits


def _sightings(scan: Scan, check: str) -> tuple[Sighting, ...]:
    found = [
        Sighting(f"row {number}", one.reason, one.quote)
        for number, some in scan.suspicions.items()
        for one in some
        if one.check == check
    ]
    return tuple(found[:_EXAMPLES_SHOWN])


def _differences(scan: Scan, people: Scan, *, seed: int) -> tuple[CheckDifference, ...]:
    names = (*(check.name for check in scan.checks), None)
    ours, theirs = (np.array([_hits(one, name) for name in names], dtype=np.float64) for one in (scan, people))
    p_values = _exchange_p(ours, theirs, _labels(scan.clusters, people.clusters), seed=seed)
    adjusted = (*holm(p_values[:-1]), p_values[-1])
    our_clusters, their_clusters = cluster_numbers(scan.clusters), cluster_numbers(people.clusters)
    return tuple(
        CheckDifference(
            check=name or "any",
            human_rows=int(theirs[place].sum()),
            human=(human := share_of(theirs[place] > 0, their_clusters)),
            difference=_difference(share_of(ours[place] > 0, our_clusters), human, p=p_values[place]),
            p_adjusted=adjusted[place],
        )
        for place, name in enumerate(names)
    )


def _labels(ours: Sequence[str], theirs: Sequence[str]) -> Counts:
    """The clusters of both sides, ours first; a name on both sides is two clusters."""
    return cluster_numbers([*(("ours", name) for name in ours), *(("theirs", name) for name in theirs)])


def _difference(ours: Estimate, theirs: Estimate, *, p: float | None) -> Estimate:
    """The difference of two independent shares, its interval joined from theirs.

    Source: Newcombe (1998), method 10, on the intervals of `share_of`, which count clusters (MOVER).
    """
    n, clusters = ours.n + theirs.n, ours.clusters + theirs.clusters
    if ours.value is None or theirs.value is None:
        return Estimate(None, None, None, n, clusters)
    value = ours.value - theirs.value
    if ours.low is None or ours.high is None or theirs.low is None or theirs.high is None:
        return Estimate(value, None, None, n, clusters)
    down = sqrt((ours.value - ours.low) ** 2 + (theirs.high - theirs.value) ** 2)
    up = sqrt((ours.high - ours.value) ** 2 + (theirs.value - theirs.low) ** 2)
    return Estimate(value, max(-1.0, value - down), min(1.0, value + up), n, clusters, p)


def _exchange_p(ours: Values, theirs: Values, clusters: Counts, *, seed: int) -> tuple[float, ...]:
    """For each check the two-sided p of no difference, by exchanging whole clusters between the sides at random."""
    hits = np.hstack([ours, theirs])
    sums = np.array([np.bincount(clusters, weights=row) for row in hits])
    sizes = np.bincount(clusters).astype(np.float64)
    is_ours = np.zeros(len(sizes), dtype=np.bool_)
    is_ours[: int(clusters[: ours.shape[1]].max()) + 1] = True
    found = np.abs(_gap(sums, sizes, is_ours))
    rng, beyond = random_numbers("instruction differences", seed), np.zeros(len(found))
    for _ in range(EXCHANGES):
        beyond += np.abs(_gap(sums, sizes, rng.permutation(is_ours))) >= found - 1e-12
    return tuple(float(p) for p in (beyond + 1) / (EXCHANGES + 1))


def _gap(sums: Values, sizes: Values, is_ours: npt.NDArray[np.bool_]) -> Values:
    ours, total = sums @ is_ours, sums.sum(axis=1)
    rows = float(sizes @ is_ours)
    return np.asarray(ours / rows - (total - ours) / (float(sizes.sum()) - rows), dtype=np.float64)
