"""A stress test in words, tables and plots: what a reader is told, from made values with known answers."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from builders import transcript
from report_parts import hit, report, verdict
from rich.console import Console
from stress_parts import findings, onset, point, response, rising
from test_html import ATTACKS, Page

from analysis.page.html import render_html
from analysis.page.stress_plots import dose_plots, onset_plots
from analysis.statistics.clusters import Estimate
from analysis.stress import telling
from analysis.stress.records import dose_records
from analysis.stress.sentences import stress_sentences
from analysis.stress.values import Arm, DoseResponse, Sensitivity
from sims.transcript import Turn
from simstress.cli.stress_tables import print_stress


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (rising(), "above the control, shown from dose 0.5 on; at 0.25 cannot tell (up to +1.0 points)"),
        (response(point(0, 0.0), point(1, 0.3, exceeds=True)), "above the control, shown at dose 1"),
        (
            response(point(0, 0.0), point(1, 0.15, exceeds=True, shared_with="digression", shared_turns=9)),
            "above the control, shown at dose 1; 9 of the 15 turns digression flags as well",
        ),
        (
            response(point(0, 0.0), point(1, 0.15, exceeds=True, shared_with="digression", shared_turns=2)),
            "above the control, shown at dose 1",
        ),
        (
            response(point(0, 0.0), point(0.25, 0.1, exceeds=True), point(1, 0.1)),
            "above the control, shown from dose 0.25 on, though not beyond chance at every one",
        ),
        (response(point(0, 0.0), point(None, 0.3, exceeds=True)), "above the control where it acts once"),
        (
            response(point(0, 0.0), point(1, 0.0), response="NO_RISE_FOUND"),
            "no rise found up to dose 1; one of 2 points is ruled out",
        ),
        (response(point(0, 0.0), point(1, 0.0), needed=1), "cannot tell; about 1 conversation an arm would settle it"),
        (response(point(0, None), point(1, None)), "cannot tell: nothing to compare at dose 1"),
        (response(point(0.5, None), point(1, None)), "cannot tell"),
        (
            response(point(0, 0.0), point(1, 0.0, missing=8), but_for_missing=True),
            "cannot tell: the 8 missing of 40 conversations may hide a rise",
        ),
    ],
)
def test_the_three_responses_in_plain_words(made: DoseResponse, words: str) -> None:
    """Above the control from a dose on, no rise and which is ruled out, or cannot tell and what would."""
    assert telling.response_words(made, 0.02) == words


def test_what_is_missing_is_a_dash_and_never_zero() -> None:
    """A rate, a difference or a slope that cannot be said is a dash; an interval that cannot is left out."""
    bare = point(1, None)
    assert (telling.rate_words(bare), telling.difference_words(bare)) == ("–", "–")
    assert telling.slope_words(response(bare, slope=Estimate(None, None, None, 0, 0))) == "–"
    assert telling.slope_words(response(bare, slope=Estimate(0.0, None, None, 20, 20))) == ("0.0 over doses 0 to 1")
    assert telling.short_rate(point(1, 0.1, missing=3)) == "10.0%, 3 missing"
    assert telling.missing_words(point(1, 0.1, missing=3, worst_low=0.08, worst_high=0.2)) == (
        "3 of 20; with them 8.0% to 20.0%"
    )


def test_the_sentences_name_what_rises_when_and_whether_it_ends() -> None:
    """0 % to 20 % from dose .5 on; 14 of 20 conversations, half of all by turn 10; 8 of 10 episodes end."""
    calm = response(point(0, 0.0), point(1, 0.0), judge="digression", response="NO_RISE_FOUND")
    first, course, back = stress_sentences(findings(calm, rising()))
    assert first == (
        "Stress raises what judges flag: role flip under role pressure, shown from dose 0.5 on (control 0.0%, dose 1"
        " 20.0% of the turns it reaches). In all, of 2 cases (judge, kind of stress and model) 1 rise, in 1 a rise of"
        " 2 points is ruled out, and 0 cannot be told."
    )
    assert course == (
        "At dose 1 of role pressure, role flip begins in 14 of 20 conversations, in half of all by turn 10, earlier"
        " than the control."
    )
    assert back == (
        "There speakers come back from 80.0% of 11 such episodes within 3 turns of their own, from half of them after 1"
        " turn."
    )


def test_no_rise_is_never_told_as_no_effect() -> None:
    """With nothing that rises the sentence counts what is ruled out and what cannot be told apart."""
    calm = response(point(0, 0.0), point(1, 0.0), judge="digression", response="NO_RISE_FOUND")
    (told,) = stress_sentences(findings(calm, response(point(0, 0.0), point(1, 0.3), needed=13)))
    assert told.startswith("Under stress, no judge's rate was found above that of the control: of 2 cases")
    assert "in 1 a rise of 2 points is ruled out, and 1 cannot be told" in told
    assert told.endswith(
        "; most of these rises role flip under role pressure (control 0.0%, dose 1 30.0% of the turns it reaches),"
        " which about 13 conversations an arm would tell."
    )
    assert stress_sentences(findings()) == ("Under stress, there was nothing that a judge could judge.",)


def test_where_nothing_can_be_told_the_sentence_says_why() -> None:
    """Nothing judged; too few; missing ones; no control: never "no rise was found"."""
    (told,) = stress_sentences(findings(response(point(0, None, judged_turns=0), point(1, None, judged_turns=0))))
    assert told == "Under stress nothing could be judged, so the stress test says nothing."
    few = [point(dose, rate, conversations=5, missing=2) for dose, rate in ((0, 0.0), (1, 0.1))]
    (told,) = stress_sentences(findings(response(*few)))
    assert told == "Cannot tell whether stress raises anything: too few conversations (3 an arm)."
    (told,) = stress_sentences(findings(response(point(0, 0.0), point(1, 0.1), needed=30)))
    assert "(20 an arm); most of all rises role flip under role pressure (control 0.0%, dose 1 10.0%" in told
    (told,) = stress_sentences(findings(response(*few, but_for_missing=True)))
    assert told == "Cannot tell whether stress raises anything: the missing conversations may hide a rise."
    (told,) = stress_sentences(findings(response(point(1, 0.1))))
    assert told == "Cannot tell whether stress raises anything: no undisturbed conversation to compare with."


def test_an_arm_that_was_never_held_is_told_as_such() -> None:
    """Shown at .5, dose 1 without pairs: no word of chance there; 40 planned and never held are in the headline."""
    bare = response(point(0, 0.0), point(0.5, 0.1, exceeds=True), point(1, None))
    assert telling.response_words(bare, 0.02) == "above the control, shown at dose 0.5; nothing to compare at dose 1"
    first, unheld, *_ = stress_sentences(findings(bare, unheld=40))
    assert "shown at dose 0.5 (control 0.0%, dose 0.5 10.0% of the turns it reaches; nothing to compare at" in first
    assert unheld == (
        "40 planned conversations were never held (simstress stress --resume with the folder holds them)."
    )
    begun = tuple(onset(one.arm, onsets=5) for one in bare.points)
    (_, course) = stress_sentences(findings(bare, onsets=begun, contrasts=()))
    assert course == "At dose 0.5 of role pressure, role flip begins in 5 of 20 conversations."
    lowest = response(point(0, 0.0), point(0.25, None), point(0.5, 0.1, exceeds=True), point(1, 0.2, exceeds=True))
    assert telling.response_words(lowest, 0.02) == (
        "above the control, shown from dose 0.5 on; nothing to compare at dose 0.25"
    )


def test_the_steeper_models_come_in_the_order_of_their_own_rises() -> None:
    """b rises by 30 points under typos, a by 20 under role pressure: b's comparison comes first."""
    typos = [point(0, 0.0, kind="typos", model="b"), point(1, 0.3, kind="typos", model="b", exceeds=True)]
    slope = Estimate(0.2, 0.1, 0.3, 20, 20)
    one = Sensitivity("role_flip", "role_pressure", "a", "b", slope, 0.01, "model")
    other = Sensitivity("role_flip", "typos", "a", "b", replace(slope, value=-0.3), 0.01, "other")
    untold = replace(one, judge="digression", more="cannot tell")
    found = findings(rising(model="a"), response(*typos), sensitivities=(untold, one, other))
    assert telling.steeper(found) == (other, one)
    assert stress_sentences(found)[-1] == "Role flip under role pressure: a rises more with the dose than b."


