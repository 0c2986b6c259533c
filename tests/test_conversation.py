"""One conversation, and every way it can end."""

from __future__ import annotations

import asyncio

import pytest
from builders import Saying, cell, scenario

from sims.backends.backend import Reply
from sims.conversation import hold_conversation
from sims.errors import BudgetReached, CallRejected, RateLimited, ReplyRefused, ServerFault
from sims.totals import totals_of
from sims.transcript import STOP_REASONS, Transcript, Usage


async def held(*things: str | Reply | Exception, **more: object) -> Transcript:
    """The conversation in which both agents say the given things in turn."""
    return await hold_conversation(cell(scenario(**more)), {"test/saying": Saying(*things)})


async def test_the_turn_that_carries_the_marker_is_kept_and_is_the_last() -> None:
    """A stop marker ends the conversation with its turn in place, words and marker."""
    done = await held("Hello.", "Thanks, bye. [DONE]", "never said")
    assert [turn.text for turn in done.turns] == ["Hello.", "Thanks, bye. [DONE]"]
    assert done.stop_reason == "agent_done"


async def test_a_reply_that_is_nothing_but_the_marker_is_a_turn() -> None:
    """Nothing of it is lost."""
    done = await held("Hello.", "[DONE]")
    assert done.turns[-1].text == "[DONE]"
    assert done.stop_reason == "agent_done"


async def test_the_turn_limit_counts_the_opening() -> None:
    """Six turns allowed, the fixed first one among them."""
    done = await held("Go on.", opening="It begins.")
    assert len(done.turns) == 6
    assert (done.turns[0].text, done.turns[0].meta["fixed"], done.stop_reason) == ("It begins.", True, "max_turns")


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        (ReplyRefused("I cannot help with that."), "refused"),
        (CallRejected("no such model"), "backend_error"),
        (ServerFault("500"), "backend_error"),
        (RateLimited("429"), "backend_error"),
        (BudgetReached("10 USD spent"), "budget"),
        ("", "empty_reply"),
        (" \n\t ", "empty_reply"),
    ],
)
async def test_a_failure_ends_with_its_reason_and_keeps_the_turns_before(thing: str | Exception, reason: str) -> None:
    """The first turn stays; the reason is of the closed set; an error's own words are kept."""
    done = await held("Hello.", thing)
    assert [turn.text for turn in done.turns] == ["Hello."]
    assert done.stop_reason == reason
    assert reason in STOP_REASONS
    assert done.has_failed
    assert isinstance(thing, str) or str(thing) in (done.error or "")


async def test_a_truncated_reply_ends_the_conversation_unless_told_otherwise() -> None:
    """`finish_reason: length` keeps the turn and stops with max_tokens; on_truncation: continue goes on."""
    cut = Reply("and then I", finish_reason="length")
    ended = await held("Hello.", cut)
    went_on = await held("Hello.", cut, stop={"max_turns": 4, "on_truncation": "continue"})
    assert (len(ended.turns), ended.stop_reason) == (2, "max_tokens")
    assert (len(went_on.turns), went_on.stop_reason) == (4, "max_turns")


async def test_a_limit_spent_before_any_text_is_max_tokens_and_its_cost_is_kept() -> None:
    """A reasoning model that spends its limit on thinking: no turn, the right reason, and the bill in the meta."""
    done = await held("Hello.", Reply("", finish_reason="length", usage=Usage(11, 7), cost_usd=0.02))
    assert (len(done.turns), done.stop_reason) == (1, "max_tokens")
    assert "raise reply_max_tokens" in (done.error or "")
    assert done.meta["unused_reply"] == {"tokens": [11, 7], "cost_usd": 0.02, "finish_reason": "length"}
    totals = totals_of([done])
    assert (totals.completion_tokens, totals.cost_usd, totals.truncated_turns) == (7, 0.02, 1)


