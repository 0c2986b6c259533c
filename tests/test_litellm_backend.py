"""The litellm backend through the real protocol: every good and bad answer of a server on loopback."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from litellm_parts import KEY, MESSAGES, planted_key  # noqa: F401 - a fixture of every test here
from openai_server import (
    Answer,
    OpenAIServer,
    context_too_long,
    fails,
    hangs,
    hangs_up,
    has_no_choice,
    is_broken_json,
    is_cut_off,
    is_filtered,
    is_html,
    lacks_choices,
    openai_server,
    rate_limited,
    refuses,
    says,
    trickles,
)

from sims.backends.backend import Allowance, Message, Reply, Request
from sims.backends.litellm_backend import LitellmBackend
from sims.errors import (
    AccountRejected,
    BackendError,
    CallRejected,
    CallTimedOut,
    ConnectionLost,
    MalformedReply,
    RateLimited,
    ReplyRefused,
    ServerFault,
)
from sims.retry import Retrying, RetryPolicy
from sims.transcript import Usage


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    """One server for the whole module; each test says what it plays."""
    with openai_server() as running:
        yield running


async def reply_of(server: OpenAIServer, *, model: str = "openai/test-model", timeout_s: float = 20.0) -> Reply:
    """The reply to MESSAGES of a backend that calls the server; its connections are closed."""
    backend = LitellmBackend(model, api_base=server.base_url, timeout_s=timeout_s)
    try:
        return await backend.reply(Request(MESSAGES))
    finally:
        await backend.aclose()


async def error_of(server: OpenAIServer, *, model: str = "openai/test-model", timeout_s: float = 20.0) -> BackendError:
    """The error that the server's answer becomes, after checks that hold for every one of them."""
    with pytest.raises(BackendError) as caught:
        await reply_of(server, model=model, timeout_s=timeout_s)
    assert str(caught.value).startswith(f"{model}: ")
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert len(server.calls) == 1, "litellm repeated the call by itself"
    return caught.value


async def test_a_normal_reply_is_read_whole(server: OpenAIServer) -> None:
    """Text, tokens (the server counts 11 and 7), finish reason and a measured latency; no price is known."""
    server.play(says("My flight was cancelled.", wait_s=0.2))
    reply = await reply_of(server)
    assert reply.text == "My flight was cancelled."
    assert (reply.usage, reply.finish_reason, reply.attempts) == (Usage(11, 7), "stop", 1)
    assert (reply.cost_usd, reply.not_taken, reply.cached) == (None, (), False)
    assert reply.latency_s is not None
    assert 0.2 <= reply.latency_s < 5


async def test_what_is_asked_reaches_the_server() -> None:
    """Messages, temperature, max_tokens, seed and the key arrive; nothing that was not asked does."""
    with openai_server() as server:
        backend = LitellmBackend("openai/test-model", api_base=server.base_url)
        await backend.reply(Request(MESSAGES, temperature=0.5, max_tokens=40, seed=7))
        await backend.reply(Request(MESSAGES))
        await backend.aclose()
    first, second = server.calls
    messages = [{"role": message.role, "content": message.content} for message in MESSAGES]
    assert second.body == {"model": "test-model", "messages": messages}
    assert first.body == {**second.body, "temperature": 0.5, "max_tokens": 40, "seed": 7}
    assert first.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("answer", "text", "finish_reason"),
    [
        (says(None), "", "stop"),
        (says(""), "", "stop"),
        (is_cut_off("I would like to"), "I would like to", "length"),
        (is_cut_off(""), "", "length"),
        (says("日本 🛫 \u202eabc"), "日本 🛫 \u202eabc", "stop"),
    ],
)
async def test_odd_texts_are_values(answer: Answer, text: str, finish_reason: str, server: OpenAIServer) -> None:
    """An empty text, null, a cut one and any script are replies, which the engine judges."""
    server.play(answer)
    reply = await reply_of(server)
    assert (reply.text, reply.finish_reason) == (text, finish_reason)