def test_the_more_sensitive_model_is_named() -> None:
    """The sign of the difference does not matter, the decision does."""
    one = Sensitivity("role_flip", "typos", "a", "b", Estimate(-0.2, -0.3, -0.1, 20, 20), 0.01, "other")
    assert telling.sensitivity_words(one) == "role flip under typos: b rises more with the dose than a"
    assert "cannot tell" in telling.sensitivity_words(replace(one, more="cannot tell"))


def test_a_plot_a_kind_and_judge_with_a_line_a_model() -> None:
    """Two models in one plot; x are the doses, y the rates; a judge without a flag is not drawn; one scale a judge."""
    flat = response(point(0, 0.0), point(1, 0.0), judge="digression")
    small = response(point(0, 0.01, kind="typos"), point(1, 0.02, kind="typos"))
    plots = dose_plots(findings(rising(), rising(model="b"), small, flat))
    assert [plot.caption for plot in plots] == ["Role flip under role pressure", "Role flip under typos"]
    lines = [trace for trace in plots[0].figure["data"] if trace.get("marker")]
    assert [(list(line["x"]), list(line["y"])) for line in lines] == [
        ([0.0, 0.25, 0.5, 1.0], [0.0, 0.02, 0.1, 0.2])
    ] * 2
    assert lines[0]["line"]["color"] != lines[1]["line"]["color"]
    assert lines[0]["marker"]["symbol"] != lines[1]["marker"]["symbol"]
    assert plots[0].figure["layout"]["yaxis"]["range"] == plots[1].figure["layout"]["yaxis"]["range"]