async def test_a_bug_in_a_backend_is_a_failed_conversation() -> None:
    """An exception that is not of the family ends one conversation, not the run."""
    done = await held("Hello.", ZeroDivisionError("oops"))
    assert (done.stop_reason, done.error, len(done.turns)) == ("backend_error", "ZeroDivisionError: oops", 1)


async def test_a_script_as_long_as_the_limit_ends_as_a_script() -> None:
    """The last line of the script and the last turn allowed are the same turn."""
    lines = [{"speaker": "support", "text": "Hello."}] * 3
    done = await held("Hi.", turns={"policy": "script", "lines": lines}, stop={"max_turns": 3})
    assert done.stop_reason == "script_end"


async def test_the_token_limit_of_a_conversation_is_kept() -> None:
    """Completion tokens 40 a turn under a limit of 100: the third turn passes it (120 >= 100)."""
    done = await held(Reply("Yes.", usage=Usage(10, 40)), stop={"max_turns": 9, "max_tokens": 100})
    assert (len(done.turns), done.stop_reason) == (3, "max_tokens")


async def test_a_script_ends_with_its_last_line() -> None:
    """Fixed and generated lines in order, then script_end."""
    lines = [{"speaker": "support", "text": "Hello."}, {"speaker": "customer"}]
    done = await held("Hi.", turns={"policy": "script", "lines": lines})
    assert [(turn.speaker, turn.text) for turn in done.turns] == [("support", "Hello."), ("customer", "Hi.")]
    assert done.stop_reason == "script_end"


async def test_what_was_measured_stands_in_the_turn() -> None:
    """Usage, cost, latency, attempts and settings not taken are recorded; a turn replies to the one before."""
    reply = Reply(
        "customer: Hi.",
        usage=Usage(12, 3),
        cost_usd=0.01,
        latency_s=0.5,
        attempts=3,
        not_taken=("seed",),
        meta={"k": 1},
    )
    done = await held(reply, stop={"max_turns": 2})
    first, second = done.turns
    assert (first.text, first.usage, first.cost_usd, first.latency_s) == ("Hi.", Usage(12, 3), 0.01, 0.5)
    assert (first.attempts, first.meta, first.cached) == (3, {"k": 1, "not_taken": ["seed"]}, None)
    assert (second.reply_to, second.to) == (0, ("customer",))


async def test_every_request_has_its_own_seed_and_models_share_it() -> None:
    """Seeds differ by turn and repeat but not by model, so that providers are compared pairwise."""
    seeds = {}
    for model, repeat in (("test/a", 0), ("test/b", 0), ("test/a", 1)):
        backend = Saying("Hello.", model=model)
        await hold_conversation(cell(model=model, repeat=repeat), {model: backend})
        seeds[model, repeat] = [request.seed for request in backend.requests]
    assert len(set(seeds["test/a", 0])) == 6
    assert seeds["test/a", 0] == seeds["test/b", 0]
    assert not set(seeds["test/a", 0]) & set(seeds["test/a", 1])


async def test_cancellation_passes_through() -> None:
    """A cancelled conversation is not turned into a finished one."""

    class Hanging(Saying):
        async def reply(self, request: object) -> Reply:
            await asyncio.sleep(60)
            raise AssertionError

    task = asyncio.create_task(hold_conversation(cell(), {"test/saying": Hanging("x")}))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_transcript_says_where_it_comes_from() -> None:
    """Scenario with content hash, repeat, seed, model of each participant, task and reference."""
    of = scenario(reference="service")
    done = await hold_conversation(cell(of, repeat=3), {"test/saying": Saying("Hello. [DONE]")})
    assert done.id == "refund:test/saying:r3"
    assert done.scenario is not None
    assert (done.scenario.id, done.scenario.hash, done.scenario.reference) == ("refund", of.content_hash, "service")
    assert (done.repeat, done.kind, [p.model for p in done.participants]) == (3, "llm", ["test/saying"] * 2)
