"""How figures and foreign texts are put before a reader, the same on the page and on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from analysis.findings import Decision, FlagRate, Shift
from analysis.statistics.units import LEAST_EFFECTIVE, LEAST_SCENARIOS
from analysis.trust import Trust

UNKNOWN = "–"
"""What stands where a figure cannot be said."""

DECISION_MARKS: Mapping[Decision, str] = MappingProxyType({"SHIFTED": "◆", "EQUIVALENT": "●", "UNDECIDED": "○"})

STOP_REASON_WORDS: Mapping[str | None, str] = MappingProxyType(
    {
        "agent_done": "ended by an agent",
        "max_turns": "turn limit reached",
        "max_tokens": "reply cut at the token limit",
        "budget": "budget spent",
        "empty_reply": "a reply was empty",
        "refused": "the model refused",
        "backend_error": "the model call failed",
        "cancelled": "cancelled",
        "script_end": "script played to its end",
        "aborted": "stopped by a judge that watched",
        None: "end not recorded",
    }
)

UNJUDGED_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "empty": "there is no text",
        "too_short": "too little text",
        "too_long": "too long to be judged as a whole",
        "no_protocol": "not a conversation of the judge's protocol",
        "undecided": "the judge models are divided, or quote what was not said",
        "no_facts": "no participant has private facts or a goal on record",
        "one_speaker": "only one speaker",
        "language": "language not known to the judge",
        "roles_indistinct": "roles cannot be told apart by text",
        "crashed": "the judge failed",
        "backend_error": "the judge model could not be reached",
        "refused": "the judge model declined to answer",
        "malformed_reply": "the judge model's answer could not be read",
        "no_verdict": "no verdict was written",
    }
)

JUDGE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "role_flip": "a turn that speaks from another participant's role",
        "digression": "a turn that leaves the task or the thread",
        "formality": "an abrupt break of register within one speaker",
        "metaphor": "a turn unusually dense in metaphor",
        "repetition": "a speaker who says the same again, or an exchange that loops",
        "private_facts": "a fact told that only another participant knew, or one's own facts denied",
        "sycophancy": "praise, thanks or agreement beyond what people stack up",
        "ending": "a conversation that ends too soon, too late or not at all",
        "truncation": "a turn that is empty or breaks off, or a placeholder left in",
        "verbosity": "a turn far longer than its speaker's others, or turns that grow or shrink",
        "camel_markers": "in CAMEL's protocol, a mark of the other role or no mark at all",
        "spp_digression": "a conversation that digresses, in one of the paper's seven ways",
        "human_likeness": "a conversation that looks artificial rather than human",
        "collaboration": "a conclusion led by one participant rather than reached by all",
    }
)


def _picture(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


_UNSEEN = [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), *range(0xFDD0, 0xFDF0)]
_VISIBLE = {code: _picture(code) for code in _UNSEEN}
_VISIBLE |= dict.fromkeys((*range(0xD800, 0xE000), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")


def visible(text: str) -> str:
    """The text with control characters, lone surrogates and direction overrides made visible, length unchanged.

    Tabs and line breaks stay; offsets into the text stay valid.

    >>> visible("red \\x1b[31m")
    'red ␛[31m'
    """
    return text.translate(_VISIBLE)


def one_line(text: str, *, limit: int = 200) -> str:
    """The text made visible on one line, cut with an ellipsis beyond `limit` characters.

    >>> one_line("a\\n\\n b", limit=10)
    'a b'
    """
    flat = " ".join(visible(text[: 4 * limit]).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1].rstrip()}…"


def percent(share: float | None) -> str:
    """A share in [0, 1] as per cent, with enough digits that what is not zero does not look it.

    >>> percent(0.0412), percent(0.0004), percent(None)
    ('4.1%', '0.04%', '–')
    """
    if share is None:
        return UNKNOWN
    if 0 < share < 0.00005:
        return "<0.01%"
    return f"{100 * share:.2f}%" if 0 < share < 0.001 else f"{100 * share:.1f}%"


def percent_interval(low: float | None, high: float | None) -> str:
    """An interval of shares.

    >>> percent_interval(0.02, 0.065)
    '2.0% to 6.5%'
    """
    return UNKNOWN if low is None or high is None else f"{percent(low)} to {percent(high)}"


def signed(value: float | None) -> str:
    """A number with its sign and two digits.

    >>> signed(0.456), signed(-0.2), signed(0.001), signed(None)
    ('+0.46', '−0.20', '0.00', '–')
    """
    return UNKNOWN if value is None else with_sign(value, digits=2)


def with_sign(value: float, *, digits: int) -> str:
    """A number with its sign and so many digits after the point; what rounds to zero has no sign.

    >>> with_sign(-1.26, digits=1), with_sign(-0.01, digits=1)
    ('−1.3', '0.0')
    """
    text = f"{abs(value):.{digits}f}"
    if not float(text):
        return text
    return f"+{text}" if value > 0 else f"−{text}"


def signed_interval(low: float | None, high: float | None) -> str:
    """An interval of signed numbers.

    >>> signed_interval(-0.1, 0.3)
    '−0.10 to +0.30'
    """
    return UNKNOWN if low is None or high is None else f"{signed(low)} to {signed(high)}"


def significant(value: float | None) -> str:
    """A number with three significant digits, without an exponent where it can be read without.

    >>> significant(12.3456), significant(0.00123), significant(41234.0), significant(None)
    ('12.3', '0.00123', '41,234', '–')
    """
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def p_value(p: float | None) -> str:
    """A p-value.

    >>> p_value(0.00002), p_value(0.034)
    ('<0.001', '0.034')
    """
    if p is None:
        return UNKNOWN
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def number(count: int) -> str:
    """A count with its thousands apart.

    >>> number(12000)
    '12,000'
    """
    return f"{count:,}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun.

    >>> counted(1, "turn"), counted(1200, "turn")
    ('1 turn', '1,200 turns')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def plain(name: str) -> str:
    """A name from the code as words.

    >>> plain("words_per_turn")
    'words per turn'
    """
    return name.replace("_", " ")


def direction(shift: Shift) -> str:
    """What the decision says in a word or two: "more", "less", "alike" or "cannot tell"."""
    if shift.decision == "EQUIVALENT":
        return "alike"
    if shift.decision == "UNDECIDED" or not shift.effect:
        return "cannot tell"
    return "more" if shift.effect > 0 else "less"


def distance_words(shift: Shift) -> str:
    """How far a distribution lies from the reference's, in its standard deviations, and how far one gets by luck."""
    if shift.distance is None:
        return UNKNOWN
    floor = "" if shift.distance_floor is None else f" (by luck {shift.distance_floor:.2f})"
    return f"{shift.distance:.2f} sd{floor}"


