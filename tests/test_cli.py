"""The verbs, each on its good way: results on stdout, prose on stderr, exit code 0."""

from __future__ import annotations

import json
import re
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from card_parts import card

from judges.card import dump_card
from judges.catalogue import make_judge
from sims.transcript_file import TranscriptFiles
from simstress.cli.app import run_app

Says = Callable[..., tuple[str, str]]
RECORD_KEYS = {
    "feature",
    "role",
    "n",
    "n_reference",
    "effect",
    "effect_name",
    "ci_low",
    "ci_high",
    "p",
    "p_adjusted",
    "decision",
    "needed_n",
}


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Says:
    """Run a command in an empty folder; it must end with 0; gives stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[str, str]:
        code = run_app(arguments)
        out, err = capsys.readouterr()
        assert code == 0, (code, out, err)
        return out, err

    return run


def records(out: str) -> list[dict[str, Any]]:
    """The records of a --json output: one a line, nothing else."""
    return [json.loads(line) for line in out.splitlines()]


def test_demo_ends_with_the_path_of_a_report(says: Says) -> None:
    """Nine scenarios, two conversations each, and one under stress, four an arm; the last line names a page that is
    there, every file beside it."""
    out, _ = says("demo", "--repeats", "2")
    page = Path(out.strip().splitlines()[-1].removeprefix("report: "))
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    names = {path.name for path in page.parent.iterdir() if not path.name.startswith(".")}
    assert names == {"run.json", "transcripts.jsonl", "verdicts.jsonl", "summary.json", "report.html", "stress"}
    assert len(list(TranscriptFiles([page.parent / "stress/transcripts.jsonl"]))) == 16
    assert len(list(TranscriptFiles([page.parent / "transcripts.jsonl"]))) == 18


def test_a_second_demo_takes_a_new_folder(says: Says) -> None:
    """Nothing that was there is touched."""
    first, _ = says("demo", "--repeats", "1")
    second, _ = says("demo", "--repeats", "1")
    assert first.strip().splitlines()[-1] == "report: runs/demo/report.html"
    assert second.strip().splitlines()[-1] == "report: runs/demo-2/report.html"


def test_run_json_is_one_record(says: Says) -> None:
    """stdout holds the summary and nothing else; the report's path goes to stderr."""
    out, err = says("run", "coffee-order", "--model", "offline/actor", "--repeats", "3", "--json", "--out", "r")
    (summary,) = records(out)
    assert summary["conversations"] == 3
    assert {rate["judge"] for rate in summary["rates"]} == {"role_flip", "digression", "formality", "metaphor"}
    assert "r/report.html" in err


def test_a_run_can_be_judged_later_and_again(says: Says) -> None:
    """run --no-judge, then judge the folder, then its report anew."""
    says("run", "coffee-order", "--model", "offline/actor", "--repeats", "2", "--no-judge", "--out", "r")
    says("judge", "r", "--judges", "role_flip,formality", "--out", "j")
    verdicts = [json.loads(line) for line in Path("j/verdicts.jsonl").read_text().splitlines()]
    assert [verdict["judge"] for verdict in verdicts] == ["role_flip", "formality"] * 2
    out, _ = says("report", "j", "--out", "again.html")
    assert (out, Path("again.html").exists()) == ("again.html\n", True)


def test_a_card_of_ones_own_travels_with_its_verdicts(says: Says) -> None:
    """With --cards its threshold (0: every scored turn) cuts the hits and the report calls the judge calibrated; the
    card lies beside the verdicts, and goes with them when they are made anew without it."""
    own = card(judge="formality", version=make_judge("formality").version, flag_at=-10.0)
    Path("mine").mkdir()
    Path("mine/formality.json").write_text(dump_card(own), encoding="utf-8")
    says("run", "coffee-order", "--model", "offline/actor", "--repeats", "2", "--cards", "mine", "--out", "r")
    verdicts = [json.loads(line) for line in Path("r/verdicts.jsonl").read_text().splitlines()]
    ours = [verdict for verdict in verdicts if verdict["judge"] == "formality"]
    assert {verdict["version"] for verdict in ours} == {f"{own.version}@-10.0"}
    assert all(len({hit["turn"] for hit in one["hits"]}) == one["judged_turns"] for one in ours)
    assert "formality" not in json.loads(Path("r/summary.json").read_text())["uncalibrated"]
    assert Path("r/cards/formality.json").read_text() == dump_card(own)
    says("judge", "r", "--judges", "formality", "--out", "plain", "--cards", "r/cards")
    says("judge", "r", "--judges", "formality", "--out", "plain")
    assert not list(Path("plain/cards").iterdir())


