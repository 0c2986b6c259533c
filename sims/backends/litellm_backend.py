"""Replies from any provider that litellm reaches: the one module that imports it.

litellm takes seconds to import, so nothing here imports it before the first reply is asked for.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import math
import os
import time
import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sims.backends.backend import Reply, Request
from sims.backends.litellm_errors import one_line, translated, without_secrets
from sims.backends.rate_limit_headers import allowances
from sims.errors import (
    CallRejected,
    MalformedReply,
    ReplyRefused,
    nearest,
)
from sims.transcript import Usage

_EXAMPLES = "openai/gpt-4o-mini, anthropic/claude-3-5-haiku-latest, ollama/llama3.2, hosted_vllm/NAME"
_ENDS_OF_TEXT = ("stop", "length")
_SETTINGS = ("temperature", "max_tokens", "seed")
_KEYS = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
}
"""The providers that litellm does not call without a key; for the others, only their server can tell."""


@dataclass(frozen=True, slots=True)
class _Provider:
    """What litellm knows of a model without asking anybody: which settings it takes, and whether it has a price."""

    takes: frozenset[str]
    is_priced: bool


class LitellmBackend:
    """A model behind litellm's `provider/model` names, such as `openai/gpt-4o-mini`.

    `api_base` is the address of the server, where it is not the provider's own. `timeout_s` bounds each call that
    brings no limit of its own. Makes one call a reply: repeating is the business of `sims.retry`.

    `Reply.cost_usd` comes from litellm's price list as installed, and is None for a model that is not on it;
    `usage` is None when the provider counted nothing. Blind spot: a server that takes `seed` and ignores it is not
    found out; `not_taken` names what litellm knows the provider does not take, and that is then not sent.

    Raises:
        ValueError: `timeout_s` is not a positive number.
    """

    def __init__(self, model: str, *, api_base: str | None = None, timeout_s: float = 60.0) -> None:
        if not (math.isfinite(timeout_s) and timeout_s > 0):
            raise ValueError(f"timeout_s is {timeout_s}; a call needs a positive number of seconds")
        self.model, self.api_base, self.timeout_s = model, api_base, timeout_s
        self._provider: _Provider | None = None

    async def validate(self) -> None:
        """Return when the model string names a provider and its key is there; calls nobody.

        Raises:
            CallRejected: no call to this model can succeed.
        """
        if self._provider is None:
            self._provider = _provider(await _litellm(), self.model, api_base=self.api_base)

    async def reply(self, request: Request) -> Reply:
        """The model's reply; an empty text is a value.

        Raises:
            BackendError: every way a call can fail, with the member of the family that says which.
        """
        await self.validate()
        litellm = await _litellm()
        timeout_s = self.timeout_s if request.timeout_s is None else request.timeout_s
        settings, not_taken = self._settings(request)
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_s):
                response = await litellm.acompletion(
                    model=self.model,
                    messages=[{"role": said.role, "content": _well_formed(said.content)} for said in request.messages],
                    api_base=self.api_base,
                    timeout=timeout_s,
                    max_retries=0,
                    num_retries=0,
                    **settings,
                )
        except Exception as error:
            raise translated(error, self.model, litellm=litellm, timeout_s=timeout_s) from error
        latency_s = time.perf_counter() - started
        return self._read(response, latency_s=latency_s, not_taken=not_taken)

    async def aclose(self) -> None:
        """Close the connections, once the last reply is in: litellm's backends share them all.

        A backend that is used afterwards, this one or another, opens new ones.
        """
        if _is_loaded():
            litellm = _load()
            await litellm.close_litellm_async_clients()
            litellm.in_memory_llm_clients_cache.flush_cache()

    def _settings(self, request: Request) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The settings to send, and the names of those the provider does not take."""
        asked = {name: getattr(request, name) for name in _SETTINGS if getattr(request, name) is not None}
        takes = self._provider.takes if self._provider else frozenset()
        sent = {name: value for name, value in asked.items() if name in takes}
        return sent, tuple(name for name in asked if name not in takes)

    def _read(self, response: Any, *, latency_s: float, not_taken: tuple[str, ...]) -> Reply:
        """The reply in a chat completion, of which nothing is taken for granted."""
        choices = getattr(response, "choices", None) or [None]
        message = getattr(choices[0], "message", None)
        if message is None:
            raise MalformedReply(f"{self.model}: the answer is not a chat completion: it has no choices")
        finish_reason = _finish_reason(choices[0])
        usage = _usage(response)
        cost_usd = self._cost_usd(response) if usage else None
        refusal = self._refusal(message, finish_reason)
        if refusal is not None:
            refusal.usage, refusal.cost_usd = usage, cost_usd
            raise refusal
        if not isinstance(message.content, str) and finish_reason not in _ENDS_OF_TEXT:
            raise MalformedReply(f"{self.model}: the answer is no text (finish_reason {finish_reason!r})")
        return Reply(
            text=_well_formed(message.content or ""),
            finish_reason=finish_reason,
            usage=usage,
            cost_usd=cost_usd,
            latency_s=latency_s,
            not_taken=not_taken,
            allowances=allowances(_headers(response)),
        )

    def _refusal(self, message: Any, finish_reason: Any) -> ReplyRefused | None:
        """That the model or a content filter declined to answer; None where neither did."""
        refusal = _refusal(message)
        if refusal:
            return ReplyRefused(f"{self.model}: the model refused: {one_line(str(refusal))}")
        if finish_reason == "content_filter":
            held = one_line(message.content or "")
            return ReplyRefused(f"{self.model}: a content filter held the answer back: {held!r}")
        return None

    def _cost_usd(self, response: Any) -> float | None:
        """What litellm worked out, where its price list has the model; elsewhere its 0 means "unknown"."""
        cost = getattr(response, "_hidden_params", {}).get("response_cost")
        return float(cost) if cost is not None and self._provider and self._provider.is_priced else None


