"""The published forms of the paper's data: each read from made-up files with figures known by arithmetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import paper_files as made
import pytest
from paper_files import here, values

from analysis.paper.camel import camel_figures
from analysis.paper.labels import dataset_figures, disagreement_difference, label_figures, safety_figures
from analysis.paper.preferences import longer_difference, mtbench_figures, p2c_figures
from analysis.paper.rankings import ranking_figures
from analysis.paper.simulation import agent_figures, predicted, puzzle_figures
from analysis.paper.sources import Found
from sims.errors import UsageError


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_camel_rule_and_stored_indices(form: str, tmp_path: Path) -> None:
    """One of three chats has a flip (message 2), one an interruption (message 3); the stored numbers agree in all."""
    chats, path = made.annotated(), tmp_path / f"CAMEL_annotated.{form}"
    written = made.write_camel_table(path, chats) if form == "csv" else made.write_lines(path, chats)
    third = pytest.approx(1 / 3)
    expected = {"camel-flips": third, "camel-interruptions": third, "camel-indices": 1.0}
    assert values(camel_figures(here(written))) == expected


def test_stored_indices_that_the_rule_does_not_repeat(tmp_path: Path) -> None:
    """Stored flips [1] where the rule finds [2]: two chats of three agree."""
    written = made.write_lines(tmp_path / "CAMEL_annotated.jsonl", made.annotated(stored=[1]))
    assert values(camel_figures(here(written)))["camel-indices"] == pytest.approx(2 / 3)


def annotated_by_the_authors(*, reason_after: int) -> dict[str, Any]:
    """A chat with a termination_reason after so many messages, and the indices that the authors' script gives it."""
    said = [("USER", made.CLEAN["USER"]), ("ASSISTANT", made.FLIPPED["ASSISTANT"]), ("USER", made.LOST["USER"])]
    plain = made.chat(*said)
    place = list(plain).index(f"message_{reason_after + 1}")
    chat = dict([*list(plain.items())[:place], ("termination_reason", "repeat"), *list(plain.items())[place:]])
    found: dict[str, list[int]] = {"role_flipping_msg_indices": [], "interruption_msg_indices": []}
    for index, (key, value) in enumerate(chat.items()):
        if key.startswith("message_") and value["content"] == made.FLIPPED["ASSISTANT"]:
            found["role_flipping_msg_indices"].append(index - 4)
        if key.startswith("message_") and value["content"] == made.LOST["USER"]:
            found["interruption_msg_indices"].append(index - 4)
    return {**chat, **found}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("reason_after", [0, 1, 2])
def test_indices_count_positions_not_messages(reason_after: int, form: str, tmp_path: Path) -> None:
    """A termination_reason between messages moves the indices behind it by one; in the table it is a column."""
    chats = [annotated_by_the_authors(reason_after=reason_after)] * 2
    assert chats[0]["interruption_msg_indices"] == [4]
    path = tmp_path / f"CAMEL_annotated.{form}"
    written = made.write_camel_table(path, chats) if form == "csv" else made.write_lines(path, chats)
    assert values(camel_figures(here(written)))["camel-indices"] == 1.0
    wrong = [{**chats[0], "interruption_msg_indices": [5]}] * 2
    written = made.write_camel_table(path, wrong) if form == "csv" else made.write_lines(path, wrong)
    assert values(camel_figures(here(written)))["camel-indices"] == 0.0


def test_camel_archive_has_no_stored_indices(tmp_path: Path) -> None:
    """The raw chats give both shares and nothing to compare."""
    written = made.write_camel_zip(tmp_path / "ai_society_chat.zip", made.annotated())
    third = pytest.approx(1 / 3)
    assert values(camel_figures(here(written))) == {"camel-flips": third, "camel-interruptions": third}


def test_a_long_conversation_in_a_cell(tmp_path: Path) -> None:
    """A cell of 200,000 characters, beyond the csv module's limit of 131,072, is read."""
    long = made.chat(("USER", "Instruction: " + "row " * 50_000), ("ASSISTANT", "Solution: done."))
    long |= {"role_flipping_msg_indices": [], "interruption_msg_indices": []}
    written = made.write_camel_table(tmp_path / "CAMEL_annotated.csv", [long])
    assert values(camel_figures(here(written)))["camel-indices"] == 1.0


def test_broken_camel_files_are_one_line(tmp_path: Path) -> None:
    """No archive, a member that is no JSON, a chat without messages, indices that are no numbers."""
    broken = tmp_path / "ai_society_chat.zip"
    broken.write_bytes(b"no archive")
    with pytest.raises(UsageError, match="not an archive"):
        camel_figures(here(broken))
    silent = made.write_lines(tmp_path / "a.jsonl", [made.chat()])
    with pytest.raises(UsageError, match=r"a\.jsonl:1: field 'message_1': there is no message"):
        camel_figures(here(silent))
    odd = made.write_lines(tmp_path / "b.jsonl", made.annotated(stored=["two"]))  # type: ignore[list-item]
    with pytest.raises(UsageError, match=r"b\.jsonl:2: field 'role_flipping_msg_indices': expected whole numbers"):
        camel_figures(here(odd))


