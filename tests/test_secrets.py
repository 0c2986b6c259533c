"""Keys planted in the environment are in no file of a run and in no message, whatever servers echo."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from openai_server import Answer, Call, OpenAIServer, openai_server, says

PLANTED: Mapping[str, str] = {
    "OPENAI_API_KEY": "sk-planted-openai-0123456789",
    "ANTHROPIC_API_KEY": "sk-ant-planted-0123456789",
    "AWS_SECRET_ACCESS_KEY": "planted/aws+0123456789",
    "AWS_SESSION_TOKEN": "planted-session-0123456789",
    "HF_TOKEN": "hf_planted0123456789",
    "AZURE_API_KEY": "planted-azure-0123456789",
}
SCENARIO = """\
schema: simstress/scenario@1
id: keys
agents:
  - {name: Ana, role: customer}
  - {name: Ben, role: clerk}
task: Order a coffee.
stop: {max_turns: 4}
"""


def _echoed(call: Call) -> str:
    return " ".join([call.headers.get("authorization", ""), *PLANTED.values()])


def in_the_reply(call: Call) -> Answer:
    """A completion whose text repeats every key."""
    return says(f"I see your header {_echoed(call)} and would like a coffee.")


def in_the_finish_reason(call: Call) -> Answer:
    """A completion whose other fields repeat the key."""
    return says("A coffee, please, and thank you.", finish_reason=_echoed(call))


def in_a_401(call: Call) -> Answer:
    """A message as OpenAI writes it."""
    return Answer({"error": {"message": f"Incorrect API key provided: {_echoed(call)}", "code": _echoed(call)}}, 401)


def in_a_500(call: Call) -> Answer:
    """A page of some proxy with the whole request."""
    return Answer(f"<html>{dict(call.headers)}{_echoed(call)}</html>", 500, {"x-echo": _echoed(call)}, "text/html")


def in_broken_json(call: Call) -> Answer:
    """Status 200, half an object, the key inside."""
    return Answer('{"id": "' + _echoed(call) + '", "choices": [{"mess')


def in_a_429(call: Call) -> Answer:
    """A limit, its headers full of keys."""
    echo = _echoed(call)
    return Answer({"error": {"message": echo}}, 429, {"retry-after": "0", "x-ratelimit-limit-requests": echo})


def as_a_refusal(call: Call) -> Answer:
    """The model declines and repeats the key."""
    return says(None, refusal=f"I cannot, {_echoed(call)}")


def told(folder: Path, *arguments: str) -> str:
    """Everything that a command says, on both streams, with every variable set that makes libraries talk."""
    talkative = {"SIMSTRESS_TRACEBACK": "1", "LITELLM_LOG": "DEBUG", "OPENAI_LOG": "debug", "DETAILED_DEBUG": "true"}
    command = [sys.executable, "-m", "simstress"]
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**os.environ, **PLANTED, **talkative},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def leaks(folder: Path, said: str) -> list[str]:
    """Where a key stands: "stream" or the file, with the variable."""
    places = {"stream": said.encode()} | {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    keys = {name: key.encode() for name, key in PLANTED.items()}
    return [f"{place}: {name}" for place, content in places.items() for name, key in keys.items() if key in content]


def run_against(server: OpenAIServer, folder: Path) -> str:
    """A run and its judging by a model, both against the server."""
    (folder / "keys.yaml").write_text(SCENARIO)
    (folder / "t.jsonl").write_text(
        '{"id":"a","source":"hand","kind":"llm","participants":[{"name":"A","role":"customer"},{"name":"B","role":"clerk"}],'
        '"turns":[{"speaker":"A","text":"A coffee, please."},{"speaker":"B","text":"Coming up, anything else?"}]}\n'
    )
    base = ("--max-attempts", "2")
    said = told(
        *(folder, "run", "keys.yaml", "--model", "openai/gpt-4o-mini", "--api-base", server.base_url, "--out", "run"),
        *("--judges", "truncation", "--cache", "cache", *base),
    )
    asked = ("--judges", "role_flip:llm", "--judge-model", "openai/gpt-4o-mini", "--judge-api-base", server.base_url)
    return said + told(folder, "judge", "t.jsonl", "--out", "judged", *asked, *base)


@pytest.mark.parametrize(
    "echo",
    [
        pytest.param(in_the_reply),
        pytest.param(in_a_401),
        pytest.param(in_a_500, marks=pytest.mark.campaign),
        pytest.param(in_broken_json, marks=pytest.mark.campaign),
        pytest.param(in_a_429, marks=pytest.mark.campaign),
        pytest.param(as_a_refusal, marks=pytest.mark.campaign),
        pytest.param(in_the_finish_reason, marks=pytest.mark.campaign),
    ],
    ids=lambda echo: echo.__name__,
)
def test_no_key_in_any_file_or_message(echo: object, tmp_path: Path) -> None:
    """The server was sent the key and repeats it; after run and judge it stands nowhere."""
    with openai_server(choose=echo) as server:  # type: ignore[arg-type]
        said = run_against(server, tmp_path)
        assert server.calls, said
        assert any(PLANTED["OPENAI_API_KEY"] in call.headers.get("authorization", "") for call in server.calls)
    assert (tmp_path / "run" / "transcripts.jsonl").exists(), said
    assert leaks(tmp_path, said) == []


def test_a_bearer_in_an_address_is_refused_without_repeating_it(tmp_path: Path) -> None:
    """--api-base with a key as user, password or query: one line, the key not in it, nothing written."""
    (tmp_path / "keys.yaml").write_text(SCENARIO)
    for address in ("https://bearer:hunter2secret@host/v1", "https://hunter2secret@host/v1"):
        said = told(tmp_path, "run", "keys.yaml", "--model", "openai/a", "--api-base", address, "--out", "run")
        assert "simstress: error" in said
        assert "hunter2secret" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["keys.yaml"]
