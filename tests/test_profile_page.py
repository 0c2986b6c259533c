"""The page of a profile: self-contained, complete, and safe against what a file is called."""

from __future__ import annotations

import re

from builders import transcript

from analysis.features.catalogue import FEATURES, feature_names
from analysis.page.profile_page import render_profile
from analysis.reference.build import build_profile
from analysis.reference.profile import load_profile
from analysis.tables import feature_table


def test_every_feature_of_every_side_is_drawn() -> None:
    """A figure each, with its label; one drawing each where somebody has the feature."""
    profile = load_profile("service")
    page = render_profile(profile)
    assert page.count("<figure>") == sum(len(feature_names(side)) for side in profile.sides)
    assert page.count('class="spread"') == page.count("<figure>")
    assert all(FEATURES[name].label in page for name in feature_names("seeker") if "'" not in FEATURES[name].label)
    assert "NaN" not in page
    assert "nan" not in re.findall(r"[MVH]\w+", page)


def test_the_page_needs_nothing_else() -> None:
    """No script, no address, and a policy that allows neither."""
    page = render_profile(load_profile("telephone"))
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert "default-src &#39;none&#39;" in page


def test_the_same_profile_is_the_same_page() -> None:
    """Byte for byte."""
    assert render_profile(load_profile("meeting")) == render_profile(load_profile("meeting"))


def test_others_are_drawn_over_the_people_under_their_name() -> None:
    """A line over each shape of a side that they have; their name is data, whatever it is."""
    talks = [transcript(("ann", "Hello there, you."), ("bob", "Hi."), id=f"t{i}") for i in range(4)]
    page = render_profile(load_profile("telephone"), feature_table(talks), named="<script>alert(1)</script>.jsonl")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert 'class="here"' in page
    assert "4 conversations" in page


def test_a_hostile_profile_is_only_text() -> None:
    """Genre and licence come from a file of the user's."""
    talks = [transcript(("ann", "Hello."), ("bob", "Hi."), id=f"t{i}", kind="human") for i in range(3)]
    page = render_profile(build_profile(talks, name="mine", genre="<img src=x onerror=1>", licence="\x1b[31m"))
    assert "<img" not in page
    assert "\x1b" not in page
