"""Where foreign sentences come from: other conversations, by domain, and a few subjects of our own."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from judges.courtesy import is_courtesy
from judges.text_features import sentences
from sims.roles import sides
from sims.transcript import Transcript
from sims.words import words

MOST_SENTENCES = 3
_MIN_SENTENCE_WORDS = 4

ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "astronomy": (
        "I read that the rings of Saturn will be gone in a hundred million years.",
        "A neighbour of mine grinds his own telescope mirrors in the cellar.",
        "Last night you could see four of the moons of Jupiter.",
    ),
    "beekeeping": (
        "My aunt's bees swarmed again and ended up in the church tower.",
        "A queen can lay two thousand eggs in a day, did you know that?",
        "The honey from the lime trees is nearly green this year.",
    ),
    "chess": (
        "I lost a rook ending yesterday that any beginner would have drawn.",
        "The Sicilian has been analysed so far that nobody plays it for fun.",
        "Capablanca never looked more than one move ahead, or so he said.",
    ),
    "knitting": (
        "I have been unpicking the same sleeve for three evenings.",
        "Merino wool felts if you so much as look at it the wrong way.",
        "My grandmother could turn a heel without looking at the sock.",
    ),
    "volcanoes": (
        "Etna threw ash over half of Sicily on Tuesday.",
        "The lava on Hawaii runs so slowly that people walk beside it.",
        "There is a village in Iceland that was dug out of the cinders by hand.",
    ),
    "castles": (
        "The spiral stairs in old castles nearly always turn clockwise.",
        "They found a Roman well under the keep when they laid the cables.",
        "A portcullis was usually made of oak and shod with iron.",
    ),
    "dogs": (
        "Our terrier has learned to open the dustbin with his nose.",
        "Whippets sleep twenty hours a day and then run like the wind.",
        "The vet says that greyhounds should never eat grapes.",
    ),
    "football": (
        "That penalty in the last minute was never a foul.",
        "They sold their best striker and have not scored since.",
        "My cousin played in goal for the county until he broke his thumb.",
    ),
}
"""Sentences that no errand is about, of our own, as donors for any batch; the three of a subject belong together."""


def domain_of(transcript: Transcript) -> str:
    """What a conversation is about, as far as it tells: its scenario, the domains in its meta, or its source."""
    if transcript.scenario:
        return f"scenario {transcript.scenario.id}"
    told = transcript.meta.get("domains") or transcript.meta.get("domain")
    if isinstance(told, list | tuple):
        told = " and ".join(sorted(str(one).split("_")[0] for one in told))
    return f"domain {told}" if told else f"source {transcript.source}"


Said = tuple[str, Mapping[str, Sequence[str]]]
"""A conversation's id, and its sentences with content by the side of who said them."""


@dataclass(frozen=True, slots=True)
class Donors:
    """What was said in other conversations, by domain: sentences with content, in their order."""

    by_domain: Mapping[str, Sequence[Said]]

    @classmethod
    def of(cls, transcripts: Iterable[Transcript]) -> Donors:
        """From the conversations at hand."""
        found: dict[str, list[Said]] = defaultdict(list)
        for transcript in transcripts:
            said = _said_by_side(transcript)
            if said:
                found[domain_of(transcript)].append((transcript.id, said))
        return cls({domain: found[domain] for domain in sorted(found)})

    def same_domain(self, transcript: Transcript, speaker: str, chance: random.Random, *, count: int) -> list[str]:
        """Up to `count` sentences of another conversation of this one's domain, by one side; none where there is none.

        It is the speaker's side where that side said something there, so that a splice is no role flip as well.
        """
        others = [said for name, said in self.by_domain.get(domain_of(transcript), ()) if name != transcript.id]
        return _in_a_row(chance.choice(others), _side(transcript, speaker), chance, count) if others else []

    def other_domain(self, transcript: Transcript, speaker: str, chance: random.Random, *, count: int) -> list[str]:
        """The same of a conversation that shares no domain; none where all share one."""
        own = set(domain_of(transcript).split()) - _LINKS
        foreign = [domain for domain in self.by_domain if own.isdisjoint(domain.split())]
        if not foreign:
            return []
        _, said = chance.choice(self.by_domain[chance.choice(foreign)])
        return _in_a_row(said, _side(transcript, speaker), chance, count)

    def elsewhere(self, transcript: Transcript, speaker: str, chance: random.Random, *, count: int) -> list[str]:
        """Up to three sentences about one of the subjects of `ELSEWHERE`."""
        return list(ELSEWHERE[chance.choice(sorted(ELSEWHERE))][:count])


def _said_by_side(transcript: Transcript) -> Mapping[str, Sequence[str]]:
    of = sides(transcript.participants)
    said: dict[str, list[str]] = defaultdict(list)
    for turn in transcript.turns:
        said[of[turn.speaker]] += [span.text for span in sentences(turn.text) if _gives(span.text)]
    return {side: told for side, told in said.items() if told}


def _side(transcript: Transcript, speaker: str) -> str:
    return sides(transcript.participants)[speaker]


_LINKS = frozenset({"scenario", "domain", "source", "and"})


def _in_a_row(said: Mapping[str, Sequence[str]], side: str, chance: random.Random, count: int) -> list[str]:
    """Sentences of one side from a place of chance on; those for more begin with those for fewer."""
    told = said.get(side) or said[min(said)]
    start = chance.randrange(max(1, len(told) - MOST_SENTENCES + 1))
    return list(told[start : start + count])


def _gives(sentence: str) -> bool:
    said = words(sentence)
    return len(said) >= _MIN_SENTENCE_WORDS and not is_courtesy(said)
