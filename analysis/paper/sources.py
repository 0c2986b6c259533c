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
    """Data under one of several file names (without `.gz`).

    `parts` are files that must lie beside it, or in its folder `folder`. `whole` is the least and the greatest number
    of rows that are all of the data, None where that is not known here. `unread` says why there is no reader, "" where
    there is one: without, it is named in the report, and not opened.
    """

    names: tuple[str, ...]
    had_at: str
    whole: tuple[int, int] | None = None
    parts: tuple[str, ...] = ()
    folder: str = ""
    unread: str = ""

    @property
    def is_read(self) -> bool:
        """Whether there is a reader for it."""
        return not self.unread

    def is_all(self, rows: int) -> bool:
        """Whether so many rows are all of the data."""
        return self.whole is not None and self.whole[0] <= rows <= self.whole[1]

    def part(self, rows: int) -> float:
        """Which part of all of the data so many rows are, in [0, 1]; 0 where that is not known."""
        if self.whole is None or rows > self.whole[1]:
            return 0.0
        return min(1.0, rows / self.whole[0])


def _hub(name: str, *, config: str) -> Source:
    """A file of the data set whose columns were never seen here."""
    return Source((name,), f"{HUB}, config {config}", unread="its columns are not known here")


def _rows(name: str, *, of: str, whole: int | None = None, at_least: int | None = None) -> Source:
    """Somebody's data, or a part of them, brought into rows for the development of simstress."""
    return Source((name,), f"rows made from {of}", whole=(at_least or whole, whole) if whole else None)


_LABELLED, _PAIRS, _VOTES = (8_028, 8_032), (5_000, 5_000), (882, 882)

SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "spp_log": _rows(
            "llm_spp_logic.jsonl", of="github.com/MikeWangWZHL/Solo-Performance-Prompting", whole=200, at_least=199
        ),
        "spp_verdicts": Source(
            ("verdicts.jsonl",), "a folder that simstress judge wrote of llm_spp_logic.jsonl, put into --data"
        ),
        "spp_digression": _hub("spp_digression_fin.csv", config="simulation_digression"),
        "camel": Source(
            ("CAMEL_annotated.csv", "CAMEL_annotated.jsonl", "ai_society_chat.zip", "ai_society_chat.jsonl"),
            f"{HUB}, config simulation_roleflip, or huggingface.co/datasets/camel-ai/ai_society",
        ),
        "labels": Source(("mismatch_gpt3.csv",), f"{REPOSITORY}, task_labels/first_order/data", whole=_LABELLED),
        "labels_part": _rows(
            "tasklabels_human_vs_gpt3.jsonl", of=REPOSITORY, whole=_LABELLED[1], at_least=_LABELLED[0]
        ),
        "labels_by_dataset": Source(("intermodel_cleaned_maj_min.csv",), f"{HUB}, config task_label"),
        "dices_part": _rows("tasklabels_dices990.jsonl", of="github.com/dmg-illc/JUDGE-BENCH", whole=990),
        "p2c": Source(
            ("p2c_subjective_pref_preferences.csv",),
            f"{REPOSITORY}, preference/data",
            whole=_PAIRS,
            parts=("p2c_generative_pref_preferences.csv",),
        ),
        "p2c_part": _rows("pref_p2c.jsonl", of=REPOSITORY, whole=_PAIRS[1]),
        "p2c_table": Source(
            ("p2c_human_gpt3_pref.csv", "dynanset2_pref_df_with_all_semantic.csv"),
            f"{HUB}, config preference_p2c",
            whole=_PAIRS,
        ),
        "p2c_lexicons": Source(
            ("anger_features.tsv",),
            "Hummingbird's eight lexicons",
            unread="the lexicon win takes spaCy's lemmas, too, and is not computed here",
        ),
        "mtbench": Source(("mtbench-gpt4-human-pref.csv",), f"{REPOSITORY}, preference/data", whole=_VOTES),
        "mtbench_part": _rows("pref_mtbench.jsonl", of=REPOSITORY, whole=_VOTES[1]),
        "cobbler": Source(
            ("cobbler_sentences_df_roberta_entailment.csv",),
            f"{REPOSITORY}, preference/data",
            whole=(5_250, 5_250),
            parts=("human.json", "gpt4.json", "chatgpt.json"),
            folder="cobbler",
        ),
        "cobbler_part": _rows("pref_cobbler_rankings.jsonl", of=REPOSITORY),
        "instructions": _hub("first_order_annotations.csv", config="instruction"),
        "freeform": _hub("worker_human.csv", config="freeform_worker_human (and _machine, hc3, deepfake)"),
        "abceval_part": _rows("labels_behaviours_abceval.jsonl", of="github.com/emorynlp/GPT-ABCEval", whole=1_634),
        "humanlike_score_part": _rows("labels_humanlike_gteval.jsonl", of="github.com/SAP/mirrorbench", whole=100),
        "humanlike_pairs_part": _rows("labels_humanlike_pairwise.jsonl", of="github.com/SAP/mirrorbench", whole=100),
        "taubench_part": _rows("llm_taubench.jsonl", of="github.com/sierra-research/tau-bench", whole=50),
        "metaphor_mohx_part": _rows("labels_metaphor_mohx.jsonl", of=_METAPHOR, whole=647),
        "metaphor_trofi_part": _rows("labels_metaphor_trofi.jsonl", of=_METAPHOR, whole=3_737),
        "metaphor_vua_part": _rows("labels_metaphor_vua_verb.jsonl", of=_METAPHOR, whole=23_113),
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """A source that is here: its file, its parts by name, and other files of the same name, deeper."""

    path: Path
    parts: Mapping[str, Path]
    others: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that are here by their keys, and of those that lack a part what is missing."""

    found: Mapping[str, Found]
    incomplete: Mapping[str, str]


def find_sources(data: Path) -> Sources:
    """The sources in a folder and up to three folders below it.

    Names are compared without regard to capitals and to `.gz`; of several files of one name the least deep counts.
    Parts must lie in the same folder, or in the one that the source names.

    Raises:
        UsageError: there is no such folder, or none of the known files is in it with all of its parts.
    """
    if not data.is_dir():
        raise UsageError(f"{data}: there is no such folder; --data names the folder with the files of the paper")
    files = _files(data)
    found: dict[str, Found] = {}
    incomplete: dict[str, str] = {}
    for key, source in SOURCES.items():
        here = next((files[name.lower()] for name in source.names if name.lower() in files), None)
        if here is not None:
            parts = {name: part for name in source.parts if (part := _part(here[0], source, name))}
            missing = [name for name in source.parts if name not in parts]
            if missing:
                incomplete[key] = f"{here[0]} is here, but not {' and '.join(missing)} in its folder{_or_in(source)}"
            else:
                found[key] = Found(here[0], parts, tuple(here[1:]))
    if not found:
        raise UsageError("; ".join(incomplete.values()) or f"{data}: {_nothing()}")
    return Sources(found, incomplete)


def _nothing() -> str:
    names = ", ".join(source.names[0] for source in SOURCES.values() if source.is_read)
    return f"none of the known files is here or up to {DEPTH} folders deeper; known are: {names}"


def _or_in(source: Source) -> str:
    return f" or in {source.folder}/" if source.folder else ""


def _part(path: Path, source: Source, name: str) -> Path | None:
    """The part beside the file, or in the folder that the source names."""
    places = (path.parent / name, path.parent / source.folder / name)
    return next((place for place in places if place.is_file()), None)


def _files(data: Path) -> dict[str, list[Path]]:
    """The files by name in small letters, the least deep first."""
    files: dict[str, list[Path]] = {}
    for folder, folders, names in os.walk(data):
        folders[:] = sorted(folders) if len(Path(folder).relative_to(data).parts) < DEPTH else []
        for name in sorted(names):
            files.setdefault(name.lower().removesuffix(".gz"), []).append(Path(folder, name))
    for paths in files.values():
        paths.sort(key=lambda path: len(path.parts))
    return files
