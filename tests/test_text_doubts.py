"""What the audit of free-form texts doubts: copies, texts that are nobody's, and data too few to show anything."""

from __future__ import annotations

import doctest
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from analysis.datatypes.summary import plain_data
from analysis.datatypes.texts import reach, repeats
from analysis.datatypes.texts.audit import TextsAudit, audit_text_files, audit_texts
from analysis.datatypes.texts.columns import TextsColumns
from analysis.datatypes.texts.reach import can_show, clusters_needed, least_p
from analysis.datatypes.texts.repeats import clusters_by_text
from analysis.datatypes.texts.task import text_files_task, texts_task
from analysis.datatypes.texts.telling import tell_texts
from analysis.datatypes.texts.unusable import why_unusable

HUMAN = "I think it's fun, but I dunno why. We went there {} times! Maybe you would like it because it is so cheap."
LLM = "Furthermore, establishment {} provides considerable enjoyment. In conclusion, affordability is an advantage."


def _pair(number: int, **more: object) -> dict[str, object]:
    return {"human": HUMAN.format(number), "llm": LLM.format(number)} | more


def _file(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _audit(tmp_path: Path, rows: Sequence[dict[str, object]], *, cluster: str | None = None) -> TextsAudit:
    return audit_texts([_file(tmp_path / "pairs.jsonl", rows)], TextsColumns(cluster=cluster))


def test_the_examples_in_the_docstrings_hold() -> None:
    """They are run as they stand."""
    assert [doctest.testmod(module).failed for module in (reach, repeats)] == [0, 0]


def test_copied_pairs_are_one_cluster(tmp_path: Path) -> None:
    """Nine pairs six times over are nine clusters, with which nothing can be told, and the copies are counted."""
    found = _audit(tmp_path, [_pair(n) for n in range(9)] * 6)
    assert (found.human_texts, found.clusters) == (54, 9)
    assert not any(one.differs for one in found.contrasts)
    told = tell_texts(found)
    assert told.headline.startswith("Cannot tell: 54 pairs in 9 clusters; 11 clusters are needed")
    assert any("45 of 54 human texts and 45 of 54 LLM texts are copies" in warning for warning in told.warnings)


def test_one_copied_text_joins_its_pairs(tmp_path: Path) -> None:
    """Twelve LLM texts to one human text, which differs in spaces and capitals only, are one cluster."""
    human = [HUMAN.format(1).replace(" ", " " * (1 + n % 2)).upper() for n in range(12)]
    found = _audit(tmp_path, [_pair(n) | {"human": text} for n, text in enumerate(human)])
    assert (found.clusters, found.odd_human.repeated, found.odd_llm.repeated) == (1, 11, 0)


def test_a_cluster_column_is_believed_and_copies_still_told(tmp_path: Path) -> None:
    """Copies under different names count as many, as the user says; the warning says that, too."""
    found = _audit(tmp_path, [_pair(n % 9, id=n) for n in range(27)], cluster="id")
    assert found.clusters == 27
    assert any("only where the cluster column says so" in warning for warning in tell_texts(found).warnings)


def test_texts_of_heaps_are_joined_over_both_sides(tmp_path: Path) -> None:
    """Of three human texts two are alike, and one of them stands among the LLM's: 3 clusters of 5 texts."""
    human = _file(tmp_path / "human.jsonl", [{"text": HUMAN.format(n)} for n in (1, 1, 2)])
    llm = _file(tmp_path / "llm.jsonl", [{"text": text} for text in (HUMAN.format(2), LLM.format(1))])
    found = audit_text_files([human], [llm], TextsColumns(human="text", llm="text"))
    assert (found.clusters, found.odd_human.repeated, found.odd_llm.repeated) == (3, 1, 0)


def test_copies_are_not_parted_when_retraining(tmp_path: Path) -> None:
    """Both tasks put copies into one cluster; texts without a word have nothing in common."""
    rows = [_pair(n % 25, kind="ab"[n % 2]) for n in range(50)]
    path = _file(tmp_path / "pairs.jsonl", rows)
    task = texts_task([path], TextsColumns(label="kind"))
    assert len({one.cluster for one in task.human}) == 25
    assert [one.cluster for one in task.human] == [one.cluster for one in task.llm]
    heaps = text_files_task([path], [path], TextsColumns(human="human", llm="llm", label="kind"))
    assert (len({one.cluster for one in heaps.human}), len({one.cluster for one in heaps.llm})) == (25, 25)
    assert clusters_by_text([[None], [None]]) == ("text 0", "text 1")


@pytest.mark.parametrize(
    ("human", "llm", "is_paired", "least"),
    [
        (range(5), range(5), True, 2 / 2**5),
        ([0, 0, 0, 1], [0, 0, 0, 1], True, 2 / 2**2),
        (range(4), range(4, 8), False, 2 / 70),
        ([0, 1, 2], [0, 3, 3], False, 2 / (2 * 3)),
        ([0], [0], True, 1),
        (range(5000), range(5000), True, 0),
    ],
)
def test_the_least_p(human: Sequence[int], llm: Sequence[int], is_paired: bool, least: float) -> None:
    """Two of all ways to exchange clusters: 2^5 of five pairs, C(8, 4) = 70 of four and four, 2 · C(3, 2) of a mix."""
    found = least_p(np.array(human), np.array(llm), is_paired=is_paired)
    assert found == pytest.approx(least)


def test_how_many_it_takes() -> None:
    """36 · 2 / 2^10 = .07 is too much and 36 · 2 / 2^11 = .035 is not; of heaps 36 · 2 / C(14, 7) = .021."""
    assert not can_show(2 / 2**10, tests=36)
    assert can_show(2 / 2**11, tests=36)
    assert clusters_needed(36, is_paired=True) == 11
    assert clusters_needed(36, is_paired=False) == 7


@pytest.mark.parametrize("count", [2, 5, 10])
def test_too_few_pairs_cannot_tell(tmp_path: Path, count: int) -> None:
    """However plainly they differ, it says so and how many it takes, not that nothing differs."""
    told = tell_texts(_audit(tmp_path, [_pair(n) for n in range(count)]))
    assert told.headline.startswith(f"Cannot tell: {count} pairs; 11 pairs are needed")
    assert "None of" not in told.headline
    assert told.sections[0].answer.startswith("Cannot tell")


def test_too_few_heaps_cannot_tell(tmp_path: Path) -> None:
    """Three texts against five: seven on each side would do."""
    human = _file(tmp_path / "human.jsonl", [{"text": HUMAN.format(n)} for n in range(3)])
    llm = _file(tmp_path / "llm.jsonl", [{"text": LLM.format(n)} for n in range(5)])
    told = tell_texts(audit_text_files([human], [llm], TextsColumns(human="text", llm="text")))
    assert "3 human texts and 5 of the LLM; 7 texts on each side are needed" in told.headline


@pytest.mark.parametrize("clusters", [1, 2, 9])
def test_few_clusters_have_no_auc(tmp_path: Path, clusters: int) -> None:
    """Forty pairs in too few clusters for five folds: no figure, no NaN, and their number in the answer."""
    found = _audit(tmp_path, [_pair(n, by=n % clusters) for n in range(40)], cluster="by")
    assert (found.told_apart.auc, found.told_apart.clusters) == (None, clusters)
    json.dumps(plain_data(found), allow_nan=False)
    section = next(one for one in tell_texts(found).sections if one.title == "Human or machine?")
    assert f"{clusters} cluster" in section.answer
    assert "10 where both have the same" in section.answer


def test_length_is_told_only_where_it_differs(tmp_path: Path) -> None:
    """Texts of 20 words on either side differ, but not in length; with twice as many words by the LLM they do.

    No other effect goes with it there, so that it is one of the differences and no suspect.
    """
    human = "I think it is fun but I do not know why we went there {} times last year with you."
    llm = (
        "The establishment provides considerable enjoyment for visitors of number {} and "
        "their families at affordable prices for all the people."
    )
    alike = [{"human": human.format(n), "llm": llm.format(n)} for n in range(15)]
    longer = [{"human": human.format(n), "llm": f"{llm.format(n)} {llm.format(n)}"} for n in range(15)]
    answers = [tell_texts(_audit(tmp_path, rows)).sections[0].answer for rows in (alike, longer)]
    assert ["Length is one of them (40 words by the LLM, 20 by people)" in answer for answer in answers] == [
        False,
        True,
    ]
    assert not any("suspect" in answer for answer in answers)


def test_the_headline_names_its_figures(tmp_path: Path) -> None:
    """The reader is told what +1.00 is of."""
    assert "by Cliff's delta (−1 to 1" in tell_texts(_audit(tmp_path, [_pair(n) for n in range(15)])).headline


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("As a language model, I do not have a country.", "speaks as a model"),
        ("Cars are loud. As an AI, I take no bus.", "speaks as a model"),
        ("I'm sorry, but I cannot write this essay.", "refuses"),
        ("I am unable to provide opinions.", "refuses"),
        ("I would send the flag of [your country] to the exhibition.", "has an unfilled slot"),
        ("As a child I lived there. I cannot wait to return.", None),
        ("I am sorry to say that cars are loud.", None),
        ("He wrote [sic] that language models are loud.", None),
    ],
)
def test_texts_that_are_not_the_writers(text: str, why: str | None) -> None:
    """A model speaking of itself, a refusal and a slot are seen; people's ordinary sentences are not."""
    assert why_unusable(text) == why


def test_unusable_texts_are_told_with_their_rows(tmp_path: Path) -> None:
    """They count, and the reader is told where they stand."""
    rows = [_pair(n) for n in range(12)]
    rows[3]["llm"] = "As a language model, I have no country. In conclusion, it is an advantage."
    found = _audit(tmp_path, rows)
    assert [one.place.rpartition(":")[2] for one in found.odd_llm.unusable] == ["4"]
    assert any("pairs.jsonl:4 (speaks as a model)" in warning for warning in tell_texts(found).warnings)
