"""Drawings: well-formed SVG that shows what the graph says."""

import re
import xml.etree.ElementTree as ET

import pytest
from builders import transcript
from report_parts import hit, report, verdict

from analysis.page.graph_drawing import floor_drawing, speaker_drawing
from analysis.report.conversation_view import view_conversation
from analysis.report.speaker_graph import Answer, Speaker, SpeakerGraph
from sims.transcript import Participant, Transcript, Turn


def drawn(svg: str) -> ET.Element:
    """The drawing, parsed; fails where it is not well-formed."""
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def meeting(count: int) -> SpeakerGraph:
    """Speakers of equal share in a ring, each answering the next."""
    speakers = tuple(Speaker(f"P{n}", 1, 1 / count) for n in range(count))
    answers = tuple(Answer(n, (n + 1) % count, n + 1) for n in range(count)) if count > 1 else ()
    return SpeakerGraph("g", 1, speakers, answers, 0)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_every_speaker_is_a_circle_within_the_picture(count: int) -> None:
    """As many circles as speakers, none outside the view box; as many arrow heads as answers between two."""
    svg = drawn(speaker_drawing(meeting(count)))
    left, top, width, height = map(float, svg.attrib["viewBox"].split())
    circles = svg.findall(".//circle")
    assert len(circles) == count
    for circle in circles:
        x, y, r = (float(circle.attrib[key]) for key in ("cx", "cy", "r"))
        assert left <= x - r < x + r <= left + width
        assert top <= y - r < y + r <= top + height
    assert len(svg.findall(".//polygon")) == (count if count > 1 else 0)


def test_area_follows_the_share_and_width_the_answers() -> None:
    """Four times the share is twice the radius; more answers make a wider arrow."""
    graph = SpeakerGraph("g", 1, (Speaker("A", 8, 0.4), Speaker("B", 2, 0.1)), (Answer(0, 1, 2), Answer(1, 0, 8)), 0)
    svg = drawn(speaker_drawing(graph))
    first, second = (float(circle.attrib["r"]) for circle in svg.findall(".//circle"))
    assert first == pytest.approx(2 * second, abs=0.1)
    narrow, wide = (float(path.attrib["stroke-width"]) for path in svg.findall(".//path"))
    assert narrow < wide


def test_drawing_tells_what_it_shows() -> None:
    """The label has the shares and the answers in words, for those who do not see the picture."""
    made = transcript(("A", "Hello."), ("B", "Hi."), ("A", "How are you?"))
    label = drawn(speaker_drawing(report(made).graphs[0])).attrib["aria-label"]
    assert label == "Share of turns: A 66.7%, B 33.3%. A answers B 1 times; B answers A 1 times."


@pytest.mark.parametrize("name", ["</svg><script>x</script>", '" onload="x', "a\x00\x1b\ud800b", "<b>&amp;"])
def test_names_cannot_leave_their_text(name: str) -> None:
    """A hostile name yields well-formed SVG with the elements of a harmless one."""
    tags = []
    for speaker in ("name", name):
        made = transcript((speaker, "Hello."), ("B", "Hi."))
        view = view_conversation(made, [], number=1, calibrated={})
        tags.append(
            [
                element.tag
                for svg in (speaker_drawing(report(made).graphs[0]), floor_drawing(view))
                for element in drawn(svg).iter()
            ]
        )
    assert tags[0] == tags[1]


def test_floor_marks_flagged_turns_by_height_and_links_to_them() -> None:
    """Three turns are three bars; the flagged one is taller, and each leads to its text."""
    made = transcript(("A", "one two"), ("B", "How can I help?"), ("A", "three"))
    svg = drawn(floor_drawing(view_conversation(made, [verdict(made, hit(made, 1, "help"))], number=7, calibrated={})))
    links = svg.findall("a")
    assert [link.attrib["href"] for link in links] == ["#c7-t0", "#c7-t1", "#c7-t2"]
    heights = [float(bar.attrib["height"]) for link in links for bar in link.findall("rect")]
    assert heights[1] > heights[0] == heights[2]


def test_many_speakers_share_the_last_lane() -> None:
    """Of 20 speakers 12 lanes are drawn, and no bar leaves the picture."""
    cast = tuple(Participant(f"S{n}", "guest") for n in range(20))
    made = Transcript("t", "test", "human", cast, tuple(Turn(person.name, "Hello.") for person in cast))
    svg = drawn(floor_drawing(view_conversation(made, [], number=1, calibrated={})))
    height = float(svg.attrib["height"])
    assert height == 12 * 16
    assert all(float(bar.attrib["y"]) + float(bar.attrib["height"]) <= height for bar in svg.iter("rect"))


def test_same_graph_same_drawing() -> None:
    """The layout is computed, not random, and has no number too long to read."""
    drawing = speaker_drawing(meeting(5))
    assert drawing == speaker_drawing(meeting(5))
    assert not re.search(r"\d\.\d{3}", drawing)
