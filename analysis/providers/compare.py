"""Arms side by side: read, pair, test, rank. The steps, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from analysis.features.catalogue import FEATURES
from analysis.gate.values import DEFAULT_MARGIN
from analysis.judged_folder import JudgedFolder
from analysis.providers.differences import mean_differences, rate_differences
from analysis.providers.pairing import Places, places_of, scenarios_by_arm, unpaired_arms
from analysis.providers.readings import Readings, label_of, read_folders
from analysis.providers.services import services
from analysis.providers.standings import standings
from analysis.providers.values import ANY_JUDGE, Measure, ProviderComparison
from analysis.statistics.units import LEAST_SCENARIOS
from sims.errors import UsageError


class NotComparableError(UsageError):
    """Runs of different scenarios: whatever differs may be the scenario's doing."""


_KINDS = ("judge", "feature", "service")


def compare_providers(
    folders: Sequence[JudgedFolder], *, margin: float = DEFAULT_MARGIN, seed: int = 0
) -> ProviderComparison:
    """The arms of some judged folders on every judge, feature and cost.

    Arms are the models of a folder, or the folders. They are paired as the gate pairs runs (`placing`): by scenario,
    temperature and repeat, or by id where these are not known. Differences are corrected after Holm over all judges and
    pairs, and over cost and tokens and pairs; after Benjamini and Hochberg over all features and pairs: there, one in
    twenty of those called LESS or MORE is expected to be wrong. `margin` is the difference of rates that counts as
    alike.

    Raises:
        NotComparableError: two arms share no scenario.
        UsageError: there is but one arm, or a folder has no verdicts.
    """
    readings = read_folders(folders)
    if len(readings.arms) < 2:
        raise UsageError(
            f"{', '.join(str(folder.path) for folder in folders)}: there is one model only"
            f" ({', '.join(readings.arms) or 'no conversation'}), so no providers to compare; run several with"
            " simstress run --model A --model B, or name several run folders"
        )
    _check_shared(readings)
    pairing = places_of(readings.places)
    differences = sorted(
        (
            *rate_differences(readings, pairing, margin=margin, seed=seed),
            *mean_differences(readings, pairing, "feature", correction="benjamini-hochberg", seed=seed),
            *mean_differences(readings, pairing, "service", correction="holm", seed=seed),
        ),
        key=lambda one: _place(one.measure),
    )
    standing = sorted(standings(readings, pairing, differences), key=lambda one: _place(one.measure))
    return ProviderComparison(
        arms=tuple(readings.arms),
        unit=pairing.unit,
        margin=margin,
        standings=tuple(standing),
        differences=tuple(differences),
        services=tuple(services(readings, standing)),
        artifact=Measure("judge", ANY_JUDGE) if readings.rates else None,
        unpaired=frozenset((readings.arms[one], readings.arms[other]) for one, other in unpaired_arms(readings)),
        notes=tuple(_notes(readings, pairing)),
    )


def has_several_models(folder: JudgedFolder) -> bool:
    """Whether the conversations of a folder were held by several choices of models that all share scenarios."""
    scenarios: dict[str, set[str]] = {}
    for transcript in folder.transcripts:
        scenarios.setdefault(label_of(transcript), set()).add(transcript.scenario.id if transcript.scenario else "")
    return len(scenarios) > 1 and all(one & other for one, other in combinations(scenarios.values(), 2))


def _check_shared(readings: Readings) -> None:
    """Two arms that share no scenario differ in what they were asked, and no figure tells what the model does."""
    held = scenarios_by_arm(readings)
    for one, other in combinations(range(len(held)), 2):
        if not held[one] & held[other]:
            sides = " / ".join(", ".join(sorted(held[arm])) or "none on record" for arm in (one, other))
            raise NotComparableError(
                f"{readings.arms[one]} and {readings.arms[other]} share no scenario ({sides}), so no model can be told"
                " from the other; run both on the same scenarios"
            )


def _place(measure: Measure) -> tuple[int, bool, str, int, str]:
    """Judges, features by side in the order of reports, cost; "any judge" last among the judges."""
    names = list(FEATURES)
    number = names.index(measure.name) if measure.name in FEATURES else 0
    is_any = measure.name == ANY_JUDGE
    return _KINDS.index(measure.kind), is_any, measure.role, number, measure.name


def _notes(readings: Readings, pairing: Places) -> Iterator[str]:
    scenarios = {name for name in readings.scenario_of_place if name}
    if pairing.unit == "scenario":
        yield f"The unit is the scenario ({len(scenarios)} of them): results speak of scenarios like these."
    elif scenarios:
        yield (
            "The unit is the conversation, paired by scenario and repeat: results speak of"
            f" {'this scenario' if len(scenarios) == 1 else f'these {len(scenarios)} scenarios'} only"
            f" (of others like them, with {LEAST_SCENARIOS} scenarios held several times)."
        )
    if len(set(map(frozenset, readings.heats))) > 1 and all(place.temperature is None for place in readings.places):
        heats = (f"{arm} at {_listed(held)}" for arm, held in zip(readings.arms, readings.heats, strict=True))
        yield f"Compared across temperatures: {', '.join(heats)}."
    yield from _branches(readings)
    stopped = [f"{count} of {arm}" for arm, count in _aborted(readings) if count]
    if stopped:
        yield (
            f"Conversations were stopped by a judge that watched: {', '.join(stopped)}. Rates by turn, lengths and cost"
            " of such runs are not those of runs that nobody stopped."
        )
    changed = sorted(name for name, hashes in readings.hashes.items() if len(hashes) > 1)
    if changed:
        yield f"Not the same scenario in all folders: {', '.join(changed)}; they differ in more than the model."
    mixed = sorted(judge for judge, versions in readings.versions.items() if len(versions) > 1)
    if mixed:
        yield f"Judged by different versions of {', '.join(mixed)}: judge all anew before comparing rates."


def _branches(readings: Readings) -> Iterator[str]:
    start = max(readings.starts, default=0)
    if start:
        yield (
            f"Rates, cost and tokens are of the turns from {start} on, counted from 0, where the branch goes on;"
            " features are of whole conversations."
        )
    if readings.too_short:
        yield f"Conversations that had ended by then are left out: {readings.too_short:,}."
    if readings.further:
        yield f"Of several branches of one recording the first is compared: {readings.further:,} are not."


def _aborted(readings: Readings) -> Iterator[tuple[str, int]]:
    return ((arm, one.counts["aborted"]) for arm, one in zip(readings.arms, readings.services, strict=True))


def _listed(heats: Iterable[float | None]) -> str:
    return " and ".join("the provider's own" if heat is None else f"{heat:g}" for heat in sorted(heats, key=str))
