"""From a model string to the backend that answers for it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit, urlunsplit

from sims.backends.backend import Backend
from sims.backends.offline_actor import Dials, OfflineActor
from sims.backends.replay import ReplayBackend
from sims.backends.script import ScriptBackend
from sims.errors import UnknownNameError, UsageError, nearest

_USES = MappingProxyType(
    {
        "offline/actor": "offline/actor?role_flip=0.1&digression=0.05&formality=0.05&metaphor=0.05&sensitivity=0.4",
        "offline/script": "offline/script?file=LINES.json",
        "replay": "replay?run=RUN_FOLDER&model=RECORDED_MODEL",
    }
)


def offline_models() -> tuple[str, ...]:
    """How the backends that need no provider are written, each with all its settings."""
    return tuple(_USES.values())


def open_backend(model: str, *, api_base: str | None = None, timeout_s: float = 60.0) -> Backend:
    """The backend for a model string: `offline/...`, `replay?run=...`, or `provider/model` through litellm.

    Settings follow a "?" as `name=value`, joined by "&"; "%26" stands for an "&" inside a value. `api_base` and
    `timeout_s` concern providers only.

    Raises:
        UsageError: the string names no provider, a setting is missing, doubled or out of range, or a file is not there.
        UnknownNameError: there is no such offline backend or setting; offers the nearest.
    """
    name, _, settings = model.strip().partition("?")
    if name in _OPENERS:
        return _OPENERS[name](model.strip(), settings)
    if name == "offline" or name.startswith("offline/"):
        raise UnknownNameError("offline backend", name, _USES)
    _check_provider(model)
    from sims.backends.litellm_backend import LitellmBackend

    return LitellmBackend(model.strip(), api_base=api_base, timeout_s=timeout_s)


def _check_provider(model: str) -> None:
    provider, _, rest = model.strip().partition("/")
    if provider and rest:
        return
    guess = nearest(provider, ["actor", "script", *_USES])
    hint = f" (or did you mean {_full_name(guess)!r}?)" if guess else ""
    example = "openai/" + (provider or "gpt-4o-mini")
    raise UsageError(
        f"model {model!r} names no provider: write it as provider/model, for example {example}{hint}."
        f" Without a provider there are: {'; '.join(offline_models())}"
    )


def _full_name(guess: str) -> str:
    return f"offline/{guess}" if guess in ("actor", "script") else guess


def _open_actor(model: str, settings: str) -> Backend:
    names = [dial.name for dial in fields(Dials)]
    given = _settings(model, settings, names)
    return OfflineActor(Dials(**{name: _share(model, name, value) for name, value in given.items()}), model=model)


def _open_script(model: str, settings: str) -> Backend:
    given = _settings(model, settings, ["file"])
    return ScriptBackend.from_file(Path(_needed(model, given, "file")).expanduser(), model=model)


def _open_replay(model: str, settings: str) -> Backend:
    given = _settings(model, settings, ["run", "model"])
    run_dir = Path(_needed(model, given, "run")).expanduser()
    return ReplayBackend.from_run(run_dir, recorded_model=given.get("model"), model=model)


_OPENERS: Mapping[str, Callable[[str, str], Backend]] = MappingProxyType(
    {"offline/actor": _open_actor, "offline/script": _open_script, "replay": _open_replay}
)


def _settings(model: str, settings: str, allowed: Collection[str]) -> dict[str, str]:
    """The settings after the "?", each known and given once."""
    given: dict[str, str] = {}
    for part in settings.split("&") if settings else []:
        name, equals, value = part.partition("=")
        if name not in allowed:
            raise UnknownNameError(f"setting of {model.partition('?')[0]}", name, allowed)
        if not equals or not value:
            raise UsageError(f"model {model!r}: the setting {name!r} has no value; write {name}=...")
        if name in given:
            raise UsageError(f"model {model!r}: the setting {name!r} is given twice")
        given[name] = unquote(value)
    return given


def _needed(model: str, given: Mapping[str, str], name: str) -> str:
    if name not in given:
        raise UsageError(f"model {model!r} lacks {name}=...; write it as {_USES[model.partition('?')[0]]}")
    return given[name]


def _share(model: str, name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise UsageError(f"model {model!r}: {name}={value!r} is not a number in [0, 1], such as 0.1") from None


def token_prices_usd(model: str) -> tuple[float, float] | None:
    """The price of a prompt token and of a completion token of a provider's model; None where it is not known."""
    from sims.backends.litellm_backend import token_prices_usd as known_prices_usd

    return known_prices_usd(model)


def check_api_base(api_base: str | None) -> str | None:
    """The address as it was given, when it can be written into a manifest and called.

    Raises:
        UsageError: it is no http address, or it carries a user, a password or a query, which belong in the environment.
    """
    if api_base is None:
        return None
    parts = urlsplit(api_base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"--api-base {parts.hostname or parts.path!r}: expected http://HOST:PORT/v1 or https://HOST/v1"
        )
    if parts.username or parts.password or parts.query:
        raise UsageError("--api-base: no user, password or query may stand in it; put the key into the environment")
    return api_base


def address_of(model: str, api_base: str | None) -> str | None:
    """Where a provider's model is called: the address given, else that in the provider's environment variable.

    None stands for the provider's own address. What may be a secret there (user, password, query) is left out. Blind
    spot: variables of other names than `PROVIDER_BASE_URL` and `PROVIDER_API_BASE`.
    """
    if api_base is not None:
        return api_base
    provider = re.sub(r"\W", "_", model.strip().partition("/")[0]).upper()
    named = next(filter(None, (os.environ.get(provider + end) for end in ("_BASE_URL", "_API_BASE"))), None)
    return None if named is None else _without_secrets(named)


def _without_secrets(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
