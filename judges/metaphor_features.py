"""Words as the metaphor table knows them: forms, light lemmas, endings and kinds."""

from __future__ import annotations

import re
from functools import lru_cache

_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "`": "'"})
_TOKEN = re.compile(
    r"[^\W\d_]+(?=n't\b)|n't\b|'(?:s|m|re|ve|ll|d)\b"  # do + n't, it + 's
    r"|[^\W_]+(?:-[^\W_]+)*|[^\w\s]"  # words and numbers, single marks
)
END = "</s>"


def _words(text: str) -> list[str]:
    return text.split()


_IRREGULAR = dict(
    pair.split(":")
    for pair in _words(
        "went:go gone:go goes:go came:come took:take taken:take got:get gotten:get gave:give given:give made:make "
        "found:find left:leave felt:feel saw:see seen:see knew:know known:know thought:think brought:bring kept:keep "
        "held:hold told:tell became:become began:begin begun:begin ran:run fell:fall fallen:fall rose:rise risen:rise "
        "drew:draw drawn:draw broke:break broken:break grew:grow grown:grow led:lead lost:lose met:meet paid:pay "
        "sent:send spent:spend stood:stand struck:strike threw:throw thrown:throw wore:wear worn:wear wrote:write "
        "written:write built:build bore:bear bound:bind caught:catch chose:choose chosen:choose drove:drive "
        "driven:drive flew:fly flown:fly fought:fight sought:seek shook:shake shaken:shake shot:shoot spoke:speak "
        "spoken:speak stuck:stick taught:teach tore:tear torn:tear understood:understand won:win had:have has:have "
        "having:have did:do does:do done:do said:say men:man women:woman feet:foot teeth:tooth children:child "
        "lives:life lay:lie laid:lay lain:lie sat:sit heard:hear meant:mean sold:sell bent:bend dealt:deal fed:feed "
        "hung:hang swept:sweep slid:slide sank:sink sunk:sink sprang:spring hidden:hide hid:hide forgotten:forget "
        "forgot:forget blew:blow blown:blow"
    )
)
FUNCTION_WORDS = frozenset(
    _words(
        "the a an this that these those my your his her its our their some any no every each all both such what which "
        "who of in to for with on at by from into over under about through between against up out off down back away "
        "around along across after before during without within upon towards toward onto as than like and or but if "
        "because when while so not n't is are was were be been being am 's 're 'm 've 'll 'd have has had do does did "
        "will would can could may might must shall should i you he she it we they me him us them there here very too "
        "more most quite just also only even still"
    )
)
PERSONS = frozenset(_words("i you he she me we"))
PRONOUNS = frozenset(_words("i you he she it we they me him us them"))
_ENDINGS = ("ing", "ed", "ly", "tion", "ment", "ness", "ity", "ous", "ful", "al", "ive", "able", "er", "est", "s")


Piece = tuple[str, int, int]
"""A token: its form, and its start and end in the text it came from."""


def pieces(text: str, offset: int = 0) -> list[Piece]:
    """The words, clitics ("n't", "'s"), numbers and marks of a text, lower-cased.

    "don't", "do n't" and "do not" all give two tokens, so that shares do not depend on who prepared the text.
    """
    return [(found.group(), offset + found.start(), offset + found.end()) for found in _TOKEN.finditer(_plain(text))]


def forms_of(text: str) -> list[str]:
    """The forms of `pieces` without their places, several times as fast."""
    return _TOKEN.findall(_plain(text))


def _plain(text: str) -> str:
    return folded(text if text.isascii() and "`" not in text else text.translate(_STRAIGHT))


def folded(text: str) -> str:
    """The text lower-cased, at the same length: a few letters grow when lower-cased, and those stay as they are."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@lru_cache(maxsize=1 << 16)
def is_word(form: str) -> bool:
    """Whether a token is a word or a clitic, not a number or a mark."""
    return form[0].isalpha() or (len(form) > 1 and form[0] == "'")


def is_content(form: str) -> bool:
    """Whether a token is a word that carries meaning of its own."""
    return form[0].isalpha() and form not in FUNCTION_WORDS


@lru_cache(maxsize=1 << 16)
def lemma(form: str) -> str:
    """A rough base form: endings cut, irregular forms looked up. Not always a word ("mov"), but always the same."""
    if form in _IRREGULAR:
        return _without_e(_IRREGULAR[form])
    if len(form) <= 3:
        return form
    if form.endswith("ies") and len(form) > 4:
        return form[:-3] + "y"
    if form.endswith(("sses", "shes", "ches", "xes")):
        return form[:-2]
    if form.endswith("s") and not form.endswith(("ss", "us", "is")):
        form = form[:-1]
    return _without_verb_ending(form)


def _without_verb_ending(form: str) -> str:
    for ending in ("ing", "ed"):
        stem = form.removesuffix(ending)
        if stem != form and len(stem) >= 3 and any(char in "aeiouy" for char in stem):
            if ending == "ed" and stem.endswith("i"):
                return stem[:-1] + "y"
            doubled = len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz"
            return stem[:-1] if doubled else stem
    return _without_e(form)


def _without_e(form: str) -> str:
    return form[:-1] if form.endswith("e") and len(form) > 3 else form


def kind(form: str) -> str:
    """The word itself for function words, else its ending, "0" for numbers, "," for marks, "x" for the rest."""
    if form in FUNCTION_WORDS or form == END:
        return form
    if not form[0].isalpha():
        return "0" if form[0].isdigit() else ","
    return next((f"-{end}" for end in _ENDINGS if form.endswith(end) and len(form) > len(end) + 2), "x")