def test_a_dose_without_a_rate_leaves_a_gap_and_no_zero() -> None:
    """An arm where nothing was judged has no mark."""
    (plot,) = dose_plots(findings(response(point(0, 0.1), point(0.5, None), point(1, 0.3))))
    (line,) = [trace for trace in plot.figure["data"] if trace.get("marker")]
    assert list(line["x"]) == [0, 1]


def test_onset_is_drawn_in_steps_from_all_clean() -> None:
    """Kaplan-Meier steps begin at turn 0 with everybody clean; the control is dotted; no plot without any flag."""
    (plot,) = onset_plots(findings(rising()))
    lines = [trace for trace in plot.figure["data"] if trace.get("marker")]
    assert [trace["line"]["dash"] for trace in lines] == ["dot", "solid"]
    assert [list(trace["y"]) for trace in lines] == [[1.0, 1.0, 1.0], [1.0, 0.65, pytest.approx(0.3)]]
    assert list(lines[1]["x"]) == [0, 4, 10]
    arm = Arm("offline/actor", "role_pressure", 1.0)
    assert onset_plots(findings(rising(), onsets=(onset(arm, onsets=0),))) == ()


def test_the_section_stands_in_a_report_and_says_whose_the_rest_is() -> None:
    """A stress test's report has plots, tables and the note that the other sections are of the control alone."""
    calm = transcript(("a", "Hello."), ("b", "Hi."), id="one")
    stressed = replace(calm, id="one+typos=1", meta={"twin": "one"}, stressors=({"kind": "typos", "dose": 1.0},))
    page = Page(render_html(report(calm, stressed, stress=findings(rising()))))
    assert "above the control, shown from dose 0.5 on" in page.text
    assert "80.0% [50.0% to 95.0%] within 3 turns; 3 of 11 cut off by the end" in page.text
    assert page.text.count("Of the control alone: 1 conversation without stress.") >= 3
    assert "typos, dose 1.0" in page.text
    keys = [attributes.get("data-plot") for _, attributes in page.elements if attributes.get("data-plot")]
    assert keys == ["dose-0", "onset-0"]


def test_flags_under_stress_have_a_tile_and_the_words_are_explained() -> None:
    """Of two turns under stress one is the speaker's own and flagged; the one that typos changed counts for nobody."""
    calm = transcript(("a", "Hello."), ("b", "Hi."), id="one")
    arm = replace(calm, id="one+typos=1", meta={"twin": "one"}, stressors=({"kind": "typos", "dose": 1.0},))
    changed = replace(arm.turns[0], meta={"stressed": ["typos"]})
    arm = replace(arm, turns=(changed, arm.turns[1]))
    flagged = verdict(arm, hit(arm, 0, "Hello"), hit(arm, 1, "Hi"))
    made = report(calm, arm, stress=findings(rising()), verdicts={arm.id: [flagged], calm.id: [verdict(calm)]})
    page = Page(render_html(made))
    assert "1 turn flagged under stressof 1 turn in the speakers’ own words, in 1 conversation" in page.text
    for term in ("Stress, dose", "Control, arm", "Cannot tell", "A rise of 2 points is ruled out"):
        assert term in page.text
    assert "Stress, dose" not in Page(render_html(report(calm))).text


