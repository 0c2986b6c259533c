"""Corruptions planted into good instruction data, one kind at a time, for what the scanner catches of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from sims.seeds import generator

Triple: TypeAlias = dict[str, str]
"""instruction, input and output."""
Planted: TypeAlias = tuple[list[Triple], list[int]]
"""Rows to be scanned, and the places of those that were corrupted."""

_REFUSALS = (
    "I'm sorry, but I can't help with that request.",
    "As an AI language model, I do not have personal opinions on this matter.",
    "I cannot fulfill this request because it goes against my guidelines.",
    "Unfortunately, I am unable to answer this question.",
    "Please provide the text that you would like me to work on.",
)
_FOREIGN = (
    "Das ist eine sehr gute Frage, und ich möchte sie gern mit Ihnen in aller Ruhe besprechen.",
    "C'est une très bonne question, et je voudrais en parler avec vous dans les jours qui viennent.",
    "Esta es una pregunta muy buena y me gustaría hablar con usted de ello en los próximos días.",
    "这是一个很好的问题，我想在接下来的几天里和你谈谈这个问题。",
)
_SLOTS = ("[insert name here]", "[Your Name]", "{{product name}}")
_OPPOSITES = {
    "yes": "No",
    "no": "Yes",
    "true": "false",
    "false": "true",
    "positive": "negative",
    "negative": "positive",
}


def each(change: Callable[[Triple, int], Triple | None], rows: Sequence[Triple]) -> Planted:
    """All rows, those changed that can be; the first stays whole, since a file without any output is refused."""
    changed = [change(dict(row), place) if place else None for place, row in enumerate(rows)]
    return [new or row for new, row in zip(changed, rows, strict=True)], [n for n, new in enumerate(changed) if new]


def cut_at_word(row: Triple, place: int) -> Triple | None:
    """The output broken off after a word, 40 to 80 % of the way."""
    found = [one.end() for one in re.finditer(r"\S+", row["output"])]
    if len(found) < 12:
        return None
    end = found[int(len(found) * generator("cut", place).uniform(0.4, 0.8))]
    return row | {"output": row["output"][:end]}


def cut_in_word(row: Triple, place: int) -> Triple | None:
    """The output broken off inside a word of six letters or more."""
    found = list(re.finditer(r"\b[a-z]{6,}\b", row["output"]))
    late = found[len(found) // 2 :]
    if len(row["output"].split()) < 12 or not late:
        return None
    word = generator("cut in", place).choice(late)
    return row | {"output": row["output"][: word.start() + 4]}


def drop_input(row: Triple, place: int) -> Triple | None:
    """The input left out."""
    return row | {"input": ""} if row["input"].strip() else None


def empty_output(row: Triple, place: int) -> Triple:
    """No output."""
    return row | {"output": " "}


def refuse(row: Triple, place: int) -> Triple:
    """The output replaced by a refusal."""
    return row | {"output": _REFUSALS[place % len(_REFUSALS)]}


def echo(row: Triple, place: int) -> Triple | None:
    """The instruction given as the output."""
    return row | {"output": row["instruction"]} if len(row["instruction"].split()) > 4 else None


def foreign(row: Triple, place: int) -> Triple:
    """The output replaced by a sentence in another language."""
    return row | {"output": _FOREIGN[place % len(_FOREIGN)]}


def slot(row: Triple, place: int) -> Triple:
    """A slot put before the output."""
    return row | {"output": f"Dear {_SLOTS[place % len(_SLOTS)]}, {row['output']}"}


def merge(row: Triple, place: int) -> Triple:
    """A whole record put into the input, as a splitter that misses a mark leaves it."""
    whole = f"{place}\nInstruction: {row['instruction']}\nInput: {row['input']}\nOutput: {row['output']}"
    return {"instruction": "ERROR", "input": whole, "output": ""}


def loop(row: Triple, place: int) -> Triple | None:
    """The last eight words said ten times."""
    found = row["output"].split()
    return row | {"output": " ".join(found + found[-8:] * 10)} if len(found) >= 8 else None


def other_label(row: Triple, place: int) -> Triple | None:
    """A label that is none of those offered."""
    return (
        row | {"output": "purple"}
        if re.search(r"\b(?:output|classify|select|yes or no)\b", row["instruction"], re.I)
        and len(row["output"].split()) < 3
        else None
    )


def swap(rows: Sequence[Triple]) -> Planted:
    """Neighbours' outputs exchanged."""
    mixed = [dict(row) for row in rows]
    for first in range(0, len(rows) - 1, 2):
        mixed[first]["output"], mixed[first + 1]["output"] = rows[first + 1]["output"], rows[first]["output"]
    return mixed, list(range(len(rows) - len(rows) % 2))


