"""Counts the words of general English: `python -m judges.fitting.general_english DATA_DIR`.

Every corpus weighs the same, so that telephone talk does not drown the rest; a word must occur in three conversations
or texts. Only rates are stored, no sentence.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from judges.fitting.corpora import read_corpus
from judges.topic_words import topic_words

CORPORA = ("human_personachat", "human_switchboard", "human_meetings_qmsum", "human_assistance_mirrorbench")
SERVICE_CORPORA = ("human_service_sgd", "human_taskmaster4")
OUTPUT = Path(__file__).parents[1] / "weights" / "general_english.json"
_MIN_DOCUMENTS = 3
_SMALLEST_RATE = 1.0


def rates_per_million(corpora: Sequence[Iterable[Iterable[str]]]) -> dict[str, float]:
    """Occurrences per million words, averaged over corpora; a corpus is documents of texts."""
    rates: dict[str, float] = defaultdict(float)
    documents_with: Counter[str] = Counter()
    for corpus in corpora:
        counts: Counter[str] = Counter()
        for document in corpus:
            words = [word.lower() for text in document for word in topic_words(text)]
            counts.update(words)
            documents_with.update(set(words))
        for word, number in counts.items():
            rates[word] += 1e6 * number / counts.total() / len(corpora)
    frequent = {word for word, number in documents_with.items() if number >= _MIN_DOCUMENTS}
    return {word: round(rates[word], 1) for word in sorted(frequent) if rates[word] >= _SMALLEST_RATE}


def essays(data: Path) -> list[list[str]]:
    """The essays that people wrote, one document each."""
    lines = (data / "freeform_essays.jsonl").read_text(encoding="utf-8").splitlines()
    return [[json.loads(line)["human"]] for line in lines]


def main(data: Path) -> None:
    """Count and write the table."""
    names = (*CORPORA, *SERVICE_CORPORA)
    read = {name: [[turn.text for turn in one.turns] for one in read_corpus(data, name)] for name in names}
    service = [document for name in SERVICE_CORPORA for document in read[name]]
    rates = rates_per_million([*(read[name] for name in CORPORA), essays(data), service])
    stored = {
        "schema": "simstress/word-rates@1",
        "unit": "occurrences per million words, mean over corpora",
        "sources": [*CORPORA, "freeform_essays (human)", f"service: {' + '.join(SERVICE_CORPORA)}"],
        "rates": rates,
    }
    OUTPUT.write_text(json.dumps(stored, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{OUTPUT.name}: {len(rates)} words, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
