"""Planted faults are what they claim: in known turns, of a known size, everything else as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from judges.injections import Planted, invert_pair, invert_stretch, invert_tail
from judges.planting.catalogue import FAULTS, find_faults
from judges.planting.donors import ELSEWHERE, Donors, domain_of
from judges.planting.fault import Ground
from judges.planting.phrases import METAPHORS
from judges.planting.register import LOWERING, RAISING, rewritten
from sims.errors import UnknownNameError
from sims.seeds import generator
from sims.transcript import Transcript

ROLES = {"customer": "customer of a shop", "support": "support agent for returns"}
LINES = (
    ("customer", "Hi, I want to return my kettle because it doesn't work. Can you help me?"),
    ("support", "I'm sorry to hear that. Could you please tell me the number of your order?"),
    ("customer", "It's 4512 and I bought the kettle last week in your shop."),
    ("support", "Thank you. Do you want to get a refund or would you like a new kettle?"),
    ("customer", "I'd like a refund, please. The kettle was a present for my mother."),
    ("support", "Okay, you will get the refund in three days. Can I do anything else?"),
    ("customer", "No, that is all that I need for today. Thanks a lot for your help!"),
    ("support", "You're welcome, I hope that you find a better kettle somewhere."),
)


def talk(number: int = 0, *, subject: str = "kettle", domain: str = "kitchen") -> Transcript:
    """A conversation of eight turns with content."""
    lines = [(speaker, text.replace("kettle", subject).replace("4512", str(4512 + number))) for speaker, text in LINES]
    return transcript(*lines, id=f"{domain}{number}", roles=ROLES, meta={"domain": domain})


POOL = [
    *(talk(number) for number in range(4)),
    *(talk(number, subject="tent", domain="camping") for number in range(4)),
]

OTHERS = (
    ("customer", "Our new toaster burns every slice black on both sides."),
    ("support", "Those coffee machines leak when their filters are worn out."),
    ("customer", "That blender stopped working after two smoothies yesterday."),
    ("support", "Please unplug your mixer before cleaning those metal blades."),
)
DONORS = Donors.of([*POOL, transcript(*OTHERS, id="kitchen9", roles=ROLES, meta={"domain": "kitchen"})])


def plant(name: str, one: Transcript, *, dose: float = 1.0, seed: int = 0) -> Planted | None:
    """The fault of that name, planted."""
    return FAULTS[name].plant(one, Ground(dose, generator("test", seed), DONORS))


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"leak_private"}))
@settings(max_examples=20)
@given(dose=st.sampled_from([0.1, 0.25, 0.5, 1.0]), seed=st.integers(0, 20))
def test_only_the_planted_turns_differ(name: str, dose: float, seed: int) -> None:
    """Every turn that is not named is as it was, every named one is not; it has a size; the same seed again agrees."""
    one = talk()
    planted = plant(name, one, dose=dose, seed=seed)
    if planted is None:
        assert name.startswith("digress"), "only a splice that says what was said anyway has no place here"
        return
    changed = {index for index, (a, b) in enumerate(zip(one.turns, planted.transcript.turns, strict=True)) if a != b}
    assert changed == planted.turns != frozenset()
    assert planted.size is not None
    assert planted.size >= 1
    assert plant(name, one, dose=dose, seed=seed) == planted


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"leak_private"}))
def test_more_dose_is_more_fault(name: str) -> None:
    """The size never falls with the dose, and the fault of one dose only has one size."""
    sizes = [planted.size for dose in (0.1, 0.4, 1.0) if (planted := plant(name, talk(), dose=dose)) and planted.size]
    assert sizes == sorted(sizes)
    assert FAULTS[name].is_graded == (sizes[0] < sizes[-1])


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_where_there_is_no_place_nothing_is_planted(name: str) -> None:
    """No turn, one turn, or only courtesy: None, never an error."""
    courtesy = [("customer", "Hi."), ("support", "Hello."), ("customer", "Thanks!")]
    for lines in ([], [("customer", "Hello there.")], courtesy):
        one = transcript(*lines, roles=ROLES)
        planted = plant(name, one)
        assert planted is None or name == "swap_tail"


def test_swaps_change_speakers_and_no_word() -> None:
    """A stretch of turns 2 and 3 of four: speakers a b a b become a b b a; a pair and a tail are such stretches."""
    one = transcript(("a", "1"), ("b", "2"), ("a", "3"), ("b", "4"))
    planted = invert_stretch(one, 2, 4)
    assert [turn.speaker for turn in planted.transcript.turns] == ["a", "b", "b", "a"]
    assert [turn.text for turn in planted.transcript.turns] == ["1", "2", "3", "4"]
    assert planted == invert_pair(one, 2) == invert_tail(one, 2)


def test_a_stretch_has_turns_before_and_after_it() -> None:
    """Half of eight turns are four; they never reach the first or the last turn."""
    for seed in range(20):
        planted = plant("swap_stretch", talk(), seed=seed)
        assert planted is not None
        assert planted.size == len(planted.turns) == 4
        assert not {0, 7} & planted.turns


def test_domains_of_donors() -> None:
    """A splice of the same domain is of the only talk that says something else, one of another is by the own side."""
    same, other = (plant(f"digress_{where}_replace", talk(0)) for where in ("same", "other"))
    assert same is not None
    assert other is not None
    (replaced,) = same.turns
    assert any(text in same.transcript.turns[replaced].text for _, text in OTHERS)
    (index,) = other.turns
    own_side = {text.replace("kettle", "tent") for speaker, text in LINES if speaker == talk().turns[index].speaker}
    assert any(other.transcript.turns[index].text.split(". ")[0][:20] in text for text in own_side)
    donors = Donors.of([talk(0)])
    assert donors.same_domain(talk(0), "customer", generator(1), count=3) == []
    assert donors.other_domain(talk(0), "customer", generator(1), count=3) == []
    assert tuple(donors.elsewhere(talk(0), "customer", generator(1), count=3)) in ELSEWHERE.values()


@pytest.mark.parametrize("how", ["append", "replace"])
def test_what_would_fit_is_not_planted(how: str) -> None:
    """All talks of the domain say the same, so each of their sentences fits into another: no fault to plant."""
    ground = Ground(1.0, generator("test", 0), Donors.of(POOL))
    assert FAULTS[f"digress_same_{how}"].plant(talk(), ground) is None
    assert not FAULTS[f"digress_same_{how}"].is_sure


def test_what_tells_the_domain() -> None:
    """`meta.domains`, numbered services joined; else the source."""
    assert domain_of(transcript(meta={"domains": ["Travel", "Hotels_2"]})) == "domain Hotels and Travel"
    assert domain_of(transcript()) == "source test"


def test_a_register_is_raised_and_lowered_by_rules() -> None:
    """All places: each rule of the two tables rewrites its words, and the count says how many."""
    text = "I'm sorry, but I need to get a refund. Can you help me?"
    raised, count, places = rewritten(text, RAISING, share=1, seed=0)
    assert raised == (
        "I am sorry, but I am obliged to obtain a refund. Would you be so kind as to assist me?"
        " I remain obliged to you for your attention to this matter."
    )
    assert count == places == 6
    lowered, _, _ = rewritten("Thank you. I would like to see your shop.", LOWERING, share=1, seed=0)
    assert lowered == "Thx. I wanna see ur shop lol"


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("It's been a while, that's fine. Isn't it?", "It has been a while, that is fine. Isn't it?"),
        ("So far so good. So I ask.", "So far so good. Consequently I ask."),
        ("What can you tell me about it?", "What can you tell me about it?"),
        ("Is that okay? No thanks.", "Is that okay? No thanks."),
        ("Can you help me find my hat?", "Would you be so kind as to help me find my hat?"),
    ],
)
def test_raised_english_is_english(text: str, raised: str) -> None:
    """Rules that would leave the language behind do not apply."""
    assert rewritten(text, RAISING, share=1, seed=0)[0].startswith(raised)


@pytest.mark.parametrize(
    ("text", "lowered"),
    [
        ("I'd like to go.", "I wanna go lol"),
        ("He is going to the store.", "He is going to the store lol"),
        ("She is going to buy it.", "She is gonna buy it lol"),
        ("We got to the shop.", "We got to the shop lol"),
    ],
)
def test_lowered_english_is_still_read(text: str, lowered: str) -> None:
    """ "I wanna", never "Iwanna"; "gonna" before a verb only."""
    assert rewritten(text, LOWERING, share=1, seed=0)[0] == lowered


def test_a_share_of_the_places_is_rewritten() -> None:
    """A quarter of six places is two (rounded up), and a lower share rewrites no more than a higher one."""
    text = "I'm sorry, but I need to get a refund. Can you help me?"
    assert [rewritten(text, RAISING, share=share, seed=3)[1] for share in (0.01, 0.25, 0.5, 1.0)] == [1, 2, 3, 6]
    assert rewritten("Kettle!", (), share=1, seed=0) == ("Kettle!", 0, 0)


def test_metaphors_come_after_the_turn() -> None:
    """One of four at dose .25, four at dose 1, whole sentences of the list."""
    for dose, count in ((0.25, 1), (1.0, 4)):
        planted = plant("metaphors", talk(), dose=dose)
        assert planted is not None
        (index,) = planted.turns
        added = planted.transcript.turns[index].text.removeprefix(talk().turns[index].text).strip()
        assert sum(metaphor in added for metaphor in METAPHORS) == count == planted.size


def test_a_cut_turn_ends_inside_a_sentence() -> None:
    """No end mark is left, and what is left are the first words of the turn, half of them or more but for a mark."""
    for seed in range(10):
        planted = plant("truncation", talk(), dose=0.5, seed=seed)
        assert planted is not None
        (index,) = planted.turns
        left = planted.transcript.turns[index].text
        assert left[-1].isalnum()
        assert talk().turns[index].text.startswith(left)
        assert len(left.split()) >= 4


def test_private_facts_leak_from_the_partner_only() -> None:
    """Support tells what only the customer was told; without a private fact there is nothing to leak."""
    assert plant("leak_private", talk()) is None
    one = talk()
    customer = replace(one.participants[0], private="Broke the kettle herself.")
    planted = plant("leak_private", replace(one, participants=(customer, one.participants[1])))
    assert planted is not None
    (index,) = planted.turns
    assert one.turns[index].speaker == "support"
    assert planted.transcript.turns[index].text.endswith("Broke the kettle herself.")


def test_a_leaked_prompt_names_role_and_name() -> None:
    """The role ends where its description goes on with "for"."""
    texts = set()
    for seed in range(10):
        planted = plant("leak_prompt", talk(), seed=seed)
        assert planted is not None
        texts |= {planted.transcript.turns[index].text for index in planted.turns}
    assert any("You are support, the support agent. Stay in character" in text for text in texts)


def test_unknown_faults_are_told() -> None:
    """With the nearest."""
    assert [fault.name for fault in find_faults(["swap_tail", "swap_pair", "swap_tail"])] == ["swap_tail", "swap_pair"]
    with pytest.raises(UnknownNameError, match="did you mean 'swap_pair'"):
        find_faults(["swap_pear"])