async def test_half_a_surrogate_pair_is_replaced_both_ways(server: OpenAIServer) -> None:
    """A text that no UTF-8 file can hold is mended (U+FFFD) before it is sent and when it arrives; pairs stay."""
    server.play(says("a \ud800 b 🛫"))
    backend = LitellmBackend("openai/test-model", api_base=server.base_url)
    reply = await backend.reply(Request((Message("user", "c \udfff d"),)))
    await backend.aclose()
    assert (reply.text, server.calls[0].last_message) == ("a \ufffd b 🛫", "c \ufffd d")


async def test_tokens_that_nobody_counted_are_missing(server: OpenAIServer) -> None:
    """A completion without usage has None, not (0, 0), and no cost, even of a model that has a price."""
    body = {"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi."}}]}
    server.play(Answer(body))
    reply = await reply_of(server, model="openai/gpt-4o-mini")
    assert (reply.text, reply.usage, reply.cost_usd) == ("Hi.", None, None)


async def test_cost_comes_from_the_price_list(server: OpenAIServer) -> None:
    """gpt-4o-mini costs 0.15 and 0.60 USD a million tokens: 11 * 0.15e-6 + 7 * 0.60e-6 = 5.85e-6 USD."""
    server.play(says("Hi."))
    reply = await reply_of(server, model="openai/gpt-4o-mini")
    assert reply.cost_usd == pytest.approx(5.85e-6)


async def test_a_local_model_of_a_famous_name_has_no_price(server: OpenAIServer) -> None:
    """hosted_vllm/gpt-4o-mini is not OpenAI's: cost is missing, not 0."""
    server.play(says("Hi."))
    assert (await reply_of(server, model="hosted_vllm/gpt-4o-mini")).cost_usd is None


@pytest.mark.parametrize("model", ["openai/test-model", "hosted_vllm/test-model"])
@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (rate_limited(), RateLimited, "Rate limit reached (HTTP 429)"),
        (fails(500), ServerFault, "The server had an error (HTTP 500)"),
        (fails(503), ServerFault, "HTTP 503"),
        (fails(529, "Overloaded"), ServerFault, "HTTP 529"),
        (Answer("<html>Bad gateway</html>", 502, media_type="text/html"), ServerFault, "HTTP 502"),
        (hangs_up(), ConnectionLost, "the connection failed"),
        (is_broken_json(), MalformedReply, "not a chat completion"),
        (is_html(), MalformedReply, "not a chat completion"),
        (Answer(""), MalformedReply, "not a chat completion"),
        (Answer([]), MalformedReply, "not a chat completion"),
        (Answer({"error": {"message": "upstream died"}}), MalformedReply, "upstream died"),
        (lacks_choices(), MalformedReply, "not a chat completion"),
        (has_no_choice(), MalformedReply, "no choices"),
        (Answer({"choices": [{"index": 0}]}), MalformedReply, "not a chat completion"),
        (
            Answer({"choices": [{"index": 0, "message": {"role": "assistant", "content": 5}}]}),
            MalformedReply,
            "not a chat",
        ),
        (says(None, finish_reason="tool_calls", tool_calls=[]), MalformedReply, "no text"),
        (fails(408, "Request timed out"), CallTimedOut, "HTTP 408"),
        (fails(400, "Unknown parameter"), CallRejected, "Unknown parameter (HTTP 400)"),
        (fails(401, "Incorrect API key provided"), AccountRejected, "the key was not accepted"),
        (fails(402, "Payment required"), AccountRejected, "HTTP 402"),
        (fails(403), CallRejected, "may not use this model"),
        (fails(404, "no such model"), CallRejected, "usually ends in /v1"),
        (fails(422), CallRejected, "HTTP 422"),
        (fails(429, "You exceeded your quota", code="insufficient_quota"), AccountRejected, "quota"),
        (context_too_long(), CallRejected, "maximum context length is 8192 tokens"),
        (is_filtered("I hate"), ReplyRefused, "content filter held the answer back: 'I hate'"),
        (fails(400, "Blocked", code="content_policy_violation"), ReplyRefused, "content filter refused the messages"),
        (fails(400, "The response was filtered", code="content_filter"), ReplyRefused, "filter refused the messages"),
        (refuses("I can't help with that."), ReplyRefused, "the model refused: I can't help with that."),
    ],
)
async def test_a_fault_becomes_the_right_error(
    answer: Answer, kind: type[BackendError], words: str, model: str, server: OpenAIServer
) -> None:
    """Each way a server can fail is the member of the family that says so, in the provider's words.

    Two models, since litellm has two ways to call: OpenAI's own library, and its handler for most others.
    """
    server.play(answer)
    error = await error_of(server, model=model)
    assert type(error) is kind
    assert words in str(error)


