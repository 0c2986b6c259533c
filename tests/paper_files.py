"""Small files in the forms that the paper's data are published in; all of their content is made up."""

from __future__ import annotations

import csv
import json
import random
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.paper.sources import Found
from analysis.paper.values import Measures

MODELS = (
    "alpaca", "baize", "chatgpt", "cohere", "dolly", "falcon", "gpt4", "instructgpt",
    "koala", "llama", "mpt", "openassist", "redpajama", "vicuna", "wizardlm",
)  # fmt: skip

Scores = dict[tuple[int, str], float]

CLEAN = {"USER": "Instruction: count the boats.", "ASSISTANT": "Solution: there are four. Next request."}
FLIPPED = {"USER": "Solution: four.", "ASSISTANT": "Instruction: count them again."}
LOST = {"USER": "Thank you so much!", "ASSISTANT": "You are welcome!"}


def chat(*messages: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A chat of (role, text) messages as CAMEL stores it: the messages are keys, numbered from 1."""
    said = {
        f"message_{number}": {"role_type": role, "content": text} for number, (role, text) in enumerate(messages, 1)
    }
    head = {
        "role_1": "Sailor_RoleType.ASSISTANT",
        "role_2": "Teacher_RoleType.USER",
        "id": "1",
        "original_task": "Boats",
    }
    return {**head, "specified_task": "Count boats.", **said, "num_messages": len(messages), **more}


def annotated(stored: Sequence[int] = (2,)) -> list[dict[str, Any]]:
    """Three chats: a clean one, one whose message 2 is flipped and 3 lost, one that ends; `stored` are its flips."""
    clean = chat(("USER", CLEAN["USER"]), ("ASSISTANT", CLEAN["ASSISTANT"]))
    faulty = chat(("USER", CLEAN["USER"]), ("ASSISTANT", FLIPPED["ASSISTANT"]), ("USER", LOST["USER"]))
    ended = chat(("USER", CLEAN["USER"]), ("ASSISTANT", CLEAN["ASSISTANT"]), ("USER", "<CAMEL_TASK_DONE>"))
    for one, flips, lost in ((clean, [], []), (faulty, list(stored), [3]), (ended, [], [])):
        one["role_flipping_happens"] = bool(flips)
        one["role_flipping_msg_indices"], one["interruption_msg_indices"] = flips, lost
    return [clean, faulty, ended]


def write_lines(path: Path, rows: Sequence[Any]) -> Path:
    """A JSON Lines file."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A CSV file with the keys of the first row as columns."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_camel_table(path: Path, chats: Sequence[Mapping[str, Any]]) -> Path:
    """The form of the data set on the hub: what is no attribute of the chat stands as JSON in `conversation`."""
    rows = []
    for one in chats:
        attributes = {key: value for key, value in one.items() if not key.startswith("message_")}
        said = {key: value for key, value in one.items() if key.startswith("message_")}
        rows.append({**attributes, "conversation": json.dumps(said)})
    return write_table(path, rows)


def write_camel_zip(path: Path, chats: Sequence[Mapping[str, Any]]) -> Path:
    """The form of the chats themselves: one JSON file a chat."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, one in enumerate(chats):
            archive.writestr(f"{number:03}.json", json.dumps({k: v for k, v in one.items() if "indices" not in k}))
    return path


def cobbler_scores(seed: int) -> tuple[Scores, dict[str, Scores]]:
    """Entailment of 50 x 15 answers, and points of three raters with ties; GPT-4's lean to entailment."""
    dice = random.Random(seed)  # noqa: S311 - made-up data
    places = [(number, model) for number in range(1, 51) for model in MODELS]
    entailment = {place: round(dice.random(), 6) for place in places}
    lean = {"gpt4": 0.5, "chatgpt": 0.2, "human": 0.0}
    points = {
        rater: {place: float(round(10 * (weight * entailment[place] + dice.random()))) for place in places}
        for rater, weight in lean.items()
    }
    return entailment, points


def write_cobbler(folder: Path, entailment: Scores, points: Mapping[str, Scores]) -> None:
    """The table of entailment (the greatest of the sentences counts), and a file of rankings for each rater."""
    rows = [
        {
            "example_idx": number,
            "model": model,
            "sentence": "Made up.",
            "word_count": 2,
            "roberta_entail": f"[{value}, 0.0]",
        }
        for (number, model), value in entailment.items()
    ]
    write_table(folder / "cobbler_sentences_df_roberta_entailment.csv", rows)
    for rater, values in points.items():
        rankings = {
            f"example_{number}": {
                "rankings": [{"model": model, "output": "Made up.", "point": values[number, model]} for model in MODELS]
            }
            for number in range(1, 51)
        }
        (folder / f"{rater}.json").write_text(json.dumps({"evaluator": rater, **rankings}), encoding="utf-8")


RANKINGS = Path(__file__).parents[2] / "shared" / "data" / "pref_cobbler_rankings.jsonl"


def here(path: Path, **parts: Path) -> Found:
    """A source that is one file and its parts."""
    return Found(path, {part.name: part for part in parts.values()})


def values(measured: Measures) -> Mapping[str, float | None]:
    """The figures' values by key."""
    return {key: one.estimate.value for key, one in measured.items()}
