"""Remembered replies: what is found again, what never is, and what happens to a bad folder."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import lmdb
import pytest
from builders import Saying, cell

from sims.backends.backend import Message, Reply, Request
from sims.cache import Cached, ReplyCache, request_key
from sims.cache_contents import clear, contents_of
from sims.errors import OutputError, ReplyRefused, ServerFault, UsageError
from sims.prompt import scene_for
from sims.transcript import Usage

MODEL = "openai/gpt-4o-mini"
PAID = Reply("Hello.", usage=Usage(11, 7), cost_usd=0.002, latency_s=0.5, attempts=2, not_taken=("seed",))


def request(*, repeat: int = 0, **more: object) -> Request:
    """A call of the customer in that repeat."""
    one = cell(repeat=repeat)
    scene = scene_for(one.scenario, one.scenario.agents[0], [], conversation=one.id, repeat=repeat)
    plain = Request((Message("system", "You are Mia."), Message("user", "Hello?")), seed=1, scene=scene)
    return replace(plain, **more)  # type: ignore[arg-type]


def ask(backend: Cached, *requests: Request) -> list[Reply]:
    """The replies to the requests, one after the other."""

    async def replies() -> list[Reply]:
        return [await backend.reply(one) for one in requests]

    return asyncio.run(replies())


def test_a_reply_is_found_again_and_costs_nothing(tmp_path: Path) -> None:
    """The second of two equal questions calls nobody: 0 USD, 0 attempts, no latency, and 0.002 USD are saved."""
    said = Saying(PAID, model=MODEL)
    first, again = ask(Cached(said, ReplyCache(tmp_path)), request(), request())
    assert first == PAID
    assert len(said.requests) == 1
    assert again == replace(PAID, cost_usd=0.0, latency_s=None, attempts=0, cached=True, meta={"saved_usd": 0.002})


@pytest.mark.parametrize(
    "other",
    [
        request(repeat=1),
        request(scene=None),
        request(temperature=0.0),
        request(max_tokens=5),
        request(seed=2),
        request(seed=None),
        request(messages=(Message("system", "You are Mia."), Message("user", "Hello"))),
        request(messages=(Message("user", "You are Mia."), Message("user", "Hello?"))),
    ],
)
def test_another_question_is_another_entry(other: Request) -> None:
    """Another repeat, none, temperature, limit, seed, words or roles: none reads what the first was told."""
    assert request_key(MODEL, other) != request_key(MODEL, request())


def test_another_model_or_server_is_another_entry() -> None:
    """The same name on one's own server is another model."""
    keys = {request_key(*key) for key in ((MODEL, request()), ("openai/gpt-4o", request()))}
    assert len(keys | {request_key(MODEL, request(), api_base="http://127.0.0.1:1/v1")}) == 3
    assert request_key(MODEL, request()) == request_key(MODEL, request(timeout_s=3.0))


def test_equal_questions_at_once_make_one_call(tmp_path: Path) -> None:
    """Twenty arms that begin alike wait for the first: they begin with the same words, paid for once."""

    class Slow(Saying):
        async def reply(self, request: Request) -> Reply:
            await asyncio.sleep(0.01)
            return await super().reply(request)

    said = Slow("one", "two", model=MODEL)
    backend = Cached(said, ReplyCache(tmp_path))

    async def all_at_once() -> list[Reply]:
        return await asyncio.gather(*(backend.reply(request()) for _ in range(20)))

    assert [reply.text for reply in asyncio.run(all_at_once())] == ["one"] * 20
    assert len(said.requests) == 1


def test_a_refusal_is_an_answer_and_a_failure_is_none(tmp_path: Path) -> None:
    """A refusal comes again, for nothing; after a failed call the model is asked again."""
    refusal = ReplyRefused("I'd rather not.")
    refusal.usage, refusal.cost_usd = Usage(11, 2), 0.001
    said = Saying(ServerFault("500"), refusal, model=MODEL)
    backend = Cached(said, ReplyCache(tmp_path))
    with pytest.raises(ServerFault):
        ask(backend, request())
    caught = []
    for _ in range(2):
        with pytest.raises(ReplyRefused, match="rather not") as refused:
            ask(backend, request())
        caught.append((refused.value.cost_usd, refused.value.usage, refused.value.attempts))
    assert caught == [(0.001, Usage(11, 2), 1), (0.0, Usage(11, 2), 0)]
    assert len(said.requests) == 2


