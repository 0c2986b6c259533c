"""Emotions by a model that the user names: shares, flips, and one line where it cannot be had. The model is a fake."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.datatypes.texts.audit import audit_text_files, audit_texts
from analysis.datatypes.texts.columns import TextsColumns
from analysis.datatypes.texts.emotion_model import load_emotion_model
from analysis.datatypes.texts.telling import tell_texts
from sims.errors import UsageError
from simstress.cli.app import run_app

SAD, GLAD = "She cried at the funeral of number", "I am happy with number"


def _scores(text: str) -> Mapping[str, float]:
    return {"joy": 0.5 if "happy" in text else 0.2, "sadness": 0.9 if "cried" in text else 0.49}


def _file(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _pairs(path: Path, *, count: int = 12) -> Path:
    return _file(path, [{"human": f"{SAD} {n}.", "llm": f"{GLAD} {n}."} for n in range(count)])


def test_emotions_of_pairs_are_cut_at_the_papers_half(tmp_path: Path) -> None:
    """Joy of .5 counts, sadness of .49 does not: in all 12 pairs joy appears and sadness vanishes.

    Exact McNemar of 12 to 0 is 2 / 2^12 = .00049, twice that after Holm over two emotions.
    """
    found = audit_texts([_pairs(tmp_path / "pairs.jsonl")], TextsColumns(), emotion_model=_scores)
    joy, sadness = found.emotions
    assert (joy.emotion, joy.human.value, joy.llm.value) == ("joy", 0, 1)
    assert joy.gained is not None
    assert sadness.lost is not None
    assert (joy.gained.value, sadness.lost.value) == (1, 1)
    assert joy.p_adjusted == pytest.approx(2 * 2 / 2**12)
    section = next(one for one in tell_texts(found).sections if one.title == "Emotions")
    assert (
        section.answer == "2 of 2 differ; more often in the LLM's texts: joy; less often in the LLM's texts: sadness."
    )


def test_emotions_of_few_pairs_cannot_be_told(tmp_path: Path) -> None:
    """Two emotions take 7 pairs: 2 / 2^7 · 2 = .03; with four nothing could be seen, and that is said."""
    found = audit_texts([_pairs(tmp_path / "pairs.jsonl", count=4)], TextsColumns(), emotion_model=_scores)
    section = next(one for one in tell_texts(found).sections if one.title == "Emotions")
    assert section.answer == "Cannot tell: 4 clusters; 7 are needed."


def test_emotions_of_heaps_have_shares_and_no_flips(tmp_path: Path) -> None:
    """Of 12 human texts 9 are sad, of 12 by the LLM 1: shares .75 and .083 differ, and nothing flips."""
    human = [{"text": f"{SAD if n < 9 else GLAD} {n}."} for n in range(12)]
    llm = [{"text": f"{SAD if n < 1 else GLAD} {n} or so."} for n in range(12)]
    paths = [_file(tmp_path / "human.jsonl", human)], [_file(tmp_path / "llm.jsonl", llm)]
    found = audit_text_files(*paths, TextsColumns(human="text", llm="text"), emotion_model=_scores)
    sadness = found.emotions[1]
    assert (sadness.human.value, sadness.llm.value) == (0.75, pytest.approx(1 / 12))
    assert sadness.differs
    assert sadness.gained is None


def test_emotions_that_part_heaps_wholly_differ(tmp_path: Path) -> None:
    """All 12 human texts are sad and none of the LLM's: no spread within either side, and still a p; 2 and 2 cannot."""
    sides = [[{"text": f"{said} {n}."} for n in range(12)] for said in (SAD, GLAD)]
    columns = TextsColumns(human="text", llm="text")
    many = [[_file(tmp_path / f"{n}.jsonl", rows)] for n, rows in enumerate(sides)]
    assert all(one.differs for one in audit_text_files(*many, columns, emotion_model=_scores).emotions)
    few = [[_file(tmp_path / f"few{n}.jsonl", rows[:2])] for n, rows in enumerate(sides)]
    told = tell_texts(audit_text_files(*few, columns, emotion_model=_scores))
    answer = next(one.answer for one in told.sections if one.title == "Emotions")
    assert answer == "Cannot tell: 4 clusters; 5 are needed on each side."


def test_without_a_model_there_are_no_emotions(tmp_path: Path) -> None:
    """No word list stands in for one."""
    found = audit_texts([_pairs(tmp_path / "pairs.jsonl")], TextsColumns())
    assert found.emotions == ()
    assert "Emotions" not in {one.title for one in tell_texts(found).sections}


def _fake_transformers(monkeypatch: pytest.MonkeyPatch, *, fault: Exception | None = None) -> None:
    def pipeline(task: str, *, model: str, top_k: None, truncation: bool) -> Any:
        assert (task, model, top_k, truncation) == ("text-classification", "some/model", None, True)
        if fault is not None:
            raise fault
        return lambda texts: [
            [{"label": name, "score": score} for name, score in _scores(one).items()] for one in texts
        ]

    monkeypatch.setitem(sys.modules, "transformers", SimpleNamespace(pipeline=pipeline))


def test_the_command_uses_the_model_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is loaded by its name; the summary names it."""
    _fake_transformers(monkeypatch)
    path, out = _pairs(tmp_path / "pairs.jsonl"), tmp_path / "out"
    command = ["audit", "texts", str(path), "--human-column", "human", "--llm-column", "llm", "--out", str(out)]
    assert run_app([*command, "--emotion-model", "some/model"]) == 0
    assert "sadness" in capsys.readouterr().out
    assert '"some/model"' in (out / "summary.json").read_text(encoding="utf-8")


def test_a_model_that_cannot_be_had_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether transformers is not installed, or does not find it."""
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UsageError, match=r"pip install 'simstress\[emotions\]'"):
        load_emotion_model("some/model")
    _fake_transformers(monkeypatch, fault=OSError("no such model\non the hub"))
    with pytest.raises(UsageError, match="cannot be loaded as a text classifier: no such model on the hub"):
        load_emotion_model("some/model")
