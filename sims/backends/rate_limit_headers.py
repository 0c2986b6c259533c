"""What providers say in HTTP headers about their limits: how long to wait, how much they still give.

Times are counted from the Date header of the same answer, so that a clock of ours that is wrong does no harm.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from sims.backends.backend import Allowance

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:[0-9]{1,6}(?:\.[0-9]{1,9})?(?:ms|[smhd])){1,5}")
_Unit = Literal["requests", "tokens"]


def retry_after_s(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """The seconds a provider asks us to wait, at least 0, or None where it does not say or cannot be understood.

    `now` stands for our clock, which counts only where the answer has no Date.
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
    when = _http_date(headers.get("retry-after", ""))
    return None if when is None else _until_s(when, headers, now=now)


def allowances(headers: Mapping[str, str], *, now: datetime | None = None) -> tuple[Allowance, ...]:
    """What the provider still gives us, as far as the headers say all of it; their names are in lower case.

    Source: OpenAI's x-ratelimit-{limit,remaining,reset}-{requests,tokens} and
    anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}.
    """
    found: list[Allowance] = []
    units: tuple[_Unit, ...] = ("requests", "tokens")
    for unit in units:
        for name in (f"x-ratelimit-{{}}-{unit}", f"anthropic-ratelimit-{unit}-{{}}"):
            limit, remaining = (_count(headers.get(name.format(part), "")) for part in ("limit", "remaining"))
            full_in_s = _reset_s(headers.get(name.format("reset"), ""), headers, now=now)
            if limit is not None and remaining is not None and full_in_s is not None:
                found.append(Allowance(unit, min(remaining, limit), limit, full_in_s))
    return tuple(found)


def _count(text: str) -> int | None:
    """A number of units; what some providers call "unlimited" or -1 is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def _reset_s(text: str, headers: Mapping[str, str], *, now: datetime | None) -> float | None:
    """The seconds in "6m0s", in "20ms", in a bare number of seconds, or until a date as in RFC 3339."""
    if _DURATION.fullmatch(text):
        return sum(float(number) * _UNITS_S[unit] for number, unit in re.findall(r"([\d.]+)(ms|[smhd])", text))
    if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]+)?", text):
        return float(text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _until_s(when, headers, now=now)


def _until_s(when: datetime, headers: Mapping[str, str], *, now: datetime | None) -> float:
    """The seconds from the answer's own Date, else from our clock, to a moment; 0 where it has passed."""
    reference = _http_date(headers.get("date", "")) or now or datetime.now(UTC)
    return max(0.0, (_aware(when) - _aware(reference)).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    """A moment without a zone is meant as UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
