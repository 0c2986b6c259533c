"""Judges that ask models: votes, juries, evidence, costs, with models in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from builders import Saying, transcript
from llm_parts import CHAT, FLIP, Finding, answer, flagged, llm_judge

from judges.catalogue import judge_names, llm_judge_names, make_judge, make_judges
from judges.llm.answer import FLAGGED_FROM
from judges.llm.evidence import find_quotes
from judges.llm.jury import Jury
from judges.llm.windows import WINDOW_TURNS
from judges.panel import judge_transcripts, judge_transcripts_async
from judges.verdict import check_quote
from judges.verdict_file import VERDICTS
from sims.backends.backend import Request
from sims.backends.script import ScriptBackend
from sims.errors import CallRejected, ConnectionLost, ReplyRefused, UsageError


def test_every_artifact_has_both_tiers() -> None:
    """Four LLM judges are named after offline ones; three ask the paper's questions about whole conversations."""
    paired, whole = llm_judge_names()[:4], llm_judge_names()[4:]
    assert paired == ("role_flip:llm", "digression:llm", "formality:llm", "metaphor:llm")
    assert whole == ("spp_digression:llm", "human_likeness:llm", "collaboration:llm")
    assert {name.removesuffix(":llm") for name in paired} <= set(judge_names())
    assert not set(llm_judge_names()) & set(judge_names())


def test_without_a_model_it_is_told_what_to_do() -> None:
    """One line that names the option and an example."""
    with pytest.raises(UsageError, match="role_flip:llm asks a model; name one with --judge-model"):
        make_judges(["role_flip", "role_flip:llm"])


def test_a_blank_turn_is_not_asked_about() -> None:
    """Turn 3 holds no text: it is shown, not asked for, and its score is None."""
    model = Finding(FLIP)
    verdict = llm_judge(model).judge(CHAT)
    assert verdict.turn_scores == (0, 0, 0.9, None)
    assert verdict.judged_turns == 3
    assert "Judge these turns: 0, 1, 2." in model.requests[0].messages[1].content


def test_the_cost_of_a_verdict_is_in_its_meta() -> None:
    """One call at $0.25 with 100 + 10 tokens; a mended answer doubles it."""
    meta = llm_judge(Finding(FLIP)).judge(CHAT).meta
    assert meta == {
        "models": ["test/finding"],
        "votes": 1,
        "calls": 1,
        "attempts": 1,
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "cost_usd": 0.25,
        "calls_without_cost": 0,
        "unsupported_quotes": 0,
    }
    mended = llm_judge(Finding(replies=["hm"])).judge(CHAT).meta
    assert (mended["calls"], mended["cost_usd"], mended["prompt_tokens"]) == (2, 0.5, 200)


def test_what_failed_is_paid_all_the_same() -> None:
    """Two unreadable answers cost two calls."""
    verdict = llm_judge(Finding(replies=["hm", "hm"])).judge(CHAT)
    assert verdict.unjudged is not None
    assert (verdict.unjudged.reason, verdict.meta["cost_usd"]) == ("malformed_reply", 0.5)


def test_evidence_counts_only_where_it_stands() -> None:
    """Of three votes that flag, one rests on nothing: the other two decide, and one of three turns is disputed."""

    def finds(request: Request) -> Mapping[int, Mapping[str, Any]]:
        assert request.scene is not None
        return FLIP if request.scene.repeat else {2: flagged("made up")}

    verdict = llm_judge(Finding(finds), votes=3).judge(CHAT)
    assert (verdict.turn_scores[2], verdict.flagged_turns) == (0.9, (2,))
    assert (verdict.meta["unsupported_quotes"], verdict.meta["disagreement"]) == (1, 0.333333)


def test_a_word_alone_shows_no_flag() -> None:
    """Neither one word nor part of a word, unless it is the whole turn."""
    one = transcript(("A", "How can I help you?"), ("B", "Certainly"), id="w", roles={"A": "a", "B": "b"})
    for quote, score in (("How", None), ("ow can", None), ("How can", 0.9)):
        assert llm_judge(Finding({0: flagged(quote)})).judge(one).turn_scores[0] == score
    assert llm_judge(Finding({1: flagged("Certainly")})).judge(one).flagged_turns == (1,)


