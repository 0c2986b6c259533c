"""Words of a scene that fit into templates: whole phrases, taken only where they stay grammatical.

Everything here is a heuristic over English; a phrase that cannot be made to fit is left out, and templates
that need it are not used.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sims.backends.backend import Scene
from sims.seeds import generator

_ENDS = (
    r"who|which|that|where|when|because|so|and|or|but|is|are|was|were|has|have|had|will|would|can|could|should|must"
    r"|does|do|did|may|might|wants?|needs?|if|as|until|while|before|after|never|not|without|using|then"
)
_NOUN_PHRASE = re.compile(
    rf"\b(?:a|an|the|this|that|your|my|their|our|his|her)\s+(?:(?!(?:{_ENDS})\b)[\w'’-]+\s*){{1,6}}", re.IGNORECASE
)
_LOOSE_END = re.compile(r"\s+(?:for|of|to|in|on|at|with|by|from|about|a|an|the|your|my|their|our|his|her)$")
_NOT_A_VERB = re.compile(
    r"(?:a|an|the|you|your|i|my|he|she|they|their|we|our|it|this|that|these|no|there|to|all|every|never|not|always"
    r"|\w+(?:ing|ed|ly|tion|ness|ment|s))\b",
    re.IGNORECASE,
)
_ENDS_IN_S_BUT_VERB = re.compile(r"(?:discuss|pass|assess|process|press|guess|focus|express|address)\b", re.IGNORECASE)
_PAST = re.compile(r"(?:has|had|was|bought|lost|paid|made|forgot|found|knew|got|left|went|saw|took|\w{3,}ed)\b", re.I)
_TO_ME = {
    "your": "my", "yours": "mine", "yourself": "myself", "you": "me", "their": "my", "his": "my", "her": "my",
    "themselves": "myself", "himself": "myself", "herself": "myself", "them": "me", "him": "me", "has": "have",
}  # fmt: skip


def scene_words(scene: Scene, seed: int) -> dict[str, str]:
    """The phrases of a scene by slot: topic, goal, detail, other, other_role, me, last."""
    rng = generator("scene", seed)
    other = scene.others[int(rng.random() * len(scene.others))]
    found = {
        "me": scene.me.name,
        "other": other.name,
        "other_role": _short_role(other.role),
        "topic": topic(scene.task),
        "goal": goal(scene.me.goal),
        "detail": detail(scene.me.private),
        "last": last_phrase(scene),
    }
    return {slot: value for slot, value in found.items() if value}


@lru_cache(maxsize=512)
def topic(task: str) -> str:
    """What the task is about as a noun phrase that any speaker can use; "this" where none is found.

    >>> topic("Settle a refund request for a cancelled flight.")
    'the refund request for a cancelled flight'
    """
    if task.rstrip().endswith("?"):
        return "this question"
    phrase = noun_phrase(task)
    if not phrase:
        return "this"
    return re.sub(r"^(?:a|an|your|my|their|our|his|her)\b", "the", phrase, flags=re.IGNORECASE)


@lru_cache(maxsize=512)
def goal(text: str) -> str:
    """A goal as what follows "I'd like to"; empty where it does not begin with a bare verb or names a listener.

    >>> goal("Get your money back for a cancelled flight. Be quick.")
    'get my money back for a cancelled flight'
    >>> goal("A new phone.")
    ''
    """
    first = re.sub(r"^(?:you|he|she|they)?\s*(?:wants?\s+to|to)\s+", "", _first_clause(text), flags=re.IGNORECASE)
    if (
        len(first.split()) < 2
        or "the other" in first
        or (_NOT_A_VERB.match(first) and not _ENDS_IN_S_BUT_VERB.match(first))
    ):
        return ""
    return _as_mine(first[:1].lower() + first[1:])


@lru_cache(maxsize=512)
def detail(text: str) -> str:
    """A private fact as a sentence in the first person; empty where it cannot be turned into one.

    >>> detail("Bought travel insurance but forgot about it.")
    'I bought travel insurance but forgot about it.'
    """
    first = _first_clause(text)
    found = re.match(r"(?:you|i|he|she|they)\s+", first, re.IGNORECASE)
    rest = first[found.end() :] if found else first
    if len(rest.split()) < 2 or not (found or _PAST.match(rest)):
        return ""
    return f"I {_as_mine(rest[:1].lower() + rest[1:])}."


def last_phrase(scene: Scene) -> str:
    """A noun phrase of the last turn, from the mouth of the one who answers; empty where none is found.

    Of a turn that a stressor changed, what its speaker meant to say counts.
    """
    if not scene.turns:
        return ""
    phrase = noun_phrase(scene.turns[-1].own_text[-400:])
    swapped = {"my": "your", "your": "my"}
    first, _, rest = phrase.partition(" ")
    return f"{swapped.get(first.lower(), first.lower())} {rest}" if rest else ""


def _short_role(role: str) -> str:
    """A role as it follows "the"; empty where it is more than a short noun phrase."""
    bare = re.sub(r"^(?:an?|the)\s+", "", re.split(r"[,.;:(]", role.strip(), maxsplit=1)[0], flags=re.IGNORECASE)
    return bare if 1 <= len(bare.split()) <= 6 and not re.match(r"(?:i|you|he|she|they)\b", bare, re.IGNORECASE) else ""


def noun_phrase(text: str) -> str:
    """The first phrase that a determiner begins, up to seven words; empty where there is none."""
    for found in _NOUN_PHRASE.finditer(text):
        phrase = found.group().strip()
        while _LOOSE_END.search(phrase):
            phrase = _LOOSE_END.sub("", phrase)
        if " " in phrase:
            return phrase[:1].lower() + phrase[1:]
    return ""


def _first_clause(text: str) -> str:
    return re.split(r"[.;!?\n]", text.strip(), maxsplit=1)[0].strip()


def _as_mine(text: str) -> str:
    return re.sub(r"[A-Za-z]+", lambda found: _TO_ME.get(found.group(), found.group()), text)
