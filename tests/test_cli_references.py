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


def test_a_small_profile_is_built_with_a_warning(runs: Runs) -> None:
    """Under 20 conversations stderr says what will be impossible; 20 are enough."""
    for count, is_warned in ((19, True), (20, False)):
        write(talks(count), "people.jsonl")
        code, out, err = runs("reference", "build", "people.jsonl", "--name", "mine")
        assert (code, out) == (0, "mine.json\n")
        assert ("warning: 19 conversations: against fewer than 20 nothing is EQUIVALENT" in err) == is_warned


def test_a_profile_of_ones_own_has_a_name_of_its_own(runs: Runs) -> None:
    """Tables would call both "service"."""
    write(talks(25), "people.jsonl")
    code, _, err = runs("reference", "build", "people.jsonl", "--name", "service")
    assert (code, "is that of a shipped profile" in err, Path("service.json").exists()) == (2, True, False)


def test_where_nobody_says_anything_there_is_nothing_to_compare(runs: Runs) -> None:
    """No profile is made of silence and no shift is told of it: one line, exit code 4."""
    write([transcript(("ann", ""), ("bob", ""), id=f"t{i}", kind="human") for i in range(25)], "silent.jsonl")
    write(talks(25), "people.jsonl")
    for command in (
        ("reference", "build", "silent.jsonl", "--name", "mine"),
        ("compare", "silent.jsonl", "--reference", "persona-chat"),
        ("compare", "people.jsonl", "silent.jsonl"),
    ):
        code, out, err = runs(*command)
        assert (code, out) == (4, "")
        assert "nobody says anything" in err.splitlines()[-1]


def test_conversations_that_are_not_in_english_are_told_once(runs: Runs) -> None:
    """On stderr, against people and against another file, whose name it begins with."""
    lines = [("ann", "Ich habe das nicht, und Sie sind der, den ich frage."), ("bob", "Das weiß ich auch nicht.")]
    write([transcript(*lines, id=f"d{i}") for i in range(3)], "german.jsonl")
    write(talks(3), "english.jsonl")
    words = "3 conversations are not in English: 13 features that rest on English words are not measured there."
    for command, note in (
        (("compare", "german.jsonl", "--reference", "persona-chat"), words),
        (("compare", "english.jsonl", "german.jsonl"), f"german.jsonl: {words}"),
    ):
        code, out, err = runs(*command)
        assert (code, " ".join(err.split()).count("not in English")) == (0, 1)
        assert note in " ".join(err.split())
        assert "Formality" in out


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
    assert {shift["profile"] for shift in json.loads(out)["shifts"]} == {"mine"}


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
