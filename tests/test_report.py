"""The report as a value: what is said, counted, chosen and left out."""

import doctest
from types import ModuleType

import pytest
from builders import transcript
from hypothesis import given
from hypothesis import strategies as st
from report_parts import hit, not_judged, rate, report, shift, verdict

from analysis import wording
from analysis.report import conversation_view, facts
from analysis.report.build import build_report
from analysis.report.conversation_view import HEAD_CHARS, TURN_CHARS, pieces, view_conversation
from analysis.report.facts import Fact
from judges.verdict import Hit
from sims.errors import UsageError
from sims.transcript import Participant, Transcript, Turn


@pytest.mark.parametrize("module", [conversation_view, facts, wording])
def test_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    """What the docstrings show is what comes out."""
    assert doctest.testmod(module).failed == 0


def test_headline_says_what_was_found_how_sure_and_what_is_missing() -> None:
    """One of two turns is flagged (50.0%); one conversation of two failed; one judge abstained; none has a card."""
    flagged = transcript(("A", "How can I help?"), ("B", "Hello."), id="a")
    failed = transcript(id="b", roles={"A": "x"}, stop_reason="refused")
    made = report(
        flagged,
        failed,
        verdicts={"a": [verdict(flagged, hit(flagged, 0, "help"))], "b": [not_judged(failed)]},
        rates=[rate()],
        shifts=[shift(), shift("hedges", "UNDECIDED", effect=0.1)],
        feature_labels={"words_per_turn": "Turn length"},
    )
    assert made.headline == (
        (
            "Judges flagged 1 of 2 turns, in 1 of 2 conversations; most often for role flip: 3.0% of the turns"
            " it judged (95% interval 1.0% to 6.0%)."
        ),
        (
            "Compared with people (the service profile), of 2 comparisons 1 are shifted, 0 equivalent and 1 undecided;"
            " furthest off: Turn length, seeker: more than people (effect +0.60)."
        ),
        (
            "Missing: 1 conversation failed; 1 conversation without the verdict of a judge. What they could change is"
            " beside every rate; comparisons leave out the failed."
        ),
        "Uncalibrated: role flip, digression. No card says how often people agree, so read flags as leads.",
    )


def test_headline_without_flags_says_what_cannot_be_ruled_out() -> None:
    """No flag is not "no fault": the upper end of the widest interval is named."""
    clean = transcript(("A", "Hello."))
    made = report(
        clean,
        verdicts={"t1": [verdict(clean)]},
        rates=[rate(rate=0.0, ci_low=0.0, ci_high=0.31)],
        calibrated={"role_flip": True},
    )
    assert "a true rate of up to 31.0% cannot be ruled out" in made.headline[0]
    assert made.headline[1:] == (
        "They were not compared with people.",
        "How the conversations ended is not recorded; none went unjudged.",
    )


@pytest.mark.parametrize(
    ("transcripts", "expected"),
    [
        ((), "There are no conversations here."),
        ((transcript(("A", "Hi.")),), "1 conversation with 1 turn; no judge has looked at them yet."),
    ],
)
def test_headline_of_little_is_still_a_sentence(transcripts: tuple[Transcript, ...], expected: str) -> None:
    """An empty run and an unjudged one have headlines of their own."""
    assert report(*transcripts).headline[0] == expected


def test_tally_counts_a_turn_flagged_twice_once() -> None:
    """Two judges on one turn make one flagged turn; planted faults are found by the judge of that name only."""
    base = transcript(("A", "How can I help?"), ("B", "Well."))
    turns = (
        Turn("A", "How can I help?", meta={"planted": ["role_flip"]}),
        Turn("B", "Well.", meta={"planted": ["role_flip"]}),
    )
    made = Transcript("t1", "test", "llm", base.participants, turns)
    on_turn = [verdict(made, hit(made, 0, "help"), judge=judge) for judge in ("role_flip", "formality")]
    tally = report(made, verdicts={"t1": on_turn}).tally
    assert (tally.flagged_turns, tally.flagged_conversations) == (1, 1)
    assert [(fault.kind, fault.turns, fault.found) for fault in tally.planted] == [("role_flip", 2, 1)]


def test_of_many_conversations_flagged_and_failed_ones_are_shown() -> None:
    """Of 50 with room for 3: the 1 flagged, the 1 failed and one other, in that order; 47 are counted."""
    run = [transcript(("A", "How can I help?"), id=f"t{n}") for n in range(50)]
    run[20] = transcript(("A", "..."), id="t20", stop_reason="backend_error")
    verdicts = {"t40": [verdict(run[40], hit(run[40], 0, "help"))]}
    made = report(*run, verdicts=verdicts, max_transcripts=3)
    numbers = [view.number for view in made.conversations]
    assert len(numbers) == 3
    assert numbers[:2] == [41, 21]
    assert made.left_out == 47


def test_choice_does_not_depend_on_the_order_of_the_run() -> None:
    """Which unflagged conversations are shown hangs on their ids alone."""
    run = [transcript(("A", "Hi."), id=f"t{n}") for n in range(30)]
    shown = [{view.id for view in report(*order, max_transcripts=5).conversations} for order in (run, run[::-1])]
    assert shown[0] == shown[1]