def test_empty_and_cut_off_replies_are_answers(tmp_path: Path) -> None:
    """Both come again as they were."""
    said = Saying(Reply("", "length"), Reply("Half a", "length"), model=MODEL)
    backend = Cached(said, ReplyCache(tmp_path))
    replies = ask(backend, request(), request(), request(seed=2), request(seed=2))
    assert [(one.text, one.finish_reason) for one in replies] == [("", "length")] * 2 + [("Half a", "length")] * 2


@pytest.mark.parametrize("value", [b"\xff", b"{}", b"[]", b'{"schema":"simstress/remembered@2"}', b"[" * 100_000])
def test_a_damaged_entry_or_one_of_another_version_is_asked_for_again(value: bytes, tmp_path: Path) -> None:
    """It is a miss; the new answer takes its place."""
    cache = ReplyCache(tmp_path)
    cache.store.put(request_key(MODEL, request()), value)
    assert contents_of(tmp_path).unreadable == 1
    replies = ask(Cached(Saying("new", model=MODEL), cache), request(), request())
    assert [(one.text, one.cached) for one in replies] == [("new", False), ("new", True)]
    assert contents_of(tmp_path).unreadable == 0


def test_the_folder_grows_without_losing_anything(tmp_path: Path) -> None:
    """40 MB of replies in a folder that begins with room for 16 MB."""
    cache = ReplyCache(tmp_path)
    text = "x" * 1_000_000
    said = Saying(*(f"{number}{text}" for number in range(40)), model=MODEL)
    requests = [request(seed=seed) for seed in range(40)]
    backend = Cached(said, cache)
    ask(backend, *requests)
    again = ask(backend, *requests)
    assert [one.text[:-1_000_000] for one in again] == [str(number) for number in range(40)]
    assert all(one.cached for one in again)
    assert contents_of(tmp_path).models[0].bytes > 40_000_000


WRITER = """
import sys
from sims.reply_store import open_store
store = open_store(sys.argv[1])
for number in range(60):
    store.put(f"{sys.argv[2]}-{number}".encode(), b"x" * 500_000)
    store.get(f"{1 - int(sys.argv[2])}-{number}".encode())
"""


def test_two_processes_share_a_folder(tmp_path: Path) -> None:
    """Each writes 30 MB, so that both grow the folder under the other's feet; all 120 entries are there."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "cache")]
    ReplyCache(tmp_path / "cache")
    writers = [subprocess.Popen([*command, str(number)], stderr=subprocess.PIPE) for number in range(2)]
    assert [writer.communicate(timeout=60)[1] for writer in writers] == [b"", b""]
    store = ReplyCache(tmp_path / "cache").store
    assert sorted(key.decode() for key, _ in store.items()) == sorted(f"{a}-{b}" for a in range(2) for b in range(60))


def test_a_full_disk_is_said_once_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What LMDB raises when the disk is full; what was remembered before is still read."""
    cache = ReplyCache(tmp_path)
    backend = Cached(Saying("a", "b", "c", model=MODEL), cache)
    ask(backend, request())

    def full(*arguments: object, write: bool = False) -> object:
        if write:
            raise lmdb.DiskError("mdb_txn_commit: No space left on device", errno.ENOSPC)
        return real(write=write)

    real = cache.store._begun
    monkeypatch.setattr(cache.store, "_begun", full)
    with caplog.at_level(logging.WARNING):
        replies = ask(backend, request(seed=2), request(seed=2), request())
    assert [one.text for one in replies] == ["b", "c", "a"]
    (record,) = caplog.records
    assert "No space left" in record.getMessage()
    assert "goes on without remembering" in record.getMessage()