def test_a_cut_turn_is_clean_nowhere() -> None:
    """A flip behind 8,000 characters of padding: None. One before it is a hit; a quote from beyond is none."""
    for text, finds, score in (
        ("x " * 4_001 + "How can I help you?", {}, None),
        ("x " * 4_001 + "How can I help you?", {0: flagged("How can I help you?")}, None),
        ("How can I help you?" + " x" * 4_001, {0: flagged("How can I help you?")}, 0.9),
    ):
        one = transcript(("A", text), ("B", "Thanks."), id="cut", roles={"A": "a", "B": "b"})
        verdict = llm_judge(Finding(finds)).judge(one)
        assert verdict.turn_scores == (score, 0)
        assert verdict.meta["turns_cut"] == [0]


def test_some_evidence_is_enough() -> None:
    """One quote stands, one does not: a hit on the one that does."""
    finds = {2: flagged("anything else?") | {"evidence": [{"quote": "anything else?"}, {"quote": "made up"}]}}
    verdict = llm_judge(Finding(finds)).judge(CHAT)
    assert [hit.quote for hit in verdict.hits] == ["anything else?"]
    assert verdict.meta["unsupported_quotes"] == 1


def test_digression_notes_the_categories_that_are_no_hits() -> None:
    """Off-topic is a hit, a procedural turn is noted, one without a category is not."""
    finds = {
        0: flagged("My flight", kind="off-topic", score=0.8),
        1: {"kind": "procedural", "score": 0.1},
    }
    verdict = llm_judge(Finding(finds), name="digression:llm").judge(CHAT)
    assert [(hit.turn, hit.kind) for hit in verdict.hits] == [(0, "off-topic")]
    assert verdict.meta["kinds"] == {"procedural": [1]}


def test_formality_is_on_the_human_scale() -> None:
    """Scores from -3 to 3 as they are; a break is a hit with its quote."""
    finds = {0: {"score": -1.5}, 2: flagged("How can I help", kind="raised", score=2.5)}
    verdict = llm_judge(Finding(finds), name="formality:llm").judge(CHAT)
    assert verdict.turn_scores == (-1.5, 0, 2.5, None)
    assert [hit.kind for hit in verdict.hits] == ["raised"]


def test_metaphor_is_the_share_of_words_in_phrases() -> None:
    """ "storm" and "spend": 2 of 8 words; only the novel image is a hit; a phrase that is not there counts nowhere."""
    one = transcript(("A", "We spend our days in a paper storm."), id="m", roles={"A": "a"})
    phrases = [
        {"quote": "spend", "kind": "conventional"},
        {"quote": "storm", "kind": "novel", "why": "paper does not blow"},
        {"quote": "sea of troubles", "kind": "novel"},
    ]
    verdict = llm_judge(Finding({0: {"phrases": phrases}}), name="metaphor:llm").judge(one)
    assert verdict.turn_scores == (0.25,)
    assert [(hit.quote, hit.kind, hit.reason) for hit in verdict.hits] == [("storm", "novel", "paper does not blow")]
    assert verdict.meta["unsupported_quotes"] == 1


def test_no_phrase_that_occurs_is_no_verdict_on_the_turn() -> None:
    """All of a turn's phrases were made up: None, not literal."""
    one = transcript(("A", "We eat soup."), id="m", roles={"A": "a"})
    verdict = llm_judge(Finding({0: {"phrases": [{"quote": "sea", "kind": "novel"}]}}), name="metaphor:llm").judge(one)
    assert verdict.turn_scores == (None,)


def test_an_invented_image_beside_a_real_phrase_is_no_verdict() -> None:
    """The novel phrase does not occur, the conventional one does: None, not free of novel images."""
    one = transcript(("A", "We spend our days in a paper storm."), id="m", roles={"A": "a"})
    phrases = [{"quote": "spend", "kind": "conventional"}, {"quote": "sea of troubles", "kind": "novel"}]
    verdict = llm_judge(Finding({0: {"phrases": phrases}}), name="metaphor:llm").judge(one)
    assert (verdict.turn_scores, verdict.hits) == ((None,), ())


