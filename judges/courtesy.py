"""Turns that any speaker may say anywhere: greetings, thanks, assent, farewells. They betray neither role nor topic."""

from __future__ import annotations

from collections.abc import Sequence

_COURTESY_WORDS = """
    a again ah aha ahead all alright also am amazing and appreciate are as assistance at awesome be been bye can
    care cheers cool correct day definitely done enjoy evening everything exactly excellent fantastic fine for
    glad go good goodbye got great have hello help helped hey hi hmm how huh i i'd i'll i'm indeed is it it's
    just kind know later like lot lovely luck ma'am me mhm mm morning much my nah need needed nice night no nope
    not now of oh ok okay one perfect please pleasure problem really rest right see set sir so soon sorry sounds
    super sure take thank thanks that that'll that's the then there they this time to today too totally uh um
    understood very wait want wanted was we we'll welcome well what will wonderful worries would wow yay yeah
    yep yes you you'll you're your yours yup
"""
_COURTESY = frozenset(_COURTESY_WORDS.split())
_CONTENT = frozenset(
    {"help", "need", "needed", "want", "wanted", "would", "can", "how", "what", "like", "take", "time"}
)
_LONGEST = 12


def is_courtesy(words: Sequence[str]) -> bool:
    """Whether words say nothing but greeting, thanks, assent or farewell; also where there are no words.

    >>> is_courtesy("thank you very much have a great day".split()), is_courtesy("can i help you".split())
    (True, False)
    """
    if len(words) > _LONGEST:
        return False
    return all(word in _COURTESY for word in words) and (len(words) < 3 or not _asks(words))


def _asks(words: Sequence[str]) -> bool:
    return words[0] in ("can", "how", "what", "would", "will", "are", "is", "i'd", "i'll", "want") and bool(
        _CONTENT.intersection(words)
    )