async def test_a_hang_lasts_as_long_as_was_asked(server: OpenAIServer) -> None:
    """A server that never answers costs timeout_s once, not three times."""
    started = time.monotonic()
    server.play(hangs())
    error = await error_of(server, timeout_s=0.5)
    assert type(error) is CallTimedOut
    assert "within 0.5 s" in str(error)
    assert 0.5 <= time.monotonic() - started < 2


async def test_a_trickle_of_bytes_does_not_stretch_the_timeout(server: OpenAIServer) -> None:
    """A server that sends a blank every 0.1 s never lets a read time out; the call ends all the same."""
    started = time.monotonic()
    server.play(trickles(0.1))
    error = await error_of(server, timeout_s=0.5)
    assert type(error) is CallTimedOut
    assert time.monotonic() - started < 2


async def test_a_request_may_bring_its_own_timeout() -> None:
    """Request.timeout_s goes before the backend's."""
    with openai_server(hangs()) as server:
        backend = LitellmBackend("openai/test-model", api_base=server.base_url, timeout_s=20.0)
        with pytest.raises(CallTimedOut, match=r"within 0\.2 s"):
            await backend.reply(Request(MESSAGES, timeout_s=0.2))
        await backend.aclose()


async def test_a_server_that_is_not_there_is_a_lost_connection() -> None:
    """A refused connection is ConnectionLost, and names the address."""
    with openai_server() as server:
        base_url = server.base_url
    backend = LitellmBackend("openai/test-model", api_base=base_url)
    with pytest.raises(ConnectionLost, match=r"127\.0\.0\.1"):
        await backend.reply(Request(MESSAGES))
    await backend.aclose()


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_timeout_is_refused(timeout_s: float) -> None:
    """A timeout that is not a positive number is an error that names it."""
    with pytest.raises(ValueError, match=str(timeout_s)):
        LitellmBackend("openai/test-model", timeout_s=timeout_s)


async def test_cancelling_passes_through() -> None:
    """A cancelled call is cancelled, at once, and is no error of the family."""
    with openai_server(hangs()) as server:
        backend = LitellmBackend("openai/test-model", api_base=server.base_url)
        await backend.validate()
        task = asyncio.create_task(backend.reply(Request(MESSAGES)))
        while not server.calls:  # noqa: ASYNC110 - the event would be in the server's thread
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await backend.aclose()


@pytest.mark.parametrize(("status", "family"), [(429, RateLimited), (503, ServerFault)])
async def test_retry_after_travels_with_the_error(
    server: OpenAIServer, status: int, family: type[BackendError]
) -> None:
    """The header that the server sent with 429 or 503 is on the error, as seconds."""
    server.play(replace(fails(status), headers={"retry-after": "7"}))
    error = await error_of(server)
    assert isinstance(error, family)
    assert error.retry_after_s == 7.0


@pytest.mark.parametrize("model", ["openai/test-model", "hosted_vllm/test-model"])
async def test_a_reply_tells_what_the_provider_still_gives(server: OpenAIServer, model: str) -> None:
    """The rate limit headers of an answer reach the reply, through litellm; an answer without any tells nothing."""
    requests = {"limit": "500", "remaining": "499", "reset": "120ms"}
    headers = {f"x-ratelimit-{part}-requests": value for part, value in requests.items()}
    server.play(replace(says("Hi."), headers=headers), says("Hi."))
    assert (await reply_of(server, model=model)).allowances == (Allowance("requests", 499, 500, 0.12),)
    assert (await reply_of(server, model=model)).allowances == ()