def test_plots_stand_before_the_tables_and_cases_without_a_flag_are_one_line() -> None:
    """Two of three cases have no flag at all: folded under a line that counts them."""
    silent = [response(point(0, 0.0), point(1, 0.0), judge=judge) for judge in ("digression", "metaphor")]
    page = Page(render_html(report(transcript(("a", "Hello.")), stress=findings(*silent, rising()))))
    assert page.text.index("How often turns are flagged, by dose") < page.text.index("Against the control Judge")
    assert "2 cases in which nothing was flagged in any arm, the control included" in page.text
    assert "At every rise the judge may be the one that stress confuses" in page.text


def test_a_stress_test_from_elsewhere_is_told_apart() -> None:
    """With a run that is none itself the section says where the stress test lies, and nothing is of a control."""
    made = report(transcript(("a", "Hello.")), stress=findings(rising()), stress_of="stress")
    page = Page(render_html(made))
    assert made.control is None
    assert "A stress test of its own, in stress" in page.text
    assert "Of the control alone" not in page.text
    assert any(sentence.startswith("Stress raises") for sentence in made.headline)


def test_a_stressed_turn_is_marked_and_keeps_the_speakers_own_words() -> None:
    """The viewer shows the kind beside the turn and what the speaker had said."""
    made = transcript(("a", "Helo there."), id="one")
    turn = Turn("a", "Helo there.", meta={"stressed": ["typos"], "own_text": "Hello there."})
    page = Page(render_html(report(replace(made, turns=(turn,), meta={"twin": "zero"}))))
    assert "stress: typos" in page.text
    assert "The speaker's own words: Hello there." in page.text


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_markup_comes_from_a_model_or_a_stressor(attack: str) -> None:
    """A hostile model name, kind or own text leaves the page with the elements of a harmless one."""

    def page(word: str) -> Page:
        made = transcript(("a", "Hello."), id="one", stressors=({"kind": word, "dose": word},), meta={"twin": "x"})
        turn = Turn("a", "Hello.", meta={"stressed": [word], "own_text": word})
        found = findings(rising(model=word, kind=word, judge=word), rising(model="other"), notes=(word,))
        return Page(render_html(report(replace(made, turns=(turn,)), stress=found)))

    harmless, hostile = page("word"), page(attack)
    assert hostile.skeleton == harmless.skeleton
    assert len(hostile.scripts) == len(harmless.scripts)


def test_the_records_are_one_a_dose_and_plain_json() -> None:
    """Four doses, four records; missing is null; the control differs from nothing."""
    records = list(dose_records(findings(rising())))
    assert [record["dose"] for record in records] == [0.0, 0.25, 0.5, 1.0]
    assert [record["exceeds"] for record in records] == [False, False, True, True]
    assert {record["first_exceeding"] for record in records} == {0.5}
    assert records[0]["difference"] is None
    assert [record["onset"] and record["onset"]["onsets"] for record in records] == [0, None, None, 14]
    assert records[3]["slope"]["value"] == 0.2
    assert records[3]["repair"]["share"]["value"] == 0.8
    assert records[3]["onset_contrast"]["earlier"] == "arm"
    assert records[1]["repair"] is None
    assert json.loads(json.dumps(records, allow_nan=False)) == records


def test_the_terminal_has_a_row_a_case_and_no_model_where_there_is_one() -> None:
    """Findings, onset and repair; the model's name only where there are several."""

    def printed(*responses: DoseResponse) -> str:
        out = io.StringIO()
        print_stress(findings(*responses), Console(file=out, width=120))
        return out.getvalue()

    alone, both = printed(rising()), printed(rising(), rising(model="b/\x1b[31m"))
    assert "from dose 0.5 on" in alone
    assert "14 of 20 flagged, half of all by turn 10" in alone
    assert "80.0% [50.0% to" in alone
    assert "offline/actor" not in alone
    assert "offline/actor" in both
    assert "\x1b[31m" not in both
