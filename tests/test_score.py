"""`simstress score`: flat texts before the judges that need no conversation."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import transcript

from judges.embeddings import load_encoder
from judges.flat_texts import score_texts
from judges.formality import FormalityJudge, formality_scores
from judges.metaphor import metaphor_words
from sims.errors import UsageError
from sims.flat_rows import TextRow, read_text_rows
from simstress.cli.app import run_app

FORMAL = "We regret to inform you that the requested reimbursement cannot be provided."
CASUAL = "nah sorry dude, u can't get ur money back lol"
Score = Callable[..., tuple[int, str, str]]


@pytest.fixture
def score(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Score:
    """Run `simstress score` in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_app(["score", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def write(path: str, *rows: Any) -> str:
    """A JSONL file of the rows; its name."""
    content = "".join(json.dumps(row) + "\n" for row in rows)
    if path.endswith(".gz"):
        Path(path).write_bytes(gzip.compress(content.encode()))
    else:
        Path(path).write_text(content, encoding="utf-8")
    return path


def records(text: str) -> list[dict[str, Any]]:
    """The decoded lines."""
    return [json.loads(line) for line in text.splitlines()]


def test_formality_scores_rows_in_their_order(score: Score) -> None:
    """The score is `formality_scores`'s, to six digits; ids are the rows' own, else the line's number."""
    file = write("in.jsonl", {"id": "a", "text": FORMAL}, {"text": CASUAL, "label": 0})
    code, out, err = score("formality", file, "--field", "text", "--out", "out.jsonl")
    assert (code, out, err) == (0, "2 texts, 2 scored for formality: out.jsonl\n", "")
    first, second = records(Path("out.jsonl").read_text(encoding="utf-8"))
    expected = formality_scores(FORMAL)
    assert expected is not None
    assert first["judge_score"] == pytest.approx(expected.full, abs=1e-6)
    assert first["length_free"] == pytest.approx(expected.length_free, abs=1e-6)
    assert [one["feature"] for one in first["drivers"]] == [one.feature for one in expected.drivers]
    assert (first["id"], second["id"]) == ("a", 2)
    assert first["judge_score"] > second["judge_score"]


def test_metaphor_scores_every_word_with_its_place(score: Score) -> None:
    """Tokens stand where their offsets say; the score is the mean probability, between 0 and 1."""
    text = "They attacked my argument at length."
    code, out, _ = score("metaphor", write("in.jsonl", {"id": 7, "text": text}), "--field", "text")
    (record,) = records(out)
    assert code == 0
    assert record["id"] == 7
    assert 0 < record["judge_score"] < 1
    assert [text[token["start"] : token["end"]] for token in record["tokens"]] == [
        token.text for token in metaphor_words(text)
    ]
    assert all(set(token) == {"text", "start", "end", "score"} for token in record["tokens"])


def test_a_list_of_words_is_joined_by_spaces(score: Score) -> None:
    """Offsets are into the joined text, so that they lead back to the words."""
    words = ["He", "ca", "n't", "spend", "time", "on", "it", "."]
    _, out, _ = score("metaphor", write("in.jsonl.gz", {"tokens": words}), "--field", "tokens")
    (record,) = records(out)
    joined = " ".join(words)
    assert [joined[token["start"] : token["end"]] for token in record["tokens"]] == [
        token["text"] for token in record["tokens"]
    ]
    assert {token["text"] for token in record["tokens"]} <= set(words)


@pytest.mark.parametrize(
    ("judge", "text", "reason"),
    [
        ("formality", "...", "empty"),
        ("formality", "", "empty"),
        ("formality", "私のフライト", "language"),
        ("metaphor", "Why not?", "too_short"),
        ("metaphor", "!!!", "empty"),
        ("metaphor", "Спасибо за помощь", "language"),
    ],
)
def test_no_score_is_null_with_its_reason(score: Score, judge: str, text: str, reason: str) -> None:
    """Never 0, never left out: null, the reason beside it, and the count in the summary."""
    code, out, err = score(judge, write("in.jsonl", {"text": text}), "--field", "text")
    assert code == 0
    assert [(one["id"], one["judge_score"], one["unscored"]) for one in records(out)] == [(1, None, reason)]
    assert "1 texts, 0 scored" in err


def test_the_summary_as_json(score: Score) -> None:
    """With --json the counts are one record."""
    file = write("in.jsonl", {"text": FORMAL}, {"text": "..."})
    _, out, _ = score("formality", file, "--field", "text", "--out", "out.jsonl", "--json")
    assert records(out) == [{"judge": "formality", "texts": 2, "scored": 1, "unscored": {"empty": 1}}]


def test_csv_of_a_spreadsheet(score: Score) -> None:
    """A byte-order mark, quotes, line breaks within a cell and blank lines: the line is where the row begins."""
    rows = [["nr", "said"], ["1", 'He said "no",\nthen left for the sea.'], [], ["2", FORMAL]]
    with Path("in.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)
    _, out, _ = score("formality", "in.csv", "--field", "said")
    assert [record["id"] for record in records(out)] == [2, 5]


def test_the_same_input_is_the_same_output(score: Score) -> None:
    """Twice the same bytes; the file that was there is replaced."""
    file = write("in.jsonl", {"text": FORMAL}, {"text": CASUAL})
    score("formality", file, "--field", "text", "--out", "out.jsonl")
    before = Path("out.jsonl").read_bytes()
    score("formality", file, "--field", "text", "--out", "out.jsonl")
    assert Path("out.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        ('{"text": "a"}\n{"txt": "b"}\n', "text", "in.jsonl:2: no field 'text'; did you mean 'txt'? the row has: txt"),
        ('{"text": 3}\n', "text", "in.jsonl:1: field 'text' holds a number"),
        ('{"text": ["a", 1]}\n', "text", "in.jsonl:1: field 'text' holds a list of other things than strings"),
        ('{"text": {"a": 1}}\n', "text", "in.jsonl:1: field 'text' holds an object"),
        ('{"text": null}\n', "text", "in.jsonl:1: field 'text' holds null"),
        ('{"text": "a", "id": [1]}\n', "text", "in.jsonl:1: the id is"),
        ('{"text": "a"}\n["b"]\n', "text", "in.jsonl:2: expected a JSON object"),
        ('{"text": "a"}\n{"text": \n', "text", "in.jsonl:2: not JSON"),
        ("{}\n", "text", "the row has: no field at all"),
        ("", "text", "the file is empty"),
    ],
)
def test_a_bad_row_stops_everything(score: Score, content: str, field: str, words: str) -> None:
    """One line with file, line and fields there are; exit 2; nothing is written, not even the rows before."""
    Path("in.jsonl").write_text(content, encoding="utf-8")
    code, out, err = score("formality", "in.jsonl", "--field", field, "--out", "out.jsonl")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert [path.name for path in Path().iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"text,label\na,1\nb\n", "in.csv:3: 1 values, but the first line names 2 columns"),
        (b'text\n"a\n', "not CSV"),
        (b"text\n\xff\xfe\n", "not UTF-8"),
        (b"text\n", "there are no rows"),
        (b"", "there are no rows"),
        (b"words\na\n", "in.csv:2: no field 'text'; the row has: words"),
    ],
)
def test_a_bad_csv(score: Score, content: bytes, words: str) -> None:
    """The same for tables."""
    Path("in.csv").write_bytes(content)
    code, _, err = score("formality", "in.csv", "--field", "text", "--out", "out.jsonl")
    assert code == 2
    assert words in err
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["role_flip", "in.jsonl"], "role_flip needs a conversation; formality and metaphor score flat texts"),
        (["formalty", "in.jsonl"], "did you mean 'formality'?"),
        (["formality", "none.jsonl"], "there is no such file"),
        (["formality", "in.jsonl", "--out", "in.jsonl"], "is the file with the texts"),
        (["formality", "in.jsonl", "--out", "notes.txt"], "is there already and is no .jsonl file"),
        (["formality", "in.jsonl", "--out", "none/out.jsonl"], "cannot be written"),
        (["formality", "in.jsonl", "--embeddings", "no-such-model"], "no such model"),
    ],
)
def test_a_bad_command(score: Score, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str) -> None:
    """One clear line, exit 2, and what was there is unchanged."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write("in.jsonl", {"text": FORMAL})
    Path("notes.txt").write_text("mine", encoding="utf-8")
    code, out, err = score(*arguments, "--field", "text")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert Path("notes.txt").read_text(encoding="utf-8") == "mine"
    assert json.loads(Path("in.jsonl").read_text(encoding="utf-8")) == {"text": FORMAL}


def test_rows_that_share_an_id_are_told(score: Score) -> None:
    """Each has its record; stderr says how many rows that are and of which id."""
    file = write("in.jsonl", {"id": "a", "text": FORMAL}, {"id": "a", "text": CASUAL}, {"id": "b", "text": CASUAL})
    code, _, err = score("formality", file, "--field", "text", "--out", "out.jsonl")
    assert code == 0
    assert "warning: 2 rows share an id with another: 'a'" in err


@pytest.mark.parametrize("name", ["in.CSV", "in.tsv", "in.csv.gz", "in.TSV.GZ"])
def test_tables_by_their_endings(score: Score, name: str) -> None:
    """Capitals, tabs and gzip: the same row each time."""
    content = b"id\ttext\na\thello there\n"
    content = content if "tsv" in name.lower() else content.replace(b"\t", b",")
    Path(name).write_bytes(gzip.compress(content) if name.lower().endswith("gz") else content)
    code, out, _ = score("formality", name, "--field", "text")
    assert (code, records(out)[0]["id"]) == (0, "a")


def test_other_endings_and_twin_columns_are_told(score: Score) -> None:
    """What is read is named; a table with two columns of one name is refused."""
    Path("in.xlsx").write_bytes(b"PK")
    code, _, err = score("formality", "in.xlsx", "--field", "text")
    assert (code, ".jsonl, .csv and .tsv are" in err) == (2, True)
    Path("in.csv").write_text("text,text\na,b\n", encoding="utf-8")
    code, _, err = score("formality", "in.csv", "--field", "text")
    assert (code, "in.csv:1: two columns are named 'text'" in err) == (2, True)


def test_rows_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    """A fault on line 3 is met only after two rows have been given."""
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "a"}\n{"text": "b"}\n{}\n', encoding="utf-8")
    rows = read_text_rows(path, field="text")
    assert [next(rows), next(rows)] == [TextRow(1, "a"), TextRow(2, "b")]
    with pytest.raises(UsageError, match=":3:"):
        next(rows)


def test_a_stream_of_texts_is_scored_as_it_comes() -> None:
    """Texts without end have a first score."""

    def endless() -> Any:
        while True:
            yield CASUAL

    first = next(score_texts("formality", endless()))
    assert first.score is not None
    assert first.score < 0


def test_embeddings_give_the_score_of_the_judge() -> None:
    """With embeddings a text has the score that the judge gives it as a turn; the length-free score stays."""
    try:
        encoder = load_encoder()
    except UsageError as error:
        pytest.skip(str(error))
    (plain,), (embedded,) = (list(score_texts("formality", [FORMAL], encoder=one)) for one in (None, encoder))
    verdict = FormalityJudge(encoder).judge(transcript(("A", FORMAL)))
    assert verdict.turn_scores[0] == pytest.approx(embedded.score, abs=2e-6)
    assert embedded.score != plain.score
    assert embedded.details == plain.details


def test_an_encoder_without_weights_is_refused() -> None:
    """Rather than left aside in silence."""

    class Other:
        name = "other-model"

    with pytest.raises(UsageError, match="no weights for embeddings of 'other-model'"):
        score_texts("metaphor", ["a"], encoder=Other())  # type: ignore[arg-type]