def test_a_run_is_read_once_and_not_kept() -> None:
    """A generator will do, verdicts may come from a function, and every conversation is counted."""
    stream = (transcript(("A", "Hi."), ("B", "Ho."), id=f"t{n}") for n in range(2_000))
    made = build_report(title="x", manifest={}, transcripts=stream, verdicts=lambda _: (), max_transcripts=2)
    assert (made.tally.conversations, made.tally.turns, len(made.conversations)) == (2_000, 4_000, 2)
    assert made.graphs[0].conversations == 100


def test_no_room_for_conversations_is_refused() -> None:
    """At least one conversation must be shown."""
    with pytest.raises(UsageError, match="max_transcripts is 0"):
        report(max_transcripts=0)


def test_verdict_of_another_transcript_is_refused() -> None:
    """A quote that does not stand in the turn means that files were mixed up."""
    made = transcript(("A", "Hello."))
    stray = verdict(transcript(("A", "Goodbye.")), Hit(0, 1.0, "flip", "Goodbye", 0, 7, ""))
    with pytest.raises(UsageError, match=r"does not belong to this transcript.*judge it again"):
        report(made, verdicts={"t1": [stray]})


@given(st.text(min_size=1, max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=5))
def test_pieces_are_the_text_and_marks_are_the_quotes(text: str, spans: list[tuple[int, int]]) -> None:
    """Joined, the pieces are the text; a character is marked exactly when some quote covers it."""
    ordered = [(min(span), min(max(span), len(text))) for span in spans]
    hits = [("j", Hit(0, 1.0, "k", text[a:b], a, b, "")) for a, b in ordered if a < b]
    made = list(pieces(text, hits, start=0, end=len(text)))
    assert "".join(piece.text for piece in made) == text
    marked = [bool(piece.judges) for piece in made for _ in piece.text]
    assert marked == [any(a <= place < b for a, b in ordered) for place in range(len(text))]


def test_a_huge_turn_is_cut_and_says_so() -> None:
    """Of 50,000 characters the head is shown, the rest up to 20,000 folded, 30,000 counted; its late quote is given."""
    text = "word " * 9_999 + "late!"
    made = transcript(("A", text))
    view = view_conversation(made, [verdict(made, hit(made, 0, "late!"))], number=1, calibrated={})
    turn = view.turns[0]
    head = "".join(piece.text for piece in turn.head)
    assert len(head) <= HEAD_CHARS
    assert head + "".join(piece.text for piece in turn.rest) == text[:TURN_CHARS]
    assert turn.left_out_chars == 30_000
    assert (turn.flags[0].is_in_text, turn.flags[0].quote) == (False, "late!")


def test_flags_beyond_a_hundred_on_one_turn_are_counted() -> None:
    """Of 130 flags on one turn 100 are shown, 30 counted; on a turn with one none is left out."""
    made = transcript(("A", "word " * 130), ("B", "word"))
    many = [Hit(0, 0.9, "flip", "word", 5 * place, 5 * place + 4, "again") for place in range(130)]
    view = view_conversation(made, [verdict(made, *many, hit(made, 1, "word"))], number=1, calibrated={})
    assert [(len(turn.flags), turn.left_out_flags) for turn in view.turns] == [(100, 30), (1, 0)]


def test_a_long_conversation_shows_its_beginning_and_its_flags() -> None:
    """Of 1,000 turns the first 200 and the flagged turn 900 are shown; 700 before and 99 after it are counted."""
    made = transcript(*[("AB"[n % 2], "Hello there.") for n in range(1_000)])
    view = view_conversation(made, [verdict(made, hit(made, 900, "there"))], number=1, calibrated={})
    assert [turn.index for turn in view.turns] == [*range(200), 900]
    assert (view.turns[-1].skipped_before, view.skipped_after) == (700, 99)


def test_manifest_is_told_in_words() -> None:
    """Totals and settings are unfolded, scenarios named by id, nothing empty is told, versions stand apart."""
    manifest = {
        "scenarios": [{"id": "refund", "task": "long"}],
        "settings": {"max_connections": 8, "proxy": None},
        "totals": {"turns": 1200, "stop_reasons": {"max_turns": 3}, "settings_not_taken": {}},
        "versions": {"numpy": "2.1"},
        "git_revision": "abc",
    }
    made = report(manifest=manifest)
    assert made.facts == (Fact("scenarios", "refund"), Fact("max connections", "8"), Fact("turns", "1,200"))
    assert made.versions == (Fact("git revision", "abc"), Fact("numpy", "2.1"))


def test_control_characters_are_shown_not_obeyed() -> None:
    """Escapes, NUL, lone surrogates and direction overrides become visible; the length stays, so do line breaks."""
    text = "a\x1b[31m\x00\ud800\u202eb\x85\n\tc"
    assert wording.visible(text) == "a␛[31m␀\ufffd\ufffdb\ufffd\n\tc"
    assert len(wording.visible(text)) == len(text)


def test_speakers_beyond_the_eighth_are_drawn_as_one() -> None:
    """Of 12 speakers the 7 most talkative keep their names; shares add up to 1."""
    cast = tuple(Participant(f"S{n:02}", "guest") for n in range(12))
    turns = tuple(Turn(f"S{n:02}", "Hello.") for n in range(12) for _ in range(12 - n))
    graph = report(Transcript("t1", "test", "human", cast, turns)).graphs[0]
    assert [speaker.name for speaker in graph.speakers] == [*(f"S{n:02}" for n in range(7)), "5 others"]
    assert graph.merged == 5
    assert sum(speaker.share for speaker in graph.speakers) == pytest.approx(1)
