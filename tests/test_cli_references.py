"""reference build, list and show, as their user meets them: files, tables, pages, and one clear line for what fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import transcript

from analysis.reference.profile import load_profile
from sims.transcript import Transcript
from sims.transcript_file import TRANSCRIPTS
from simstress.cli.app import run_app
from simstress.cli.options import checked_reference

Runs = Callable[..., tuple[int, str, str]]


@pytest.fixture
def runs(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Run a command in an empty folder; gives its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_app(arguments)
        return (code, *capsys.readouterr())

    return run


def write(transcripts: list[Transcript], name: str) -> None:
    """Put transcripts into a file here."""
    Path(name).write_text("".join(TRANSCRIPTS.dump(one) + "\n" for one in transcripts), encoding="utf-8")


def talks(count: int, kind: str = "human") -> list[Transcript]:
    """Short dialogues of two equals."""
    return [
        transcript(("ann", "I like my garden" + " a lot" * i), ("bob", "Do you?"), id=f"t{i}", kind=kind)
        for i in range(count)
    ]


def test_a_profile_is_built_shown_and_built_again(runs: Runs) -> None:
    """The file's name on stdout, progress on stderr; building it again replaces it, also an outdated one."""
    write(talks(25), "people.jsonl")
    code, out, err = runs("reference", "build", "people.jsonl", "--name", "mine", "--genre", "gardening")
    assert (code, out) == (0, "mine.json\n")
    assert "measuring 25 conversations" in err
    data = json.loads(Path("mine.json").read_text(encoding="utf-8"))
    Path("mine.json").write_text(json.dumps(data | {"features_version": 99}), encoding="utf-8")
    assert runs("reference", "show", "mine.json")[0] == 2
    assert runs("reference", "build", "people.jsonl", "--name", "mine")[0] == 0
    assert load_profile("mine.json").conversations == 25
    _, out, _ = runs("reference", "show", "mine.json")
    assert "mine: peer (25 conversations" in out


def test_a_run_that_names_a_profile_file_goes_on_from_anywhere(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """run.json and judged.json hold the absolute path; a shipped profile stays a name."""
    write(talks(25), "mine.jsonl")
    runs("reference", "build", "mine.jsonl", "--name", "mine")
    here, options = Path.cwd(), ("--judges", "repetition", "--reference", "mine.json", "--json")
    model = ("--model", "offline/actor", "--repeats", "1")
    assert runs("run", "persona-smalltalk", *model, *options, "--out", "r")[0] == 0
    assert runs("judge", "r/transcripts.jsonl", *options, "--out", "j")[0] == 0
    assert json.loads(Path("r/run.json").read_text())["settings"]["reference"] == str(here / "mine.json")
    assert json.loads(Path("j/judged.json").read_text())["reference"] == str(here / "mine.json")
    assert checked_reference("persona-chat") == "persona-chat"
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    code, out, err = runs("run", "--resume", "../r", "--json")
    assert code == 0, err
    assert any("mine" in shift.values() for shift in json.loads(out)["shifts"])


def test_a_page_shows_others_over_the_people(runs: Runs) -> None:
    """The page's name on stdout; a genre that does not fit is told on stderr."""
    write(talks(12, "llm"), "models.jsonl")
    code, out, err = runs("reference", "show", "meeting", "--html", "m.html", "--with", "models.jsonl")
    assert (code, out) == (0, "m.html\n")
    assert "models.jsonl, 12 conversations" in Path("m.html").read_text(encoding="utf-8")
    assert "The meeting profile does not fit the genre of these conversations" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build", "models.jsonl", "--name", "mine"), "transcript 't0' is of kind 'llm'"),
        (("build", "people.jsonl", "--name", "My own"), "profile name 'My own': expected small letters"),
        (("build", "empty.jsonl", "--name", "mine"), "the file is empty"),
        (("build", "people.jsonl", "--name", "mine", "--out", "people.jsonl"), "is there already and is no reference"),
        (("show", "telefone"), "did you mean 'telephone'"),
        (("show", "telephone", "--with", "people.jsonl"), "give --html FILE.html, too"),
        (("show", "telephone", "--html", "people.jsonl"), "is there already and is no page"),
        (("show", "telephone", "--html", "p.html", "--with", "none.jsonl"), "there is no such file"),
        (("show", "people.jsonl"), "people.jsonl: not JSON"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(runs: Runs, arguments: tuple[str, ...], message: str) -> None:
    """Exit code 2, nothing on stdout, the files as they were."""
    write(talks(2), "people.jsonl")
    write(talks(2, "llm"), "models.jsonl")
    Path("empty.jsonl").touch()
    before = {path: path.read_bytes() for path in Path().iterdir()}
    code, out, err = runs("reference", *arguments)
    assert (code, out) == (2, "")
    assert message in err.splitlines()[-1]
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_one_conversation_has_no_distribution(runs: Runs) -> None:
    """Too little is missing data: exit code 4."""
    write(talks(1), "one.jsonl")
    code, _, err = runs("reference", "build", "one.jsonl", "--name", "mine")
    assert code == 4
    assert "give at least two" in err


def test_the_shipped_profiles_are_listed(runs: Runs) -> None:
    """A record each."""
    _, out, _ = runs("reference", "list", "--json")
    names = [json.loads(line)["name"] for line in out.splitlines()]
    assert names == [
        "clarifying-search",
        "help-seeking",
        "meeting",
        "persona-chat",
        "service",
        "service-order",
        "telephone",
    ]