def _p2c(folder: Path, human: str, llm: str) -> Found:
    sides = []
    for name, codes in (("subjective", human), ("generative", llm)):
        rows = [{"output1": f"first {n}", "output2": f"second {n}", "target": code} for n, code in enumerate(codes)]
        sides.append(made.write_table(folder / f"p2c_{name}_pref_preferences.csv", rows))
    return here(sides[0], other=sides[1])


def test_p2c_in_two_files(tmp_path: Path) -> None:
    """Codes 0 0 1 2 against 0 1 1 1: agreement 2/4; chance 1/2*1/4 + 1/4*3/4 = 5/16, kappa (8 - 5)/(16 - 5) = 3/11."""
    ours = values(p2c_figures(_p2c(tmp_path, "0012", "0111")))
    assert ours["p2c-agreement"] == 0.5
    assert ours["p2c-kappa"] == pytest.approx(3 / 11)
    assert [ours[f"p2c-human-{code}"] for code in range(3)] == [0.5, 0.25, 0.25]
    assert [ours[f"p2c-llm-{code}"] for code in range(3)] == [0.25, 0.75, 0.0]


def test_p2c_in_one_table(tmp_path: Path) -> None:
    """The columns of p2c_cleaned.ipynb's head(), with its five rows' codes: 2 0 1 0 2 against 0 1 0 0 1: 1 of 5."""
    rows = [
        {"sent_1": f"a{n}", "sent_2": f"b{n}", "gold_label": "positive", "subjective_pref": h, "generative_pref": m}
        for n, (h, m) in enumerate(zip("20102", "01001", strict=True))
    ]
    ours = values(p2c_figures(here(made.write_table(tmp_path / "p2c_human_gpt3_pref.csv", rows))))
    assert (ours["p2c-agreement"], ours["p2c-human-2"], ours["p2c-agreement-no-ties"]) == (
        0.2,
        0.4,
        pytest.approx(1 / 3),
    )


def test_p2c_files_that_do_not_belong_together(tmp_path: Path) -> None:
    """Files of different length, and a code outside 0, 1, 2."""
    with pytest.raises(UsageError, match="not as many rows"):
        p2c_figures(_p2c(tmp_path, "0012", "011"))
    with pytest.raises(UsageError, match=r"csv:3: field 'target': expected one of 0, 1, 2, found '7'"):
        p2c_figures(_p2c(tmp_path, "0712", "0111"))


def test_mtbench_in_its_published_form(tmp_path: Path) -> None:
    """Four votes: ties left out 1 of 2 agree; merged 2 of 4; with the two kinds of tie apart 1 of 4."""
    rows = [
        ("81", "model_a", "model_a", "long answer", "short"),  # both take the longer
        ("81", "model_a", "model_b", "long answer", "short"),  # GPT-4 takes the shorter
        ("82", "tie", "tie (inconsistent)", "x", "yy"),
        ("82", "tie", "model_b", "x", "yy"),  # GPT-4 takes the longer
    ]
    names = ("question_id", "human_model", "gpt4_model", "conversation_a", "conversation_b")
    path = made.write_table(
        tmp_path / "mtbench-gpt4-human-pref.csv", [dict(zip(names, row, strict=True)) for row in rows]
    )
    assert values(mtbench_figures(here(path))) == {
        "mtbench-agreement-no-ties": 0.5,
        "mtbench-agreement-ties": 0.5,
        "mtbench-agreement-raw": 0.25,
        "mtbench-longer-human": 1.0,
        "mtbench-longer-llm": pytest.approx(2 / 3),
    }
    assert longer_difference(here(path)).by_clusters.value == pytest.approx(2 / 3 - 1)


def test_labels_in_their_published_form(tmp_path: Path) -> None:
    """Lists in cells. Five people 3 3 4 4 4 have majority 4, minority 3, SD sqrt(.3); the model 4 4 4 4 3 the same."""
    rows = [
        {"text": "a", "human_annots": "[3.0, 3.0, 4.0, 4.0, 4.0]", "model_annots": "[4.0, 4.0, 4.0, 4.0, 3.0]"},
        {"text": "b", "human_annots": "[1.0, 1.0, 1.0, 1.0, 1.0]", "model_annots": "[0.0, 0.0, 0.0, 0.0, 0.0]"},
    ]
    found = here(made.write_table(tmp_path / "mismatch_gpt3.csv", rows))
    ours = values(label_figures(found))
    assert ours["labels-majority-schem-chatgpt"] == 0.5
    assert ours["labels-minority-schem-chatgpt"] == 0.5
    assert ours["labels-mean-sd-human"] == pytest.approx(0.3**0.5 / 2)
    assert ours["labels-mean-sd-llm"] == pytest.approx(0.2**0.5 / 2)
    assert disagreement_difference(found).by_rows.value == 0.0  # both sides differ on the first text only


