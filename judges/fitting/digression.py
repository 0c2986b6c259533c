"""Fits the shipped figures of the digression judge: `python -m judges.fitting.digression DATA_DIR`.

Turns of human and simulated service dialogues, as they are, against the same places with a turn of foreign talk: of
another domain, of people's small talk, of a model's. Fitted twice: with other conversations of the domain at hand
("task") and without ("thread"). Thresholds are set on the human corpora,
two of which also gave the slopes: false-alarm rates on them are no independent measurement.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from judges.courtesy import is_courtesy
from judges.digression import DigressionJudge
from judges.fitting.corpora import read_corpus as read_whole
from judges.fitting.splits import fitting_part
from judges.text_features import sentences, words
from judges.topic_model import Scale, Thread, WordOdds, briefing_words, reference_odds, topic_keys
from judges.topic_words import is_common, topic_words
from sims.seeds import generator
from sims.transcript import Transcript

SERVICE = ("human_service_sgd", "human_taskmaster4", "llm_taubench")
SMALL_TALK = ("human_personachat_tiage", "llm_synthetic_personachat")
"""Donors of foreign turns; neither is in the table of general English."""
CLEAN = (
    *("human_service_sgd", "human_taskmaster4", "human_assistance_mirrorbench"),
    *("human_personachat", "human_personachat_tiage", "human_switchboard", "human_meetings_qmsum"),
)
OUTPUT = Path(__file__).parents[1] / "weights" / "digression.json"
FALSE_ALARMS = 0.0035
_PER_CORPUS = 300
_FEWEST_TURNS = 500
_LOWEST = 0.02
"""Where the search for thresholds begins: what scores less is never flagged."""

Row = tuple[str, bool, list[float]]
"""The corpus, whether the words are foreign, and the log-odds of each word."""


@dataclass(frozen=True, slots=True)
class Donors:
    """Where foreign turns come from."""

    small_talk: Sequence[str]
    by_kind: Mapping[str, Sequence[str]]

    def foreign(self, kind: str, index: int) -> str:
        """The `index`-th foreign turn for a kind of conversation: small talk twice, then another domain."""
        if index % 3 < 2:
            return self.small_talk[index % len(self.small_talk)]
        others = [texts for other, texts in self.by_kind.items() if not _shares_domain(other, kind)]
        texts = others[index % len(others)]
        return texts[index % len(texts)]


def _shares_domain(one: str, other: str) -> bool:
    """Whether two kinds share a service, which their roles name after the colon ("... for: buses, hotels")."""
    mine, yours = (set(_domain_names(kind)) for kind in (one, other))
    return one == other or bool(mine & yours)


def _domain_names(kind: str) -> list[str]:
    source, *roles = json.loads(kind)[1:]
    named = [part for role in roles if " for: " in role for part in role.split(" for: ")[1].split(", ")]
    return named or [source]


def read_corpus(data: Path, name: str) -> list[Transcript]:
    """The fitting part of a corpus."""
    return fitting_part(read_whole(data, name))


def rows_of(data: Path, *, with_domain: bool) -> Iterator[Row]:
    """Clean and foreign turns of the service corpora, in their places."""
    corpora = {name: read_corpus(data, name) for name in SERVICE}
    kinds = _by_kind([one for corpus in corpora.values() for one in corpus])
    small_talk = [turn.text for name in SMALL_TALK for one in read_corpus(data, name) for turn in one.turns]
    texts = {
        kind: [turn.text for one in group for turn in one.turns if is_about_something(turn.text)]
        for kind, group in kinds.items()
    }
    donors = Donors([text for text in small_talk if is_about_something(text)], texts)
    for name, corpus in corpora.items():
        for transcript in generator("fit", name).sample(corpus, min(_PER_CORPUS, len(corpus))):
            odds = _references(transcript, kinds) if with_domain else None
            yield from ((name, *row) for row in _rows(transcript, odds, donors))


def _by_kind(transcripts: Sequence[Transcript]) -> dict[str, list[Transcript]]:
    kinds: dict[str, list[Transcript]] = {}
    for transcript in transcripts:
        kinds.setdefault(_kind(transcript), []).append(transcript)
    return kinds


def _kind(transcript: Transcript) -> str:
    narrow, broad = topic_keys(transcript)
    return narrow if transcript.source == "schema-guided-dialogue" else broad


def _tells(text: str) -> bool:
    return len(topic_words(text)) >= 4 and not is_courtesy(words(text))


def is_about_something(text: str) -> bool:
    """Whether a turn can be a digression: it has content, and two words that not any talk has."""
    return _tells(text) and sum(not is_common(word) for word in set(topic_words(text))) >= 2


def _references(transcript: Transcript, kinds: Mapping[str, Sequence[Transcript]]) -> WordOdds:
    """Ten to forty other conversations of the kind, none of the same task."""
    chance, task = generator("references", transcript.id), transcript.meta.get("task_id", transcript.id)
    pool = [one for one in kinds[_kind(transcript)] if one.meta.get("task_id", one.id) != task]
    chosen = chance.sample(pool, min(chance.randint(10, 40), len(pool)))
    return reference_odds([Counter(word for turn in one.turns for word in topic_words(turn.text)) for one in chosen])


def _rows(transcript: Transcript, odds: WordOdds | None, donors: Donors) -> Iterator[tuple[bool, list[float]]]:
    chance = generator("turns", transcript.id)
    thread = Thread([topic_words(turn.text) for turn in transcript.turns], briefing_words(transcript))
    places = [index for index, turn in enumerate(transcript.turns) if _tells(turn.text)]
    for index in chance.sample(places, min(4, len(places))):
        foreign = donors.foreign(_kind(transcript), chance.randrange(10**6))
        for is_foreign, text in ((False, transcript.turns[index].text), (True, foreign)):
            parts = [topic_words(span.text) for span in sentences(text)]
            told = [
                [word for part in parts for word in part],
                *(part for part in parts if len(parts) > 1 and len(part) > 2),
            ]
            yield from ((is_foreign, thread.explained(index, found, odds)) for found in told)


def fit_scale(rows: Sequence[Row]) -> Scale:
    """Bias and slopes of a logistic regression in which each corpus and each kind of turn weighs the same."""
    from sklearn.linear_model import LogisticRegression

    design = [[sum(odds) / math.sqrt(len(odds)), math.log(len(odds))] for _, _, odds in rows]
    sizes = Counter((name, is_foreign) for name, is_foreign, _ in rows)
    weights = [1000 / sizes[name, is_foreign] for name, is_foreign, _ in rows]
    model = LogisticRegression().fit(design, [is_foreign for _, is_foreign, _ in rows], sample_weight=weights)
    explained, length = (round(float(slope), 3) for slope in model.coef_[0])
    return Scale(round(float(model.intercept_[0]), 3), explained, length, threshold=_LOWEST)


def thresholds_on(corpus: Sequence[Transcript], judge: DigressionJudge) -> dict[str, float]:
    """By scale, the score that flags at most `FALSE_ALARMS` of the judged turns; the scales must flag all they can."""
    scores: dict[str, list[float]] = {}
    judged: Counter[str] = Counter()
    for transcript in corpus:
        verdict, name = judge.judge(transcript), judge.scale_name(transcript)
        judged[name] += verdict.judged_turns
        scores.setdefault(name, []).extend(hit.score for hit in verdict.hits)
    allowed = {name: math.floor(FALSE_ALARMS * number) for name, number in judged.items() if number >= _FEWEST_TURNS}
    return {name: _just_above(sorted(scores[name], reverse=True), number) for name, number in allowed.items()}


def _just_above(scores: Sequence[float], allowed: int) -> float:
    return math.ceil(scores[allowed] * 1e4 + 1) / 1e4 if len(scores) > allowed else _LOWEST


def fit(data: Path) -> dict[str, object]:
    """The figures, and what they were measured on."""
    with_domain, alone = (fit_scale(list(rows_of(data, with_domain=flag))) for flag in (True, False))
    scales = {"domain": with_domain, "single": alone, "talk": alone}
    unfitted = DigressionJudge(scales=scales)
    found: dict[str, dict[str, float]] = {name: {} for name in scales}
    for name in CLEAN:
        corpus = read_corpus(data, name)
        for judge in (unfitted.prepare(corpus), unfitted):
            for scale, threshold in thresholds_on(corpus, judge).items():
                found[scale][name] = threshold
    fitted = {name: replace(scale, threshold=max(found[name].values())) for name, scale in scales.items()}
    return {
        "schema": "simstress/digression-scales@1",
        "sources": {"slopes": [*SERVICE, *SMALL_TALK], "thresholds": list(CLEAN)},
        "threshold_rule": f"highest, over corpora, of the lowest that flags at most {FALSE_ALARMS:.2%} of judged turns",
        "threshold_by_corpus": found,
        "scales": {name: asdict(scale) for name, scale in fitted.items()},
    }


if __name__ == "__main__":
    OUTPUT.write_text(json.dumps(fit(Path(sys.argv[1])), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(OUTPUT.read_text(encoding="utf-8"))