async def test_retries_mend_what_passes() -> None:
    """429 (wait 0), 500, a dropped connection and broken JSON, then a reply: five calls, five attempts."""
    script = (rate_limited(retry_after="0"), fails(500), hangs_up(), is_broken_json(), says("At last."))
    with openai_server(*script) as server:
        backend = LitellmBackend("openai/test-model", api_base=server.base_url)
        retrying = Retrying(backend, policy=RetryPolicy(first_wait_s=0.01))
        reply = await retrying.reply(Request(MESSAGES))
        await retrying.aclose()
    assert (reply.text, reply.attempts, len(server.calls)) == ("At last.", 5, 5)


async def test_many_calls_at_once_are_answered_each_with_its_own() -> None:
    """200 calls, 50 in flight: every reply belongs to its question."""
    limit = asyncio.Semaphore(50)
    with openai_server(choose=lambda call: says(f"echo {call.last_message}")) as server:
        backend = LitellmBackend("openai/test-model", api_base=server.base_url)

        async def ask(number: int) -> str:
            async with limit:
                return (await backend.reply(Request((Message("user", str(number)),)))).text

        texts = await asyncio.gather(*(ask(number) for number in range(200)))
        await backend.aclose()
    assert texts == [f"echo {number}" for number in range(200)]


async def test_closing_one_backend_leaves_the_other_working() -> None:
    """litellm's connections are shared; whoever calls after a close gets new ones."""
    with openai_server() as server:
        first = LitellmBackend("openai/test-model", api_base=server.base_url)
        second = LitellmBackend("openai/test-model", api_base=server.base_url)
        await first.reply(Request(MESSAGES))
        await first.aclose()
        assert (await second.reply(Request(MESSAGES))).text == "Hello."
        await second.aclose()


def test_one_backend_serves_one_event_loop_after_another() -> None:
    """A backend that outlives its event loop works in the next."""
    with openai_server() as server:
        backend = LitellmBackend("openai/test-model", api_base=server.base_url)

        async def ask() -> str:
            try:
                return (await backend.reply(Request(MESSAGES))).text
            finally:
                await backend.aclose()

        assert [asyncio.run(ask()), asyncio.run(ask())] == ["Hello.", "Hello."]


async def test_a_key_that_a_server_echoes_is_blotted_out(monkeypatch: pytest.MonkeyPatch, server: OpenAIServer) -> None:
    """A server that repeats the key, and a password in the address, do not bring them into the message."""
    monkeypatch.setenv("SOME_PASSWORD", "hunter2-hunter2")
    server.play(fails(401, f"Incorrect API key provided: {KEY}, hunter2-hunter2, http://me:pw@host/"))
    error = await error_of(server)
    assert "provided: [secret], [secret], http://host/" in str(error)


async def test_a_stack_trace_of_litellm_stays_out(server: OpenAIServer) -> None:
    """An answer that litellm trips over is told without the paths of this machine."""
    server.play(Answer({"choices": [{"index": 0}]}))
    error = await error_of(server)
    assert ".py" not in str(error)
    assert "Traceback" not in str(error)


async def test_a_long_or_wild_message_stays_on_one_line(server: OpenAIServer) -> None:
    """Line breaks and escape sequences are taken out, and 10,000 characters cut."""
    server.play(fails(500, "\x1b[31mred\x1b[0m\n\n" + "x" * 10_000))
    error = await error_of(server)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 400


def test_nothing_is_imported_or_printed_before_it_is_needed() -> None:
    """Neither the module nor the constructor imports litellm; a failing call prints nothing on the terminal."""
    code = """
import asyncio, sys
from sims.backends.backend import Message, Request
from sims.backends.litellm_backend import LitellmBackend
from sims.errors import ServerFault
backend = LitellmBackend("openai/test-model", api_base=sys.argv[1])
assert "litellm" not in sys.modules and "httpx" not in sys.modules
async def main():
    ticks = 0
    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1
    ticking = asyncio.create_task(tick())
    try:
        await backend.reply(Request((Message("user", "hello"),)))
    except ServerFault:
        pass
    assert ticks > 20, f"the import held the event loop up: {ticks} ticks"
    ticking.cancel()
asyncio.run(main())
assert "litellm" in sys.modules
"""
    with openai_server(fails(500)) as server:
        run = subprocess.run([sys.executable, "-c", code, server.base_url], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
