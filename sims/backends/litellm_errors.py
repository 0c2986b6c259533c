"""litellm's errors, told in the words of our own family.

Their class is not to be trusted (a dropped connection and half a JSON object are both an "internal server error
500" there), so the httpx error behind them decides: it tells whether a server answered, with which status and
headers, or whether nobody did. Only where there is none does litellm's own class count.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

from sims.backends.rate_limit_headers import retry_after_s
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

if TYPE_CHECKING:
    import httpx

_HINTS = {
    401: "the key was not accepted, check it",
    403: "the key may not use this model",
    404: "check the model's name and the api_base, which usually ends in /v1",
}


def translated(error: Exception, model: str, *, litellm: ModuleType, timeout_s: float) -> BackendError:
    """The member of our family that says what happened."""
    import httpx

    causes = tuple(_causes(error))
    words = one_line(_words(error))
    message = f"{model}: {words}"
    if isinstance(error, litellm.ContentPolicyViolationError):
        return ReplyRefused(f"{message} (a content filter refused the messages)")
    answer = next((cause.response for cause in causes if isinstance(cause, httpx.HTTPStatusError)), None)
    if answer is not None:
        return _from_status(message, answer, codes=" ".join(map(str, causes)))
    for cause in causes:
        if isinstance(cause, TimeoutError | httpx.TimeoutException | litellm.Timeout):
            return CallTimedOut(f"{model}: no answer within {timeout_s:g} s")
        if isinstance(cause, httpx.TransportError):
            return ConnectionLost(f"{model}: the connection failed: {one_line(_without_objects(str(cause)))}")
    return _from_class(model, words, causes=causes, litellm=litellm)


def _from_status(message: str, response: httpx.Response, *, codes: str) -> BackendError:
    """The error that a server's answer stands for; `codes` is a text where the provider's error code occurs."""
    status = response.status_code
    hint = f"; {_HINTS[status]}" if status in _HINTS else ""
    wait_s = retry_after_s(response.headers)
    wish = f", it asks us to wait {wait_s:g} s" if wait_s else ""
    told = f"{message} (HTTP {status}{hint}{wish})"
    if status == 429 and "insufficient_quota" not in codes:
        return RateLimited(told, retry_after_s=wait_s)
    if status == 400 and re.search("content_filter|content_policy", codes):
        return ReplyRefused(f"{told}: a content filter refused the messages")
    if status == 408:
        return CallTimedOut(told)
    if status in {401, 402, 429}:  # of 429s only that of a spent quota comes here
        return AccountRejected(told)
    return ServerFault(told, retry_after_s=wait_s) if status >= 500 else CallRejected(told)


def _from_class(model: str, words: str, *, causes: tuple[BaseException, ...], litellm: ModuleType) -> BackendError:
    """The error that litellm raised without an HTTP error behind it: of its own making, or over a strange answer."""
    error, statuses = causes[0], {getattr(cause, "status_code", None) for cause in causes}
    if isinstance(error, litellm.RateLimitError):
        return RateLimited(f"{model}: {words}")
    if isinstance(error, litellm.ServiceUnavailableError | litellm.BadGatewayError):
        return ServerFault(f"{model}: {words}")
    is_strange_answer = bool(statuses & {200, 422})
    if not is_strange_answer and (
        statuses & {400, 401, 403, 404} or re.search("(?i)missing .*(key|credential)", words)
    ):
        return CallRejected(f"{model}: {words}")
    return MalformedReply(f"{model}: the answer is not a chat completion: {words}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, each once; an earlier call's error, which is of our family, ends it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and not isinstance(current, BackendError):
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _words(error: Exception) -> str:
    """The provider's own words: out of the JSON they came in, without litellm's class names and stack traces."""
    text = re.sub(r"^(?:(?:litellm\.)?\w+(?:Error|Exception)(?:: | - | ))+", "", str(error))
    text = text.partition("Traceback (most recent call last)")[0]
    try:
        body = json.loads(text)
    except ValueError:
        return text
    told = body.get("error", body) if isinstance(body, dict) else None
    return str(told.get("message") or text) if isinstance(told, dict) else str(told or text)


def _without_objects(text: str) -> str:
    """The text without the object that aiohttp prints into it."""
    return re.sub(r" ssl:(?:<[^>]*>|\w+)", "", text)


def one_line(text: str, *, limit: int = 300) -> str:
    """The text on one line, without control characters, without any key, not much longer than `limit`."""
    text = without_secrets("".join(character if character.isprintable() else " " for character in text))
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[:limit].rstrip()} ..."


def without_secrets(text: str) -> str:
    """The text with every secret of the environment, and every password in an address, blotted out."""
    secrets = (value for name, value in os.environ.items() if re.search(r"KEY|TOKEN|SECRET|PASSWORD", name))
    for secret in sorted((value for value in secrets if len(value) >= 8), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return re.sub(r"://[^/@\s]+@", "://", text)