def shape_words(shift: Shift) -> str:
    """The words "other shape" where the distance says apart though the decision is not SHIFTED; empty otherwise."""
    return "other shape" if shift.is_apart and shift.decision != "SHIFTED" else ""


def unit_words(shifts: Iterable[Shift]) -> str:
    """What a comparison speaks of where scenarios repeat, and if they are too unequal; empty where none repeats."""
    found = tuple(shifts)
    return " ".join(filter(None, (_scope(found), _inequality(found))))


def _scope(shifts: Sequence[Shift]) -> str:
    of_others = any(shift.unit == "scenario" for shift in shifts)
    of_these = any(shift.of_these_scenarios for shift in shifts)
    if of_others and of_these:
        return (
            f"Where fewer than {LEAST_SCENARIOS} scenarios repeat, this speaks of these only, else of others like them."
        )
    if of_others:
        return "Scenarios, with all their repeats, are the unit: this speaks of scenarios like these."
    if of_these:
        return f"Fewer than {LEAST_SCENARIOS} scenarios, repeated: this speaks of these only, not of others like them."
    return ""


def _inequality(shifts: Sequence[Shift]) -> str:
    few = [shift.scenarios for shift in shifts if shift.scenarios is not None and shift.has_few_scenarios]
    if not few:
        return ""
    return (
        "Undecided where a few scenarios make up most of the conversations: so unequal they say no more than "
        f"{min(few):.1f} scenarios of equal size, and it takes {LEAST_EFFECTIVE}."
    )


def gap_words(shift: Shift) -> str:
    """Why there is no effect, in at most 20 characters."""
    if not shift.n_reference:
        return "not in the reference"
    if not shift.n:
        return "nobody here has it"
    return "n < 2" if min(shift.n, shift.n_reference) < 2 else "one scenario only"


def missing_words(rate: FlagRate) -> str:
    """How many conversations are missing from a rate, and the rate's bounds had they been there."""
    if not rate.unjudged_conversations:
        return "none"
    bounds = percent_interval(rate.worst_low, rate.worst_high)
    return f"{rate.unjudged_conversations:,} of {rate.conversations:,}; with them {bounds}"


def card_phrase(trust: Trust) -> str:
    """A judge's card in a phrase: its first figure, and how often it flags people."""
    figure = f"{trust.metric} {trust.figure:.2f} ({trust.what})"
    if trust.alarms_low is None or trust.alarms_high is None:
        return figure
    low, high = per_thousand(trust.alarms_low), per_thousand(trust.alarms_high)
    alarms = high if low == high else f"{low} to {high}"
    return f"{figure}; {alarms} false {'alarm' if alarms == '1' else 'alarms'} per 1,000 human turns"


def worth_words(trust: Trust) -> str:
    """A sentence on what the flag rate found is worth, given how often people are flagged; empty where not known."""
    if trust.alarms_limit is None or not trust.flag_rate:
        return ""
    alone = f"False alarms alone could flag {per_thousand(trust.alarms_limit)} of 1,000 turns"
    here = f"here {per_thousand(trust.flag_rate)} are"
    if trust.precision is None and trust.exceeds:
        return f"{alone}, {here}: the card's recall does not hold here, so cannot tell how many flags are true."
    if trust.precision is None:
        return f"{alone}, {here}: cannot tell whether any flag is true."
    about = "at least" if trust.is_lower_bound else "about"
    return f"{alone}, {here}: {about} {100 * trust.precision:.0f} of 100 flags true."


def per_thousand(share: float) -> str:
    """A share as a count among a thousand.

    >>> per_thousand(0.0041), per_thousand(0.0004), per_thousand(0.0)
    ('4', '0.4', '0')
    """
    return f"{1000 * share:.0f}" if share >= 0.00095 or share == 0 else f"{1000 * share:.1g}"