def test_a_phrase_counts_wherever_it_occurs() -> None:
    """ "storm" three times of five words: 0.6; "end" occurs in no word of its own."""
    one = transcript(("A", "storm and storm and storm"), ("B", "We spend it."), id="m", roles={"A": "a", "B": "b"})
    finds = {n: {"phrases": [{"quote": quote, "kind": "novel"}]} for n, quote in enumerate(("storm", "end"))}
    verdict = llm_judge(Finding(finds), name="metaphor:llm").judge(one)
    assert (verdict.turn_scores, verdict.flagged_turns) == ((0.6, None), (0,))


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        ("I can't go.", "can't go", "can't go"),
        ("I can’t go.", "can't go", "can’t go"),
        ("He said “no”.", '"no"', "“no”"),
        ("two\n  lines", "two lines", "two\n  lines"),
        ("I can't go.", "Can't go", None),
        ("I can't go.", "can't  stay", None),
        ("I can't go.", " ", None),
        ("word", "  ", None),
        ("a.c", "a?c", None),
        ("a+c (x", "a+c (x", "a+c (x"),
        ("We spend", "end", None),
        ("end of the week, the end", "the end", "the end"),
        ("我想退款。", "退款", "退款"),
    ],
)
def test_quotes_are_looked_up(text: str, quote: str, found: str | None) -> None:
    """Character for character but for blanks and the shape of quotation marks; the hit has the turn's own words."""
    span = next(find_quotes(text, quote), None)
    assert (span and span.text) == found
    if span is not None:
        assert text[span.start : span.end] == span.text


def test_a_long_conversation_is_asked_about_in_windows() -> None:
    """Ninety turns are three calls of forty, forty and ten; the scores are those of one conversation."""
    long = transcript(*[("AB"[n % 2], f"Turn {n} says how can I help.") for n in range(90)], id="long")
    model = Finding({77: flagged("how can I help")})
    verdict = llm_judge(model).judge(long)
    assert len(model.requests) == verdict.meta["calls"] == 3 == -(-90 // WINDOW_TURNS)
    assert verdict.flagged_turns == (77,)
    assert verdict.judged_turns == 90


def test_one_window_that_fails_leaves_no_half_verdict() -> None:
    """The second window's answer cannot be read twice: the conversation is unjudged, not clean in its first part."""
    long = transcript(*[("AB"[n % 2], f"Turn {n}.") for n in range(50)], id="long")

    class Failing(Finding):
        async def reply(self, request: Request) -> Any:
            found = await super().reply(request)
            return replace(found, text="?") if "turns: 40" in request.messages[1].content else found

    verdict = llm_judge(Failing()).judge(long)
    assert verdict.unjudged is not None
    assert verdict.judged_turns == 0


def test_verdicts_come_in_order_whatever_takes_how_long() -> None:
    """Later conversations are answered first; the verdicts stand in the order of the transcripts, two judges each."""

    class Slow(Finding):
        async def reply(self, request: Request) -> Any:
            assert request.scene is not None
            await asyncio.sleep(0.03 / (1 + int(request.scene.conversation)))
            return await super().reply(request)

    many = [replace(CHAT, id=str(number)) for number in range(12)]
    judges = [make_judge("formality"), llm_judge(Slow())]
    verdicts = list(judge_transcripts(many, judges, ahead=5))
    assert [(verdict.transcript, verdict.judge) for verdict in verdicts] == [
        (str(number), judge) for number in range(12) for judge in ("formality", "role_flip:llm")
    ]


def test_no_more_calls_than_connections_at_once() -> None:
    """Three connections, twelve conversations, two votes: never more than three calls in flight, and three at times."""

    class Counting(Finding):
        now = most = 0

        async def reply(self, request: Request) -> Any:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.001)
            self.now -= 1
            return await super().reply(request)

    model = Counting()
    judge = make_judge("role_flip:llm", jury=Jury([model], votes=2, max_connections=3))
    assert len(list(judge_transcripts([replace(CHAT, id=str(n)) for n in range(12)], [judge]))) == 12
    assert model.most == 3


def test_transcripts_are_read_as_they_are_needed() -> None:
    """With four ahead, the first verdict is there before the fifth transcript is read."""
    read: list[int] = []

    def stream() -> Any:
        for number in range(100):
            read.append(number)
            yield replace(CHAT, id=str(number))

    verdicts = judge_transcripts(stream(), [llm_judge()], ahead=4)
    next(verdicts)
    assert len(read) == 4
    verdicts.close()
    assert len(read) == 4


def test_an_endless_number_is_unreadable_and_paid() -> None:
    """Five thousand digits, which Python declines to read: malformed with its costs, not crashed without."""
    (verdict,) = judge_transcripts(
        [CHAT], [llm_judge(Finding(replies=['{"turns":[{"turn":' + "9" * 5_000 + "}]}"] * 2))]
    )
    assert verdict.unjudged is not None
    assert (verdict.unjudged.reason, verdict.meta["cost_usd"]) == ("malformed_reply", 0.5)


