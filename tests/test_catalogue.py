"""Model strings open the right backend, and wrong ones teach how to write them."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.backends.catalogue import address_of, offline_models, open_backend
from sims.backends.offline_actor import Dials, OfflineActor
from sims.backends.script import ScriptBackend
from sims.errors import SimstressError, UnknownNameError, UsageError


def test_dials_are_read_from_the_model_string() -> None:
    """Each dial is a number; those left out are 0; the model is recorded as the user wrote it."""
    written = "offline/actor?role_flip=0.1&metaphor=.5"
    backend = open_backend(written)
    assert isinstance(backend, OfflineActor)
    assert backend.dials == Dials(role_flip=0.1, metaphor=0.5)
    assert backend.model == written
    assert open_backend("offline/actor").model == "offline/actor"


def test_paths_are_taken_as_they_stand(tmp_path: Path) -> None:
    """A plus and a blank in a path mean themselves; "%26" stands for an ampersand."""
    path = tmp_path / "a+b c&d.json"
    path.write_text(json.dumps(["hi"]), encoding="utf-8")
    backend = open_backend(f"offline/script?file={path}".replace("&", "%26"))
    assert isinstance(backend, ScriptBackend)


def test_offline_models_are_listed_as_one_writes_them() -> None:
    """Every offline backend is there, and the actor's line opens as it stands."""
    assert [model.partition("?")[0] for model in offline_models()] == ["offline/actor", "offline/script", "replay"]
    assert open_backend(offline_models()[0]).model == offline_models()[0]


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        ("gpt-4o", UsageError, "for example openai/gpt-4o"),
        ("", UsageError, "for example openai/gpt-4o-mini"),
        ("/x", UsageError, "names no provider"),
        ("openai/", UsageError, "names no provider"),
        ("actor", UsageError, "did you mean 'offline/actor'"),
        ("replay/x", UsageError, "LitellmBackend"),
        ("offline", UnknownNameError, "offline/actor"),
        ("offline/acter", UnknownNameError, "did you mean 'offline/actor'"),
        ("offline/actor?rolflip=0.1", UnknownNameError, "did you mean 'role_flip'"),
        ("offline/actor?role_flip", UsageError, "has no value"),
        ("offline/actor?role_flip=", UsageError, "has no value"),
        ("offline/actor?role_flip=0.1&role_flip=0.2", UsageError, "given twice"),
        ("offline/actor?role_flip=much", UsageError, "not a number"),
        ("offline/actor?role_flip=1.5", UsageError, r"outside \[0, 1\]"),
        ("offline/actor?role_flip=nan", UsageError, r"outside \[0, 1\]"),
        ("offline/script", UsageError, "lacks file="),
        ("offline/script?file=no-such-file.json", UsageError, "no such file"),
        ("replay", UsageError, "lacks run="),
        ("replay?run=no-such-folder", UsageError, r"holds no transcripts\.jsonl"),
    ],
)
def test_wrong_model_strings_teach(model: str, error: type[SimstressError], message: str) -> None:
    """Each mistake gets one line that says what to write instead."""
    if message == "LitellmBackend":
        assert type(open_backend(model)).__name__ == message
        return
    with pytest.raises(error, match=message):
        open_backend(model)


@given(st.text(max_size=40))
def test_no_string_breaks_the_offline_backends(text: str) -> None:
    """Whatever follows the name, the answer is a backend or an error of ours."""
    for start in ("offline/actor?", "offline/", "offline/actor?role_flip=", "replay?"):
        with contextlib.suppress(UsageError):
            assert open_backend(start + text).model == (start + text).strip()


def test_provider_models_load_litellm_backend_without_litellm() -> None:
    """Opening a provider's model imports our module for it but not litellm itself; offline models neither."""
    code = (
        "import sys; from sims.backends.catalogue import open_backend; open_backend('offline/actor')\n"
        "assert 'sims.backends.litellm_backend' not in sys.modules\n"
        "backend = open_backend('openai/gpt-4o-mini', api_base='http://localhost:1/v1', timeout_s=5)\n"
        "assert backend.model == 'openai/gpt-4o-mini'; assert 'litellm' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, None),
        ({"OPENAI_API_BASE": "http://a:1/v1"}, "http://a:1/v1"),
        ({"OPENAI_BASE_URL": "http://b:1/v1", "OPENAI_API_BASE": "http://a:1/v1"}, "http://b:1/v1"),
        ({"OPENAI_BASE_URL": "https://me:secret@c/v1?key=secret"}, "https://c/v1"),
        ({"MISTRAL_API_BASE": "http://a:1/v1"}, None),
    ],
)
def test_where_a_provider_is_called(
    environment: dict[str, str], address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the option says, else where the provider's variable does, without the secrets in it; else its own place."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert address_of("openai/gpt-4o-mini", None) == address
    assert address_of(" openai/gpt-4o-mini", "http://given/v1") == "http://given/v1"


def test_a_provider_with_a_dash_in_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its variable has an underscore there."""
    monkeypatch.setenv("LM_STUDIO_API_BASE", "http://a:1/v1")
    assert address_of("lm-studio/mine", None) == address_of("lm_studio/mine", None) == "http://a:1/v1"
