"""The page: safe with any text, complete, and in need of nothing else."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from builders import transcript
from hypothesis import given, settings
from hypothesis import strategies as st
from report_parts import hit, not_judged, rate, report, shift, verdict

from analysis.page.html import render_html
from analysis.report.build import ProfileFacts, Report
from sims.transcript import Participant, ScenarioRef, Transcript, Turn
from sims.transcript_file import TranscriptFiles

DATA = Path(__file__).parents[2] / "shared" / "data"
VOID = {"meta", "input", "br", "use"}
ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "{{7*7}}{% raw %}",
    "</script><script>alert(1)</script>",
    "<!--",
    "</title></style></details></section>",
    "javascript:alert(1)",
    "\u2028\u2029\ud800\x00\x1b[2J\u202e",
    "<a href='https://evil.example'>x</a><b>bold</b>",
    "%{x}<br>&lt;",
]


class Page(HTMLParser):
    """Elements, attributes, texts and scripts of a page; open elements must be closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.marked: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == [], "elements left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element; it is open now."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        if tag not in VOID:
            assert self._open.pop() == tag, "elements closed out of order"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that is closed at once."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep the text where it belongs."""
        inside = self._open[-1] if self._open else ""
        if inside == "script":
            self.scripts.append(data)
        elif inside == "mark":
            self.marked[-1] += data
        if inside not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        """What a reader sees, white space collapsed."""
        return " ".join("".join(self.texts).split())

    @property
    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        """The elements with the names of their attributes."""
        return [(tag, tuple(sorted(attributes))) for tag, attributes in self.elements]


def full_report(word: str) -> Report:
    """A report with the word wherever data can put one."""
    cast = (
        Participant(
            f"A{word}", f"role {word}", persona=f"p{word}", goal=f"g{word}", private=f"s{word}", model=f"m{word}"
        ),
        Participant(f"B{word}", "support"),
    )
    turns = (
        Turn(cast[0].name, f"How can {word} help?", meta={"planted": [f"k{word}"]}),
        Turn(cast[1].name, f"long {word} " * 200, reply_to=None),
        Turn(cast[0].name, f"Bye {word}", reply_to=0),
    )
    made = Transcript(
        f"t{word}",
        f"source{word}",
        "llm",
        cast,
        turns,
        scenario=ScenarioRef(f"s{word}", "hash", f"task {word}"),
        stressors=({"kind": f"x{word}"},),
        stop_reason="backend_error",
        error=f"error {word}",
    )
    found = hit(made, 0, word, kind=f"kind{word}", reason=f"reason {word}")
    verdicts = [verdict(made, found, judge=f"j{word}"), not_judged(made, judge=f"n{word}", detail=f"why {word}")]
    return report(
        made,
        title=f"title {word}",
        manifest={"models": [word], word: word, "versions": {word: word}, "settings": {word: {word: word}}},
        verdicts={made.id: verdicts},
        rates=[rate(f"j{word}", group=f"g{word}")],
        breakdowns={f"by{word}": [rate(f"j{word}", group=f"g{word}")]},
        shifts=[shift(f"f{word}", role=f"r{word}", profile=f"p{word}"), shift("other")],
        profiles=[ProfileFacts(word, word, word, word, 3)],
        feature_labels={"other": f"label {word}"},
        transcripts_at=f"file{word}",
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_element_or_attribute_comes_from_data(attack: str) -> None:
    """A hostile text wherever data is shown leaves the page with the elements and attributes of a harmless one."""
    harmless, hostile = Page(render_html(full_report("word"))), Page(render_html(full_report(attack)))
    assert hostile.skeleton == harmless.skeleton
    assert len(hostile.scripts) == len(harmless.scripts)


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}"])
def test_hostile_text_can_be_read_as_it_stands(attack: str) -> None:
    """Nothing is dropped: the reader sees the very characters, and the mark covers exactly the quote."""
    page = Page(render_html(full_report(attack)))
    assert f"How can {attack} help?" in page.text
    assert page.marked == [attack]


@pytest.mark.parametrize("attack", ATTACKS)
def test_plot_data_is_json_without_markup(attack: str) -> None:
    """The JSON of a plot can be parsed, and plotly's own markup in a label is escaped: only line breaks are left."""
    page = Page(render_html(full_report(attack)))
    figures = [json.loads(script) for script in page.scripts if script.startswith('{"data"')]
    assert len(figures) == 3
    for figure in figures:
        labels = [*figure["layout"]["yaxis"]["ticktext"], *(h for t in figure["data"] for h in t.get("hovertext", []))]
        assert labels
        assert not [label for label in labels if "<" in label.replace("<br>", "")]


