"""SPP's figures by our own judges: made-up verdicts beside made-up puzzles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import paper_files as made
import pytest

from analysis.paper.reproduce import audit_paper
from analysis.paper.telling import tell_paper
from analysis.paper.values import Reproduction
from judges.verdict import Unjudged, Verdict
from judges.verdict_file import VERDICTS
from sims.errors import UsageError

ANSWERS = {"p0": "2.", "p1": "1.", "p2": "2.", "p3": "2."}
DIGRESSION = {"p0": "off-topic", "p1": "off-topic", "p2": "none", "p3": "procedural"}
LIKENESS = {"p0": "human-like", "p1": "artificial", "p2": "artificial"}


def verdict(judge: str, transcript: str, kind: str | None) -> dict[str, Any]:
    """A verdict as `simstress judge` writes it; without a kind there is none."""
    unjudged = None if kind else Unjudged("undecided", "")
    meta = {"kind": kind} if kind else {}
    one = Verdict(transcript, judge, "1", (None,), unjudged=unjudged, meta=meta)
    return dict(json.loads(VERDICTS.dump(one)))


def found(folder: Path, *verdicts: dict[str, Any]) -> dict[str, Reproduction]:
    """The figures over four puzzles whose right answer is 2, with those verdicts in a folder below."""
    rows = [
        {"id": name, "meta": {"run": "logic-gpt4-wsys", "idx": n, "gold": ["2"], "raw_response": said}}
        for n, (name, said) in enumerate(ANSWERS.items())
    ]
    made.write_lines(folder / "llm_spp_logic.jsonl", rows)
    (folder / "judged").mkdir(exist_ok=True)
    made.write_lines(folder / "judged" / "verdicts.jsonl", verdicts)
    return {one.figure.key: one for one in audit_paper(folder).figures}


def both() -> list[dict[str, Any]]:
    """The verdicts of both judges; p3 has none on human-likeness."""
    return [
        *(verdict("spp_digression:llm", name, kind) for name, kind in DIGRESSION.items()),
        *(verdict("human_likeness:llm", name, kind) for name, kind in LIKENESS.items()),
        verdict("human_likeness:llm", "p3", None),
        verdict("spp_digression:llm", "somebody else's", "off-topic"),
        verdict("camel_markers", "p0", None),
    ]


def test_figures_by_our_judge(tmp_path: Path) -> None:
    """Three of four digress, two of these are right, and the one that does not; one of three is human-like."""
    figures = found(tmp_path, *both())
    ours = {key: (one.ours.estimate.value, one.ours.estimate.n) for key, one in figures.items() if one.ours}
    assert ours["spp-digressions"] == (0.75, 4)
    assert ours["spp-accuracy-digression"] == (pytest.approx(2 / 3), 3)
    assert ours["spp-accuracy-no-digression"] == (1.0, 1)
    assert ours["spp-human-like"] == (pytest.approx(1 / 3), 3)
    assert (ours["spp-human-off-topic"], ours["spp-machine-off-topic"]) == ((1.0, 1), (0.0, 1))
    assert (ours["spp-off-topic-human-like"], ours["spp-off-topic-not-human-like"]) == ((1.0, 3), (1.0, 3))
    assert ours["spp-procedural-human-like"] == (0.0, 3)
    assert "spp-human-none" not in ours


def test_our_judge_is_marked_and_has_no_verdict(tmp_path: Path) -> None:
    """Another model was asked otherwise: the row stands beside the paper's value and says so."""
    one = found(tmp_path, *both())["spp-digressions"]
    assert (one.verdict, one.file) == ("not comparable", "verdicts.jsonl")
    assert "our judge" in one.why
    section = tell_paper(audit_paper(tmp_path)).sections[0]
    row = next(row for row in section.rows if row[0] == "SPP: dialogues with a digression")
    assert "33.0%" in row
    assert one.why in row


def test_verdicts_on_other_conversations_change_nothing(tmp_path: Path) -> None:
    """A run's verdicts that lie in the folder, by other judges or on other transcripts: the judge is still needed."""
    one = found(tmp_path, verdict("digression:llm", "p0", "off-topic"), verdict("spp_digression:llm", "x", "none"))
    assert one["spp-digressions"].verdict == "needs judge"


@pytest.mark.parametrize("content", ["", "no JSON", '{"case": "somebody else\'s verdict"}\n'])
def test_another_file_of_the_name_is_passed_over(content: str, tmp_path: Path) -> None:
    """An empty one, another program's: the folder with our verdicts is found all the same."""
    (tmp_path / "verdicts.jsonl").write_text(content, encoding="utf-8")
    assert found(tmp_path, *both())["spp-digressions"].verdict == "not comparable"


def test_verdicts_of_one_judge_that_contradict_each_other_are_an_error(tmp_path: Path) -> None:
    """Two folders judged by different models cannot be mixed."""
    (tmp_path / "other").mkdir()
    made.write_lines(tmp_path / "other" / "verdicts.jsonl", [verdict("spp_digression:llm", "p0", "none")])
    with pytest.raises(UsageError, match="another verdict of spp_digression:llm on p0 says otherwise"):
        found(tmp_path, *both())