def test_calls_that_failed_are_counted() -> None:
    """A refusal is one call whose price nobody knows; a failure after three attempts is one call of three."""
    lost = ConnectionLost("gone")
    lost.attempts = 3
    for error, attempts in ((ReplyRefused("no"), 1), (lost, 3)):
        meta = llm_judge(Finding(replies=[error])).judge(CHAT).meta
        assert (meta["calls"], meta["attempts"], meta["calls_without_cost"]) == (1, attempts, 1)


def test_no_temperature_is_learnt_once() -> None:
    """A model that takes none says so at its first call; the nine after it are asked without."""

    class Reasoning(Finding):
        async def reply(self, request: Request) -> Any:
            found = await super().reply(request)
            if request.temperature is not None:
                raise CallRejected("temperature is not supported")
            return found

    model = Reasoning()
    judge = make_judge("role_flip:llm", jury=Jury([model], max_connections=1))
    verdicts = list(judge_transcripts([replace(CHAT, id=str(n)) for n in range(10)], [judge]))
    assert len(model.requests) == 11
    assert all(verdict.meta["settings_not_taken"] == ["temperature"] for verdict in verdicts)


def test_a_key_in_an_answer_reaches_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that repeats a key from the environment: blotted out in the detail, refused or malformed."""
    monkeypatch.setenv("SOME_API_KEY", "planted-0123456789")
    kind = json.dumps({"turns": [{"turn": n, "kind": "planted-0123456789", "score": 0} for n in range(3)]})
    for words in ("I'm sorry, planted-0123456789", kind):
        verdict = llm_judge(Finding(replies=[words] * 2)).judge(CHAT)
        assert verdict.unjudged is not None
        assert "[secret]" in verdict.unjudged.detail
        assert "planted" not in VERDICTS.dump(verdict)


async def test_programs_with_a_loop_await_the_verdicts() -> None:
    """The asynchronous stream gives what the other gives; the other says so where a loop runs."""
    verdicts = [verdict async for verdict in judge_transcripts_async([CHAT], [llm_judge(Finding(FLIP))])]
    assert [verdict.flagged_turns for verdict in verdicts] == [(2,)]
    with pytest.raises(UsageError, match="judge_transcripts_async"):
        list(judge_transcripts([CHAT], [llm_judge()]))


def test_a_judge_that_breaks_says_so_and_the_others_go_on() -> None:
    """An error that no backend should raise is "crashed", as for every judge."""
    (verdict,) = judge_transcripts([CHAT], [llm_judge(Saying(ZeroDivisionError("boom")))])
    assert verdict.unjudged is not None
    assert (verdict.unjudged.reason, verdict.unjudged.detail) == ("crashed", "ZeroDivisionError: boom")


def test_a_script_can_play_the_judge() -> None:
    """By the artifact's name: a first answer that cannot be read, then one that can; turns beyond are left out."""
    turns = [{"turn": n, "evidence": [], "kind": "none", "score": 0.0} for n in range(50)]
    script = ScriptBackend({"role_flip": ["not JSON", json.dumps({"turns": turns})]})
    verdict = llm_judge(script).judge(CHAT)
    assert verdict.turn_scores == (0, 0, 0, None)
    assert verdict.meta["calls"] == 2


def test_verdicts_can_be_written_and_their_quotes_stand() -> None:
    """With votes, models and failures in the meta."""
    lost = Finding(replies=[ConnectionLost("gone")] * 9, model="test/lost")
    verdict = llm_judge(Finding(FLIP, model="a"), Finding(FLIP, model="b"), lost, votes=3).judge(CHAT)
    for hit in verdict.hits:
        check_quote(CHAT, hit)
    data = json.loads(VERDICTS.dump(verdict))
    assert VERDICTS.load(data, path="x", line=1).meta == verdict.meta
    assert all(hit.score >= FLAGGED_FROM for hit in verdict.hits)


def test_the_parts_of_these_tests_answer_what_is_asked() -> None:
    """The model of the tests reads the turns from the prompt, as a real one would."""
    model = Finding()
    llm_judge(model).judge(CHAT)
    assert [turn["turn"] for turn in json.loads(answer(model.requests[0].messages))["turns"]] == [0, 1, 2]