def repeat(rows: Sequence[Triple]) -> Planted:
    """Every row a second time with a word of its output left out."""
    copies = [row | {"output": " ".join(row["output"].split()[:-1]) or row["output"]} for row in rows]
    return [*rows, *copies], list(range(len(rows), 2 * len(rows)))


def flip_label(rows: Sequence[Triple]) -> Planted:
    """A copy with the opposite label of every row that has one; both contradict each other."""
    flipped = [(place, row, _OPPOSITES.get(row["output"].strip(" .").lower())) for place, row in enumerate(rows)]
    found = [(place, row | {"output": label}) for place, row, label in flipped if label]
    return [*rows, *(row for _, row in found)], list(range(len(rows), len(rows) + len(found)))


def negate(rows: Sequence[Triple]) -> Planted:
    """A copy with "is not" for "is" (or are, was, can, will) of every row that has such a word."""
    found = []
    for row in rows:
        output, count = re.subn(r"\b(is|are|was|can|will)\b(?! not)", r"\1 not", row["output"], count=1)
        found += [row | {"output": output}] if count and len(output.split()) >= 5 else []
    return [*rows, *found], list(range(len(rows), len(rows) + len(found)))


def break_code(row: Triple, place: int) -> Triple | None:
    """The first colon at the end of a line of Python left out."""
    if not re.search(r"\bpython\b", row["instruction"] + row["input"], re.I) or not re.match(
        r"(?:def|import|class) ", row["output"]
    ):
        return None
    return row | {"output": re.sub(r":\n", "\n", row["output"], count=1)}


def break_json(row: Triple, place: int) -> Triple:
    """The output wanted as JSON, and a quotation mark of it lost."""
    return row | {
        "instruction": row["instruction"] + " Return JSON.",
        "output": '{"answer": "' + row["output"].replace("\n", " ").replace('"', "'") + "}",
    }


def no_json(row: Triple, place: int) -> Triple:
    """JSON wanted, and none given."""
    return row | {
        "instruction": row["instruction"] + " Give the answer as JSON.",
        "output": re.sub(r"[\[\]{}]", "", row["output"]),
    }


def too_many(row: Triple, place: int) -> Triple:
    """Three things wanted, five given."""
    items = "\n".join(f"{number}. Item" for number in range(1, 6))
    return row | {"instruction": "List three things to do on a rainy day.", "input": "", "output": items}


def unseen(row: Triple, place: int) -> Triple:
    """A picture spoken of that is not there."""
    return row | {"instruction": "Describe what you see in the given image.", "input": ""}


FAULTS: Mapping[str, tuple[str, Callable[[Sequence[Triple]], Planted]]] = {
    name: (check, (lambda rows, change=change: each(change, rows)) if is_single else change)
    for name, check, change, is_single in (
        ("output left empty", "empty_output", empty_output, True),
        ("record merged into the input", "broken_row", merge, True),
        ("input dropped", "missing_input", drop_input, True),
        ("picture that is not there", "unseen_medium", unseen, True),
        ("output cut after a word", "truncated_output", cut_at_word, True),
        ("output cut inside a word", "truncated_output", cut_in_word, True),
        ("last words in a loop", "looping_output", loop, True),
        ("slot left open", "placeholder", slot, True),
        ("refusal as output", "refusal", refuse, True),
        ("instruction as output", "echo", echo, True),
        ("outputs of neighbours exchanged", "swapped_output", swap, False),
        ("five items for three", "wrong_count", too_many, True),
        ("no JSON where asked", "format_mismatch", no_json, True),
        ("JSON broken", "broken_code", break_json, True),
        ("Python broken", "broken_code", break_code, True),
        ("output in another language", "language_mismatch", foreign, True),
        ("label not offered", "label_outside", other_label, True),
        ("copy with the opposite label", "label_contradiction", flip_label, False),
        ("copy with a negation", "polarity_flip", negate, False),
        ("copy with a word less", "near_duplicate", repeat, False),
    )
}
"""By name: the check that should see the corruption, and what plants it."""


def planted_files(rows: Sequence[Triple]) -> Iterator[tuple[str, str, Planted]]:
    """Every corruption planted into the rows: its name, the check that should see it, the rows."""
    for name, (check, plant) in FAULTS.items():
        yield name, check, plant(rows)