def test_nothing_to_look_at_is_not_missing(says: Says) -> None:
    """Hand-written transcripts have no private facts: that judge is left out, not counted as missing."""
    turns = [{"speaker": name, "text": text} for name, text in (("a", "Is it open on Monday?"), ("b", "It is."))]
    line = {
        "id": "1",
        "source": "me",
        "kind": "llm",
        "participants": [{"name": n, "role": n} for n in "ab"],
        "turns": turns,
    }
    Path("t.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    says("judge", "t.jsonl", "--judges", "private_facts,repetition", "--out", "j")
    summary = json.loads(Path("j/summary.json").read_text())
    assert [rate["judge"] for rate in summary["rates"]] == ["repetition"]
    assert not [one for one in summary["unjudged"] if one["judge"] == "private_facts"]


def test_view_opens_the_page(says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser is handed the page of the folder."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    says("run", "coffee-order", "--model", "offline/actor", "--out", "r")
    says("view", "r")
    assert opened == [Path("r/report.html").resolve().as_uri()]


def test_compare_json_has_the_agreed_keys(says: Says) -> None:
    """One record a feature and role, exactly the agreed keys, a decision of three."""
    says("run", "refund-dispute", "--model", "offline/actor", "--repeats", "4", "--no-judge", "--out", "r")
    out, _ = says("compare", "r", "--reference", "service", "--json")
    found = records(out)
    assert all(set(record) == RECORD_KEYS for record in found)
    assert {record["role"] for record in found} == {"seeker", "helper", "conversation"}
    assert {record["decision"] for record in found} <= {"EQUIVALENT", "SHIFTED", "UNDECIDED"}


def test_a_profile_of_another_genre_does_not_end_a_run(says: Says) -> None:
    """Small talk of peers against customers and agents: said in the summary, nothing is lost, exit code 0."""
    options = ["--model", "offline/actor", "--reference", "service", "--out", "r", "--json"]
    out, _ = says("run", "persona-smalltalk", *options)
    (summary,) = records(out)
    assert summary["shifts"] == []
    assert any(sentence.startswith("Not compared with service") for sentence in summary["headline"])


def test_two_runs_are_compared_with_each_other(says: Says) -> None:
    """Without a profile the first is set against the second."""
    for name, dial in (("a", "0"), ("b", "0.5")):
        model = f"offline/actor?formality={dial}"
        says("run", "refund-dispute", "--model", model, "--repeats", "5", "--no-judge", "--out", name)
    out, _ = says("compare", "a", "b", "--json")
    assert {record["n"] for record in records(out)} == {5}
    table, _ = says("compare", "a", "b")
    assert "Formality" in table


def test_plan_spends_nothing_and_counts_all(says: Says) -> None:
    """9 scenarios are named by their files; offline models cost nothing; nothing is written."""
    out, _ = says("plan", "refund-dispute", "--model", "offline/actor", "--repeats", "10", "--json")
    (row,) = records(out)
    assert (row["conversations"], row["calls"], row["cost_usd"]) == (10, 200, 0.0)
    assert list(Path().iterdir()) == []


def test_what_init_writes_validates_and_runs(says: Says) -> None:
    """The starter is a scenario as it stands."""
    says("init", "mine.yaml")
    out, _ = says("validate", "mine.yaml")
    assert out.startswith("mine: ")
    says("run", "mine.yaml", "--model", "offline/actor", "--no-judge", "--out", "r")


def test_validate_alone_lists_the_shipped_scenarios(says: Says) -> None:
    """At least eight, one a line."""
    out, _ = says("validate")
    assert len(out.splitlines()) >= 8


def test_a_profile_of_ones_own(says: Says, tmp_path: Path) -> None:
    """Built, shown and compared with, by its file."""
    says("run", "refund-dispute", "--model", "offline/actor", "--repeats", "4", "--no-judge", "--out", "r")
    human = Path("r/transcripts.jsonl").read_text().replace('"kind":"llm"', '"kind":"human"')
    Path("human.jsonl").write_text(human)
    out, _ = says("reference", "build", "human.jsonl", "--name", "mine", "--genre", "refunds")
    assert out == "mine.json\n"
    shown, _ = says("reference", "show", "mine.json")
    assert "mine: seeker" in shown
    compared, _ = says("compare", "r", "--reference", "mine.json", "--json")
    assert all(record["effect"] in (0.0, None) for record in records(compared))
    scenario = Path("mine.yaml")
    says("init", str(scenario))
    scenario.write_text(re.sub(r"(?m)^reference: .*", "reference: mine.json", scenario.read_text()))
    ran, _ = says("run", str(scenario), "--model", "offline/actor", "--repeats", "3", "--json", "--out", "own")
    assert {shift["profile"] for shift in records(ran)[0]["shifts"]} == {"mine"}
    listed, _ = says("reference", "list", "--json")
    assert len(records(listed)) == 7


def test_options_come_from_the_environment(says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIMSTRESS_MODEL and SIMSTRESS_REPEATS stand for --model and --repeats."""
    monkeypatch.setenv("SIMSTRESS_MODEL", "offline/actor")
    monkeypatch.setenv("SIMSTRESS_REPEATS", "3")
    says("run", "coffee-order", "--no-judge", "--out", "r")
    assert len(list(TranscriptFiles(["r/transcripts.jsonl"]))) == 3


def test_a_recorded_run_is_replayed(says: Says) -> None:
    """replay?run=... says the same words again."""
    says("run", "coffee-order", "--model", "offline/actor", "--repeats", "2", "--no-judge", "--out", "r")
    says("run", "coffee-order", "--model", "replay?run=r", "--repeats", "2", "--no-judge", "--out", "again")
    first, again = (
        [[turn.text for turn in one.turns] for one in TranscriptFiles([f"{name}/transcripts.jsonl"])]
        for name in ("r", "again")
    )
    assert first == again


def test_a_declared_stressor_acts(says: Says) -> None:
    """The transcript records what was chosen for it and which turn it changed, once, as no dose is given."""
    says("init", "mine.yaml")
    with Path("mine.yaml").open("a") as file:
        file.write("\nstressors: [{kind: role_pressure, at: 2}]\n")
    says("run", "mine.yaml", "--model", "offline/actor", "--no-judge", "--out", "r")
    [talk] = TranscriptFiles(["r/transcripts.jsonl"])
    told = {"kind": "role_pressure", "at": 2, "from": "customer", "onto": "support"}
    assert talk.stressors == (told,)
    assert [turn.meta.get("stressed") for turn in talk.turns[:5]] == [None, None, ["role_pressure"], None, None]
