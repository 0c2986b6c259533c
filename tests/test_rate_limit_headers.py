"""What rate limit headers mean: waits, durations and dates as providers write them, and nonsense that means nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sims.backends.backend import Allowance
from sims.backends.rate_limit_headers import allowances, retry_after_s

NOW = datetime(2026, 11, 22, 16, 0, 0, tzinfo=UTC)
TWO_HOURS_FAST = {"date": "Sun, 22 Nov 2026 14:00:00 GMT"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "1.5", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 16:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 15:59:00 GMT"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 16:00:30 -0000"}, 30.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_the_standard_says(header: dict[str, str], expected: float | None) -> None:
    """Seconds, milliseconds or a date, counted from 16:00:00; what cannot be understood is missing, not 0."""
    now = datetime(2026, 11, 22, 16, 0, 0, tzinfo=UTC)
    assert retry_after_s(header, now=now) == expected


def test_a_date_is_counted_from_the_date_of_the_answer() -> None:
    """Our clock is two hours ahead of the server's: 14:00:30 is 30 s after the 14:00:00 that the answer bears."""
    header = {"retry-after": "Sun, 22 Nov 2026 14:00:30 GMT"}
    assert retry_after_s(header | TWO_HOURS_FAST, now=NOW) == 30.0
    assert retry_after_s(header | {"date": "today"}, now=NOW) == 0.0


def openai_headers(limit: str = "500", remaining: str = "499", reset: str = "120ms") -> dict[str, str]:
    """The three headers on requests."""
    parts = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-ratelimit-{part}-requests": value for part, value in parts.items()}


@pytest.mark.parametrize(
    ("reset", "full_in_s"),
    [
        ("120ms", 0.12),
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("1d", 86400.0),
        ("7.66s", 7.66),
        ("17", 17.0),
    ],
)
def test_durations_as_openai_writes_them(reset: str, full_in_s: float) -> None:
    """Units from ms to d, put together, or a bare number of seconds."""
    (found,) = allowances(openai_headers(reset=reset))
    assert found == Allowance("requests", 499, 500, pytest.approx(full_in_s))


def test_dates_as_anthropic_writes_them() -> None:
    """RFC 3339, counted from the answer's Date: 14:00:12 is in 12 s; requests and tokens are both told."""
    headers = TWO_HOURS_FAST | {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "40",
        "anthropic-ratelimit-requests-reset": "2026-11-22T14:00:12Z",
        "anthropic-ratelimit-tokens-limit": "40000",
        "anthropic-ratelimit-tokens-remaining": "39000",
        "anthropic-ratelimit-tokens-reset": "2026-11-22T14:00:01Z",
    }
    assert allowances(headers, now=NOW) == (
        Allowance("requests", 40, 50, 12.0),
        Allowance("tokens", 39000, 40000, 1.0),
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        openai_headers(limit="unlimited"),
        openai_headers(remaining="-1"),
        openai_headers(remaining="9" * 400),
        openai_headers(remaining=""),
        openai_headers(reset="soon"),
        openai_headers(reset="-3s"),
        openai_headers(reset="1e9"),
        openai_headers(reset="9" * 400 + "s"),
        {"x-ratelimit-remaining-requests": "0"},
    ],
)
def test_what_does_not_say_all_says_nothing(headers: dict[str, str]) -> None:
    """A count that is none, a reset nobody understands or one header of the three alone is no allowance."""
    assert allowances(headers) == ()


@pytest.mark.parametrize(("needed", "wait_s"), [(0, 0.0), (10, 0.0), (11, 1.0), (40, 30.0), (99, 50.0)])
def test_the_wait_for_units_that_come_back_evenly(needed: int, wait_s: float) -> None:
    """10 of 60 left, the other 50 back in 50 s: one a second; more than 60 there never are."""
    assert Allowance("requests", remaining=10, limit=60, full_in_s=50.0).wait_s(needed) == wait_s


def test_a_limit_of_nothing_is_no_wait() -> None:
    """0 of 0, as some servers send it, is not waited for."""
    assert Allowance("requests", remaining=0, limit=0, full_in_s=60.0).wait_s(5) == 0.0
