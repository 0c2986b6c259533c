"""Whether a profile is of the genre at hand: on held-out people, whose genre is known, and on models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import transcript

from analysis.judged_folder import conversations_in
from analysis.reference.genre_fit import GenreFit, genre_fit, language_notes, profile_notes
from analysis.reference.profile import (
    QUANTILES,
    FeatureFigures,
    FeatureSample,
    ReferenceProfile,
    load_profile,
    shipped_profiles,
)
from analysis.statistics.common import quantiles_of, random_numbers
from analysis.tables import FEATURE_COLUMNS, feature_table

GENRES = ("clarifying-search", "help-seeking", "meeting", "persona-chat", "service", "service-order", "telephone")


def table(samples: Mapping[str, FeatureSample], places: np.ndarray) -> pd.DataFrame:
    """A feature table of the conversations that stand at these places of a profile's samples."""
    rows = [
        {"transcript": f"t{place}", "side": side, "is_foreign": False}
        | dict(zip(sample.features, sample.rows[place], strict=True))
        for side, sample in samples.items()
        for place in places
    ]
    found = pd.DataFrame(rows, columns=list(FEATURE_COLUMNS))
    return found.astype({name: "Float64" for sample in samples.values() for name in sample.features})


def profile_of(profile: ReferenceProfile, places: np.ndarray) -> ReferenceProfile:
    """A profile of the same genre that was built from these of its conversations only."""
    sides = {
        side: {
            name: spread([sample.rows[place][column] for place in places])
            for column, name in enumerate(sample.features)
        }
        for side, sample in profile.samples.items()
    }
    return profile.model_copy(update={"sides": sides, "conversations": len(places)})


def spread(values: list[float | None]) -> FeatureFigures:
    """The figures that the fit looks at: the number of values and their quantiles."""
    known = np.sort(np.array([value for value in values if value is not None], dtype=np.float64))
    quantiles = tuple(quantiles_of(known, QUANTILES)) if len(known) else ()
    missing = len(values) - len(known)
    return FeatureFigures(n=len(known), missing=missing, mean=None, sd=None, quantiles=quantiles, noise_floor=None)


def held_out(genre: str, *, size: int, draws: int) -> Iterator[tuple[ReferenceProfile, pd.DataFrame]]:
    """A profile of half of the people of a genre, and `size` of the others, `draws` times."""
    profile = load_profile(genre)
    people = min(len(sample.rows) for sample in profile.samples.values())
    rng = random_numbers("held out", genre, size)
    for _ in range(draws):
        order = rng.permutation(people)
        half = people // 2
        yield profile_of(profile, order[:half]), table(profile.samples, order[half : half + size])


def shares(genre: str, *, size: int, draws: int) -> tuple[float, float, float]:
    """How often people's own profile is nearest, how often it is warned about, how often another's is."""
    nearest, wrongly, rightly = [], [], []
    for own, people in held_out(genre, size=size, draws=draws):
        others = [own if one.name == genre else one for one in shipped_profiles()]
        for profile in others:
            fit = genre_fit(people, profile, others=others)
            if fit is None:
                continue
            if profile is own:
                nearest.append(fit.nearest == genre)
                wrongly.append(not fit.fits)
            else:
                rightly.append(not fit.fits)
    return float(np.mean(nearest)), float(np.mean(wrongly)), float(np.mean(rightly))


@pytest.mark.parametrize("genre", GENRES)
def test_held_out_people_fit_their_own_genre_and_no_other(genre: str) -> None:
    """30 people, 4 draws: nearest to their own profile, not warned about it, and warned about each of the others."""
    assert shares(genre, size=30, draws=4) == (1, 0, 1)


@pytest.mark.campaign
@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("size", [10, 20, 50, 100])
def test_the_rule_is_calibrated_on_people(genre: str, size: int) -> None:
    """40 draws: a wrong warning in at most 2 %, a right one in at least 95 % from 20 conversations on, 85 % with 10."""
    nearest, wrongly, rightly = shares(genre, size=size, draws=40)
    assert nearest >= 0.98
    assert wrongly <= 0.02
    assert rightly >= (0.95 if size >= 20 else 0.85)