async def _litellm() -> ModuleType:
    """litellm, imported in a thread the first time, so that the event loop keeps running."""
    return _load() if _is_loaded() else await asyncio.to_thread(_load)


def _is_loaded() -> bool:
    return _load.cache_info().currsize > 0


@functools.cache
def _load() -> ModuleType:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # otherwise the import fetches a price list
    _silence()
    try:
        import litellm
    except Exception as error:
        raise CallRejected(
            f"litellm cannot be imported ({error!r}); install simstress with its dependencies"
        ) from error
    # The OpenAI library dumps odd answers through pydantic, which warns of each; they become MalformedReply here.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings", category=UserWarning)
    _silence()  # again: LITELLM_LOG and OPENAI_LOG raise them while they are imported
    litellm.suppress_debug_info = True
    litellm.redact_messages_in_exceptions = True
    return litellm


def _silence() -> None:
    """No library below logs: their debug lines hold headers, and with them keys."""
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def token_prices_usd(model: str) -> tuple[float, float] | None:
    """The price in USD of one prompt token and of one completion token, from litellm's list as installed.

    None where the list does not have the model of that provider, or where there is no such provider. Imports
    litellm, which takes seconds; calls nobody.
    """
    litellm = _load()
    try:
        return _prices_usd(litellm, *_split(litellm, model))
    except CallRejected:
        return None


def _prices_usd(litellm: ModuleType, provider: str, name: str) -> tuple[float, float] | None:
    for key in (f"{provider}/{name}", name):
        entry = litellm.model_cost.get(key, {})
        prices = entry.get("input_cost_per_token"), entry.get("output_cost_per_token")
        if entry.get("litellm_provider") == provider and None not in prices:
            return float(prices[0]), float(prices[1])
    return None


def _provider(litellm: ModuleType, model: str, *, api_base: str | None) -> _Provider:
    """What litellm's tables say of a model that can be called.

    Raises:
        CallRejected: the name has no known provider or no model, or the provider's key is not set.
    """
    provider, name = _split(litellm, model, api_base=api_base)
    keys = _KEYS.get(provider, ())
    if keys and not any(os.environ.get(key) for key in keys):
        raise CallRejected(_no_key(model, keys))
    takes = litellm.get_supported_openai_params(model=name, custom_llm_provider=provider)
    return _Provider(frozenset(takes or ()), is_priced=_prices_usd(litellm, provider, name) is not None)


def _split(litellm: ModuleType, model: str, *, api_base: str | None = None) -> tuple[str, str]:
    """The provider and the provider's own name of the model."""
    try:
        name, provider, _, _ = litellm.get_llm_provider(model=model, api_base=api_base)
    except Exception as error:
        raise CallRejected(_unknown_provider(litellm, model)) from error
    if not name:
        raise CallRejected(f"{model!r} names a provider but no model; write one as in {_EXAMPLES}")
    return provider, name


def _unknown_provider(litellm: ModuleType, model: str) -> str:
    prefix, slash, name = model.partition("/")
    guess = nearest(prefix, (str(getattr(known, "value", known)) for known in litellm.provider_list)) if slash else None
    hint = f"did you mean {f'{guess}/{name}'!r}? " if guess else ""
    return f"no provider is known for the model {model!r}; {hint}a model is written provider/model, as in {_EXAMPLES}"


def _no_key(model: str, keys: tuple[str, ...]) -> str:
    is_openai = keys == _KEYS["openai"]
    hint = " (any text does for a local server; hosted_vllm/NAME needs no key)" if is_openai else ""
    return f"{model}: there is no API key; set {' or '.join(keys)} in the environment{hint}"


def _well_formed(text: str) -> str:
    """The text with lone halves of surrogate pairs replaced, which JSON may carry and UTF-8 cannot, and no key in it.

    A server that echoes what it was sent must not put a key into a transcript.
    """
    return without_secrets(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def _finish_reason(choice: Any) -> str | None:
    """Why the text ends, in the provider's own words; a server can echo a key there, too."""
    reason = choice.finish_reason
    return None if reason is None else _well_formed(str(reason))


def _headers(response: Any) -> dict[str, str]:
    """The headers of the provider's answer, their names in lower case, as litellm hands them on."""
    handed_on = getattr(response, "_hidden_params", {}).get("additional_headers") or {}
    prefix = "llm_provider-"
    return {str(name).lower().removeprefix(prefix): str(value) for name, value in handed_on.items()}


def _refusal(message: Any) -> str | None:
    fields = getattr(message, "provider_specific_fields", None) or {}
    return getattr(message, "refusal", None) or fields.get("refusal")


def _usage(response: Any) -> Usage | None:
    """The tokens counted; litellm writes (0, 0) where the provider did not count."""
    usage = getattr(response, "usage", None)
    if usage is None or not (usage.prompt_tokens or usage.completion_tokens):
        return None
    return Usage(usage.prompt_tokens, usage.completion_tokens)