def test_labels_by_data_set_and_model(tmp_path: Path) -> None:
    """As the notebook's head() prints them. Vicuna on SChem5Labels: majorities 3 and 3, minorities 4 and 4 (row 1);
    3 and 3, 4 and 0 4 (row 2); 2 3 and 3, 4 and 4 (row 3): all meet. ChatGPT says 1 throughout: none does, SD 0."""
    human = ("[3.0, 4.0, 3.0, 4.0, 3.0]", "[3.0, 3.0, 3.0, 4.0, 4.0]", "[2.0, 3.0, 2.0, 3.0, 4.0]")
    vicuna = ("[4.0, 3.0, 3.0, 4.0, 3.0]", "[0.0, 3.0, 3.0, 4.0, 3.0]", "[3.0, 3.0, 3.0, 4.0, 3.0]")
    rows = [
        {"model_name": model, "dataset_name": dataset, "text_ind": n, "text": f"text {n}", "prompt": "p"}
        | {"human_annots": people, "model_annots": labels}
        for model, dataset, side in (
            ("vicuna", "SChem5Labels", vicuna),
            ("open_ai_gpt35turbo", "ghc", ("[1.0, 1.0]",) * 3),
            ("another", "SBIC", vicuna),
        )
        for n, (people, labels) in enumerate(zip(human, side, strict=True))
    ]
    ours = values(dataset_figures(here(made.write_table(tmp_path / "intermodel_cleaned_maj_min.csv", rows))))
    assert (ours["labels-majority-schem-vicuna"], ours["labels-minority-schem-vicuna"]) == (1.0, 1.0)
    assert (ours["labels-majority-ghc-chatgpt"], ours["labels-sd-ghc-chatgpt"]) == (0.0, 0.0)
    assert ours["labels-sd-ghc-human"] == pytest.approx((0.3**0.5 + 0.3**0.5 + 0.7**0.5) / 3)
    assert not any("sbic" in key for key in ours)


def test_rankings_without_entailment(tmp_path: Path) -> None:
    """Two instructions, three answers: people 3 2 1, GPT-4 3 2 2 (its tie is left out), ChatGPT 1 2 3: 2/2, 0/3."""
    points = {
        "human": {"a": 3, "b": 2, "c.5": 1},
        "gpt4": {"a": 3, "b": 2, "c.5": 2},
        "chatgpt": {"a": 1, "b": 2, "c.5": 3},
    }
    found = here(made.write_lines(tmp_path / "pref_cobbler_rankings.jsonl", [{"points": points}] * 2))
    assert values(ranking_figures(found)) == {"cobbler-agreement-gpt4": 1.0, "cobbler-agreement-chatgpt": 0.0}


def test_alpha_of_ratings(tmp_path: Path) -> None:
    """Krippendorff (2011), nominal, two values: items yy and yn: 1 - (4 - 1) * 2 / (2 * 3 * 1) = 0."""
    rows = [{"ratings": ["Yes", "Yes"]}, {"ratings": ["Yes", "No"]}]
    found = here(made.write_lines(tmp_path / "tasklabels_dices990.jsonl", rows))
    assert values(safety_figures(found))["dices-alpha"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("response", "answer"),
    [("house 3.", 3), ("house 3", 3), ("house 13", 1), ("3 ", 3), ("3", 3), ("None.", 0), ("", 0), ("house ²", 0)],
)
def test_an_answer_is_read_as_in_the_notebook(response: str, answer: int) -> None:
    """The last character but one, else the last, else 0 (so that "13" is read as 1)."""
    assert predicted(response) == answer


def test_puzzles_that_are_missing_count_as_wrong(tmp_path: Path) -> None:
    """Two puzzles of 200 there, gold 2, answers "2." and "12" (read as 1): 1/200; the note counts the others."""
    meta = {"run": "logic-gpt4-wsys", "gold": ["2"]}
    rows = [
        {"id": "a", "meta": {**meta, "idx": 0, "raw_response": "It is 2."}},
        {"id": "b", "meta": {**meta, "idx": 9, "raw_response": "It is 12"}},
    ]
    path = made.write_lines(tmp_path / "llm_spp_logic.jsonl", rows)
    ours = puzzle_figures(here(path))["spp-accuracy"]
    assert (ours.estimate.value, ours.estimate.n) == (0.005, 200)
    assert ours.rows == 2
    assert ours.note == "198 of 200 without an answer, counted as wrong"
    other = made.write_lines(tmp_path / "other.jsonl", [{"meta": {"run": "another", "idx": 0}}])
    with pytest.raises(UsageError, match="no dialogue of the run 'logic-gpt4-wsys'"):
        puzzle_figures(here(other))


def test_pass_power_k(tmp_path: Path) -> None:
    """Two tasks, 4 and 2 successes of 4 trials: pass^2 = (1 + C(2,2)/C(4,2)) / 2 = 7/12."""
    rewards = np.array([[1, 1, 1, 1], [1, 0, 1, 0]])
    rows = [
        {"meta": {"domain": "airline", "task_id": task, "trial": trial, "reward": float(reward)}}
        for task, trials in enumerate(rewards)
        for trial, reward in enumerate(trials)
    ]
    found = here(made.write_lines(tmp_path / "llm_taubench.jsonl", rows))
    passed = [pytest.approx(one) for one in (3 / 4, 7 / 12, 1 / 2, 1 / 2)]
    assert list(values(agent_figures(found)).values()) == passed