def test_a_model_is_not_warned_about_for_being_a_model(data: Path) -> None:
    """40 chats of Synthetic-Persona-Chat lie far from people (about .4), and yet persona chat is their genre."""
    talks = conversations_in([data / "llm_synthetic_personachat.jsonl.gz"])
    features = feature_table(talk for _, talk in zip(range(40), talks, strict=False))
    fit = genre_fit(features, load_profile("persona-chat"))
    assert fit is not None
    assert fit.fits
    assert fit.nearest == "persona-chat"
    assert 0.35 < fit.distance < 0.5
    [note] = profile_notes(features, load_profile("telephone"))
    assert note.startswith("The telephone profile does not fit the genre of these conversations: they are closer to")


@pytest.mark.parametrize(
    ("distance", "nearest", "fits"),
    [(0.4, 0.31, True), (0.4, 0.29, False), (0.12, 0.03, True), (0.05, 0.05, True), (0.7, 0.58, True)],
)
def test_another_profile_must_be_nearer_by_far(distance: float, nearest: float, fits: bool) -> None:
    """By a quarter and by .1: .31 of .4 is more than .3; .12 is but .09 from .03; .58 of .7 is more than .525."""
    assert GenreFit("service", distance, "help-seeking", nearest).fits is fits


def test_a_sentence_names_both_and_the_distances() -> None:
    """What the reader is told, in full."""
    assert GenreFit("service", 0.4, "help-seeking", 0.2).sentence == (
        "The service profile does not fit the genre of these conversations: they are closer to help-seeking "
        "(distance 0.20, to service 0.40), so a shift may be of the genre."
    )


def test_with_too_few_conversations_nothing_is_said() -> None:
    """Nine conversations, or no side in common: no fit, no note; so with no conversation at all."""
    service = load_profile("service")
    nine = table(service.samples, np.arange(9))
    assert genre_fit(nine, service) is None
    assert genre_fit(table(service.samples, np.arange(30)), load_profile("telephone")) is None
    assert profile_notes(feature_table([]), service) == ()


def test_the_order_of_rows_does_not_matter() -> None:
    """The same conversations backwards: the same fit."""
    service = load_profile("service")
    rows = table(service.samples, np.arange(40))
    assert genre_fit(rows, service) == genre_fit(rows.iloc[::-1], service)


def test_who_chooses_the_sides_is_told_of_the_genre_too() -> None:
    """Callers of a service, named otherwise, held against coffee orders: the sides are compared, the genre is not."""
    order = load_profile("service-order")
    rows = table(load_profile("service").samples, np.arange(40))
    renamed = rows.assign(side=rows["side"].replace({"seeker": "a", "helper": "b"}))
    assert profile_notes(rows, order)
    assert profile_notes(renamed, order, roles={"a": "seeker", "b": "helper"}) == profile_notes(rows, order)


def test_conversations_in_other_languages_are_told_once() -> None:
    """How many, and how many features are missing there; nothing where all are in English."""
    german, english = ("Ich habe das nicht, und Sie sind der, den ich frage.", "I do not have it. Do you?")
    talks = [transcript(("ann", text), ("bob", text), id=f"t{place}") for place, text in enumerate([german, english])]
    [note] = language_notes(feature_table(talks))
    assert note == "1 conversation is not in English: 13 features that rest on English words are not measured there."
    assert list(language_notes(feature_table(talks[1:]))) == []


def test_features_of_other_judges_are_told_once() -> None:
    """A profile that another version of the formality judge measured: one sentence, which names it."""
    service = load_profile("service")
    old = service.model_copy(update={"judges": {**service.judges, "formality": "0"}})
    [note] = profile_notes(table(service.samples, np.arange(40)), old)
    assert "other versions of formality than are here" in note
