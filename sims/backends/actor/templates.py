"""Sentence templates of the offline actor: choices in brackets, slots in braces.

>>> import random
>>> fill(compile_template("[Hi|Hello], I lost {what}. {What} was new."), random.Random(1), {"what": "my bag"})
'Hi, I lost my bag. My bag was new.'
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_PIECE = re.compile(r"[\[\]|]|\{\w+\}|[^\[\]|{}]+|[{}]")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value; written with a capital, the value begins with one."""

    name: str
    is_capital: bool

    def fill(self, rng: random.Random, slots: Mapping[str, str]) -> str:
        """The value of the slot."""
        value = slots[self.name]
        return value[:1].upper() + value[1:] if self.is_capital else value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several wordings, all equally likely."""

    options: tuple[Template, ...]

    def fill(self, rng: random.Random, slots: Mapping[str, str]) -> str:
        """One wording."""
        return fill(self.options[int(rng.random() * len(self.options))], rng, slots)


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template; `needs` names the slots without which it cannot be filled."""

    parts: tuple[str | Slot | Choice, ...]
    needs: frozenset[str]


def compile_template(text: str) -> Template:
    """The template that a text stands for.

    Raises:
        ValueError: brackets or braces are not balanced.
    """
    pieces = _PIECE.findall(text)
    options, rest = _options(pieces, 0)
    if rest != len(pieces) or len(options) != 1:
        raise ValueError(f"template {text!r}: a ']' or '|' stands outside brackets")
    return options[0]


def _options(pieces: Sequence[str], at: int) -> tuple[tuple[Template, ...], int]:
    """The alternatives from `at` to the closing bracket or the end, and where they end."""
    options: list[Template] = []
    parts: list[str | Slot | Choice] = []
    while at < len(pieces) and pieces[at] != "]":
        piece = pieces[at]
        if piece == "[":
            inner, at = _options(pieces, at + 1)
            if at == len(pieces):
                raise ValueError("a '[' of a template is never closed")
            parts.append(Choice(inner))
        elif piece == "|":
            options.append(_template(parts))
            parts = []
        else:
            parts.append(_leaf(piece))
        at += 1
    return (*options, _template(parts)), at


def _leaf(piece: str) -> str | Slot:
    if piece in "{}":
        raise ValueError("a brace of a template encloses no slot name")
    if not piece.startswith("{"):
        return piece
    name = piece[1:-1]
    return Slot(name.lower(), name[0].isupper())


def _template(parts: Sequence[str | Slot | Choice]) -> Template:
    return Template(tuple(parts), frozenset(_needs(parts)))


def _needs(parts: Sequence[str | Slot | Choice]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Slot):
            yield part.name
        elif isinstance(part, Choice):
            for option in part.options:
                yield from option.needs


def fill(template: Template, rng: random.Random, slots: Mapping[str, str]) -> str:
    """The template in words."""
    return "".join(part if isinstance(part, str) else part.fill(rng, slots) for part in template.parts)


def join_said(texts: Iterable[str]) -> str:
    """What is said one after the other as one text; a piece without an end mark gets a full stop before the next.

    >>> join_said(["ok", "", "see you"])
    'ok. see you'
    """
    said = [text for text in texts if text]
    stopped = [
        f"{text}." if text[-1].isalnum() and not after.startswith(("[", "<")) else text
        for text, after in zip(said, [*said[1:], "["], strict=True)
    ]
    return " ".join(stopped)


def say(templates: Sequence[Template], rng: random.Random, slots: Mapping[str, str]) -> str:
    """One of those templates for which every slot is known, in words; empty when there is none."""
    usable = [template for template in templates if template.needs <= slots.keys()]
    return fill(usable[int(rng.random() * len(usable))], rng, slots) if usable else ""
