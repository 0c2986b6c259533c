"""The files that the paper's figures can be computed from: their names, where they are had, and which are here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sims.errors import UsageError

DEPTH = 3
"""How many folders deep the data are looked for."""

REPOSITORY = "github.com/minnesotanlp/artifacts-of-llmgendata"
_METAPHOR = "github.com/RuiMao1988/Sequential-Metaphor-Identification"
HUB = "huggingface.co/datasets/minnesotanlp/LLM-Artifacts"


@dataclass(frozen=True, slots=True)
class Source:
    """Data under one of several file names (without `.gz`). `parts` are files that must be there, too.

    `is_whole` says whether it is all the data that the figure was published on, `is_known` whether its form is known:
    else it is named in the report, and not opened.
    """

    names: tuple[str, ...]
    had_at: str
    is_whole: bool = True
    parts: tuple[str, ...] = ()
    is_known: bool = True


def _hub(name: str, *, config: str) -> Source:
    """A file of the data set whose columns were never seen here."""
    return Source((name,), f"{HUB}, config {config}", is_known=False)


def _part(name: str, *, of: str) -> Source:
    """A part of somebody's data, brought into rows for the development of simstress."""
    return Source((name,), f"rows made from {of}", is_whole=False)


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "spp_log": Source(
            ("llm_spp_logic.jsonl",), "rows made from github.com/MikeWangWZHL/Solo-Performance-Prompting"
        ),
        "spp_digression": _hub("spp_digression_fin.csv", config="simulation_digression"),
        "camel": Source(
            ("CAMEL_annotated.csv", "CAMEL_annotated.jsonl", "ai_society_chat.zip", "ai_society_chat.jsonl"),
            f"{HUB}, config simulation_roleflip, or huggingface.co/datasets/camel-ai/ai_society",
        ),
        "labels": Source(("mismatch_gpt3.csv",), f"{REPOSITORY}, task_labels/first_order/data"),
        "labels_part": _part("tasklabels_human_vs_gpt3.jsonl", of=REPOSITORY),
        "labels_by_dataset": _hub("intermodel_cleaned_maj_min.csv", config="task_label"),
        "dices_part": _part("tasklabels_dices990.jsonl", of="github.com/dmg-illc/JUDGE-BENCH"),
        "p2c": Source(
            ("p2c_subjective_pref_preferences.csv",),
            f"{REPOSITORY}, preference/data",
            parts=("p2c_generative_pref_preferences.csv",),
        ),
        "p2c_part": _part("pref_p2c.jsonl", of=REPOSITORY),
        "p2c_semantic": _hub("p2c_human_gpt3_pref.csv", config="preference_p2c"),
        "mtbench": Source(("mtbench-gpt4-human-pref.csv",), f"{REPOSITORY}, preference/data"),
        "mtbench_part": _part("pref_mtbench.jsonl", of=REPOSITORY),
        "cobbler": Source(
            ("cobbler_sentences_df_roberta_entailment.csv",),
            f"{REPOSITORY}, preference/data",
            parts=("human.json", "gpt4.json", "chatgpt.json"),
        ),
        "cobbler_part": _part("pref_cobbler_rankings.jsonl", of=REPOSITORY),
        "instructions": _hub("first_order_annotations.csv", config="instruction"),
        "freeform": _hub("worker_human.csv", config="freeform_worker_human (and _machine, hc3, deepfake)"),
        "abceval_part": _part("labels_behaviours_abceval.jsonl", of="github.com/emorynlp/GPT-ABCEval"),
        "humanlike_score_part": _part("labels_humanlike_gteval.jsonl", of="github.com/SAP/mirrorbench"),
        "humanlike_pairs_part": _part("labels_humanlike_pairwise.jsonl", of="github.com/SAP/mirrorbench"),
        "taubench_part": _part("llm_taubench.jsonl", of="github.com/sierra-research/tau-bench"),
        "metaphor_mohx_part": _part("labels_metaphor_mohx.jsonl", of=_METAPHOR),
        "metaphor_trofi_part": _part("labels_metaphor_trofi.jsonl", of=_METAPHOR),
        "metaphor_vua_part": _part("labels_metaphor_vua_verb.jsonl", of=_METAPHOR),
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """A source that is here: its file, and its parts by name."""

    path: Path
    parts: Mapping[str, Path]


def find_sources(data: Path) -> Mapping[str, Found]:
    """The sources in a folder and up to three folders below it, by their keys.

    Names are compared without regard to capitals and to `.gz`; of several files of one name the least deep counts.

    Raises:
        UsageError: there is no such folder, or none of the known files is in it.
    """
    if not data.is_dir():
        raise UsageError(f"{data}: there is no such folder; --data names the folder with the files of the paper")
    files = _files(data)
    found = {key: here for key, source in SOURCES.items() if (here := _found(source, files)) is not None}
    if not found:
        raise UsageError(
            f"{data}: none of the known files is here or up to {DEPTH} folders deeper; for example: "
            + ", ".join(source.names[0] for source in list(SOURCES.values())[:5])
        )
    return found


def _found(source: Source, files: Mapping[str, Path]) -> Found | None:
    path = next((files[name.lower()] for name in source.names if name.lower() in files), None)
    parts = {name: files[name] for name in source.parts if name in files}
    return Found(path, parts) if path is not None and len(parts) == len(source.parts) else None


def _files(data: Path) -> dict[str, Path]:
    """The files by name in small letters, the least deep of each name."""
    files: dict[str, Path] = {}
    for folder, folders, names in os.walk(data):
        depth = len(Path(folder).relative_to(data).parts)
        folders[:] = sorted(folders) if depth < DEPTH else []
        for name in sorted(names):
            known = name.lower().removesuffix(".gz")
            here = Path(folder, name)
            if known not in files or len(here.parts) < len(files[known].parts):
                files[known] = here
    return files