def test_a_file_cut_short_does_not_kill_the_process(tmp_path: Path) -> None:
    """Reading past the end of a mapped file is a bus error; here it is a miss, or one clear line."""
    child = """
import sys
from sims.reply_store import StoreFault, open_store
from sims.errors import SimstressError
try:
    print(sum(1 for _ in open_store(sys.argv[1]).items()))
except (StoreFault, SimstressError) as fault:
    print("told")
"""
    fill = "import sys; from sims.reply_store import open_store; s = open_store(sys.argv[1])\n"
    fill += "for n in range(200): s.put(str(n).encode(), b'x' * 3000)"
    subprocess.run([sys.executable, "-c", fill, str(tmp_path)], check=True)
    file = tmp_path / "data.mdb"
    whole = file.read_bytes()
    for share in (0.9, 0.5, 0.1):
        file.write_bytes(whole[: int(len(whole) * share)])
        done = subprocess.run([sys.executable, "-c", child, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done
        assert done.stdout.strip() == "told" or int(done.stdout) < 200


def test_no_cache_where_something_else_is(tmp_path: Path) -> None:
    """A folder of other files, another program's database, garbage and a file are left as they are."""
    other = tmp_path / "other"
    with lmdb.Environment(str(other)) as environment, environment.begin(write=True) as transaction:
        transaction.put(b"mine", b"1")
    full, garbage, file = tmp_path / "full", tmp_path / "garbage", tmp_path / "file"
    full.mkdir()
    (full / "notes.txt").write_text("mine")
    garbage.mkdir()
    (garbage / "data.mdb").write_bytes(b"\x00garbage" * 4000)
    file.write_text("mine")
    for path in (other, full, garbage, file):
        with pytest.raises(UsageError, match=path.name):
            ReplyCache(path)
        with pytest.raises(UsageError):
            clear(path)
    with pytest.raises(UsageError, match="no cache of replies here"):
        contents_of(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    assert [path.name for path in full.iterdir()] == ["notes.txt"]


def test_a_place_that_cannot_be_written_is_one_line() -> None:
    """Before anything is spent."""
    with pytest.raises(OutputError, match="--cache another folder"):
        ReplyCache("/proc/no-such-place/cache")


def test_neither_words_of_the_prompt_nor_keys_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what was asked only a hash is there; no key of a provider either."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-0123456789")
    ask(Cached(Saying(PAID, model=MODEL), ReplyCache(tmp_path)), request())
    content = (tmp_path / "data.mdb").read_bytes()
    assert b"Hello." in content
    assert b"You are Mia" not in content
    assert b"sk-planted" not in content


def test_lone_surrogates_and_huge_texts_are_remembered(tmp_path: Path) -> None:
    """As the backend gave them."""
    odd = "\ud800 \u202e " + "x" * 2_000_000
    (_, again) = ask(Cached(Saying(odd, model=MODEL), ReplyCache(tmp_path)), *[request()] * 2)
    assert (again.text, again.cached) == (odd, True)


def test_clearing_by_model_and_by_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models, each with a reply of ten days ago and one of today: 1 and then 1 and then 2 are forgotten."""
    cache = ReplyCache(tmp_path)
    now = 1_700_000_000.0
    for age_days, seed in ((10, 1), (0, 2)):
        monkeypatch.setattr("sims.cache.time.time", lambda age=age_days: now - age * 86_400)
        for model in ("a/x", "a/y"):
            ask(Cached(Saying(PAID, model=model), cache), request(seed=seed))
    monkeypatch.setattr("sims.cache.time.time", lambda: now)
    found = contents_of(tmp_path)
    assert [(one.model, one.replies, one.newest_s - one.oldest_s, one.cost_usd) for one in found.models] == [
        ("a/x", 2, 864_000, 0.004),
        ("a/y", 2, 864_000, 0.004),
    ]
    with pytest.raises(UsageError, match="did you mean 'a/x'"):
        clear(tmp_path, model="a/xx")
    assert clear(tmp_path, model="a/x", older_than_days=9) == 1
    assert clear(tmp_path, older_than_days=9) == 1
    assert clear(tmp_path) == 2
    assert contents_of(tmp_path).models == ()
    assert json.dumps(found.unreadable) == "0"
