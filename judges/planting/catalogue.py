"""The one table of faults there are, what a dose of each means, and which judges should find it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType

from judges.injections import put_text
from judges.planting.donors import Donors
from judges.planting.fault import Fault
from judges.planting.phrases import FLATTERY, METAPHORS
from judges.planting.register import LOWERING, RAISING
from judges.planting.swaps import swap_pair, swap_stretch, swap_tail
from judges.planting.texts import (
    change_register,
    go_on,
    leak_private,
    leak_prompt,
    leak_reasoning,
    repeat,
    splice,
    stock_sentences,
    truncate,
)
from sims.errors import UnknownNameError

_HALF = "half of the turns"
_SENTENCES = "three sentences"
_PLACES = "every place of a turn where a rule applies"

_ALL = (
    Fault(
        "swap_pair",
        "two adjacent turns have changed speakers",
        "the two turns",
        "turns",
        ("role_flip",),
        swap_pair,
        is_graded=False,
    ),
    Fault(
        "swap_stretch",
        "speakers inverted for a stretch",
        _HALF,
        "turns",
        ("role_flip",),
        swap_stretch,
        is_stretch=True,
    ),
    Fault("swap_tail", "speakers inverted to the end", _HALF, "turns", ("role_flip",), swap_tail, is_stretch=True),
    Fault(
        "leak_reasoning",
        "a turn opens with what a model tells itself",
        "one sentence",
        "sentences",
        ("role_flip",),
        leak_reasoning,
        is_graded=False,
    ),
    Fault(
        "leak_prompt",
        "a turn goes on with the speaker's instructions",
        "one passage",
        "passages",
        ("role_flip",),
        leak_prompt,
        is_graded=False,
    ),
    Fault(
        "leak_private",
        "a turn tells a private fact of the partner",
        "one fact",
        "facts",
        ("private_facts",),
        leak_private,
        is_graded=False,
    ),
    *(
        Fault(
            f"digress_{where}_{how}",
            f"a turn {'goes on with' if how == 'append' else 'is replaced by'} sentences of {of}",
            _SENTENCES,
            "sentences",
            ("digression",),
            partial(splice, donor=donor, put=put),
            is_sure=where != "same",
        )
        for where, of, donor in (
            ("elsewhere", "subjects that no errand is about", Donors.elsewhere),
            ("other", "another domain of the batch", Donors.other_domain),
            ("same", "another conversation of this domain", Donors.same_domain),
        )
        for how, put in (("append", go_on), ("replace", put_text))
    ),
    Fault(
        "register_raised",
        "a turn rewritten in formal words",
        _PLACES,
        "substitutions",
        ("formality",),
        partial(change_register, rules=RAISING),
    ),
    Fault(
        "register_lowered",
        "a turn rewritten as a text message",
        _PLACES,
        "substitutions",
        ("formality",),
        partial(change_register, rules=LOWERING),
        lowers_score=True,
    ),
    Fault(
        "metaphors",
        "a turn goes on with stock metaphors",
        "four metaphors",
        "metaphors",
        ("metaphor",),
        partial(stock_sentences, stock=METAPHORS),
    ),
    Fault(
        "flattery",
        "a turn goes on with stacked praise, thanks and apology",
        "four sentences",
        "sentences",
        ("sycophancy",),
        partial(stock_sentences, stock=FLATTERY),
    ),
    Fault(
        "truncation",
        "a turn breaks off in the middle of a sentence",
        "up to half of the words of the turn",
        "words cut",
        ("truncation",),
        truncate,
        is_graded=False,
    ),
    Fault(
        "repetition",
        "an earlier turn is said again, word for word",
        "the speaker's next three turns",
        "turns",
        ("repetition",),
        repeat,
    ),
)
FAULTS: Mapping[str, Fault] = MappingProxyType({fault.name: fault for fault in _ALL})


def find_faults(names: Iterable[str]) -> tuple[Fault, ...]:
    """The faults of those names, each once, in the order given.

    Raises:
        UnknownNameError: there is no fault of one of the names.
    """
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in FAULTS:
            raise UnknownNameError("fault", name, FAULTS)
    return tuple(FAULTS[name] for name in wanted)