@given(st.text(alphabet=st.characters(), min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_any_text_makes_a_page_that_can_be_written(word: str) -> None:
    """Whatever the characters, the page is valid UTF-8, balanced, and free of control characters."""
    made = transcript((f"A{word}", f"x{word}"), id=f"t{word}")
    page = render_html(report(made, verdicts={made.id: [verdict(made, hit(made, 0, "x"))]}))
    page.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", page)
    Page(page)


def test_page_reaches_for_nothing_outside_itself() -> None:
    """No address but places in the page; the policy forbids the network and names every script by its hash."""
    page = Page(render_html(full_report("word")))
    for tag, attributes in page.elements:
        assert not {"src", "srcset", "action", "data", "poster", "background"} & set(attributes), tag
        assert all((attributes.get(key) or "#").startswith("#") for key in ("href", "xlink:href"))
        assert tag not in {"link", "iframe", "object", "embed", "base", "img"}
        assert not [name for name in attributes if name.startswith("on")]
    policy = next(a["content"] or "" for t, a in page.elements if t == "meta" and a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.split("style-src")[0]
    runnable = [script for script in page.scripts if not script.startswith('{"data"')]
    for script in runnable:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_flagged_turn_has_its_evidence_beside_it() -> None:
    """Judge, kind, reason, score and the missing card stand with the turn; so does what was planted."""
    page = Page(render_html(full_report("word")))
    for expected in ("jword: kindword", "reason word", "score 0.9, uncalibrated", "planted: kword", "why word"):
        assert expected in page.text
    turns = [a for tag, a in page.elements if tag == "li" and (a.get("class") or "").startswith("turn ")]
    assert [" flagged" in (a["class"] or "") for a in turns] == [True, False, False]
    assert [a["id"] for a in turns] == ["c1-t0", "c1-t1", "c1-t2"]


def test_nothing_to_plot_is_said_in_words_and_costs_nothing() -> None:
    """Without a figure the page has no plot, no 4.8 MB library, and says what there is none of."""
    page = render_html(report())
    assert len(page) < 60_000
    text = Page(page).text
    for expected in (
        "There are no rates: no judge was run over these conversations.",
        "These conversations were not compared with people.",
        "Nobody said anything, so there is no graph to draw.",
        "There are no conversations.",
    ):
        assert expected in text


def test_rates_that_cannot_be_said_are_dashes_not_zero() -> None:
    """No judged turn, no effect: a dash in the table, words instead of the plot, never 0 and never nan."""
    unknown: dict[str, Any] = dict.fromkeys(("rate", "ci_low", "ci_high", "worst_low", "worst_high"))
    missing: dict[str, Any] = dict.fromkeys(("effect", "ci_low", "ci_high", "p", "p_adjusted", "margin", "mean"))
    page = Page(
        render_html(
            report(
                rates=[rate(judged_turns=0, flagged_turns=0, **unknown)],
                shifts=[shift(decision="UNDECIDED", reference_mean=None, **missing)],
            )
        )
    )
    assert "No turn was judged, so there is no rate to plot." in page.text
    assert "No effect could be computed" in page.text
    assert "nan" not in page.text.lower().split()
    assert "0 / 0 – –" in page.text


def test_left_out_conversations_are_named() -> None:
    """The page says how many conversations it leaves out and where they are."""
    run = [transcript(("A", "Hi."), id=f"t{n}") for n in range(5)]
    page = Page(render_html(report(*run, max_transcripts=2, transcripts_at="runs/x/transcripts.jsonl")))
    assert (
        "2 conversations of 5 can be read here, flagged ones first, then failed ones; the other 3 are in" in page.text
    )
    assert "runs/x/transcripts.jsonl" in page.text


def test_line_breaks_and_spaces_of_a_turn_stay() -> None:
    """A turn's text is put in character for character: code and lists keep their shape."""
    text = "def f():\n    return  1\n\n  end"
    page = Page(render_html(report(transcript(("A", text)))))
    assert text in page.texts


def test_same_report_same_bytes() -> None:
    """Rendering twice gives the same page."""
    assert render_html(full_report("word")) == render_html(full_report("word"))


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not beside this checkout")
def test_real_conversations_make_a_page() -> None:
    """All 174 tau-bench transcripts, one turn of each flagged: every quote is marked, the page is balanced."""
    run = list(TranscriptFiles([DATA / "llm_taubench.jsonl"]))
    verdicts = {t.id: [verdict(t, hit(t, 0, t.turns[0].text[:9]))] for t in run if t.turns}
    page = Page(render_html(report(*run, verdicts=verdicts, max_transcripts=len(run))))
    assert len(page.marked) == len(verdicts)
