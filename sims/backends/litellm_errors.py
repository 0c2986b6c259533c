"""litellm's errors, told in the words of our own family.

Their class is not to be trusted (a dropped connection and half a JSON object are both an "internal server error
500" there), so the httpx error behind them decides: it tells whether a server answered, with which status and
headers, or whether nobody did. Only where there is none does litellm's own class count.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import TYPE_CHECKING

from sims.errors import (
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
    told = f"{message} (HTTP {status}{hint})"
    if status == 429 and "insufficient_quota" not in codes:
        return RateLimited(told, retry_after_s=retry_after_s(response.headers))
    if status == 400 and re.search("content_filter|content_policy", codes):
        return ReplyRefused(f"{told}: a content filter refused the messages")
    if status == 408:
        return CallTimedOut(told)
    return ServerFault(told) if status >= 500 else CallRejected(told)


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


def retry_after_s(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """The seconds a provider asks us to wait, at least 0, or None where it does not say or cannot be understood.

    Source: RFC 9110, section 10.2.3 (seconds or an HTTP date), and `retry-after-ms` as OpenAI and Azure send it.

    >>> retry_after_s({"retry-after": "1.5"}), retry_after_s({"retry-after": "soon"})
    (1.5, None)
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait_s = float(headers.get(name, "")) * unit_s
        except ValueError:
            continue
        return max(0.0, wait_s) if math.isfinite(wait_s) else None
    try:
        when = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, (when.astimezone(UTC) - (now or datetime.now(UTC))).total_seconds())


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
    text = _without_secrets("".join(character if character.isprintable() else " " for character in text))
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[:limit].rstrip()} ..."


def _without_secrets(text: str) -> str:
    """The text with every secret of the environment, and every password in an address, blotted out."""
    secrets = (value for name, value in os.environ.items() if re.search(r"KEY|TOKEN|SECRET|PASSWORD", name))
    for secret in sorted((value for value in secrets if len(value) >= 8), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return re.sub(r"://[^/@\s]+@", "://", text)
