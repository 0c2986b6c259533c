"""What the card of the digression judge says beside its figures."""

from __future__ import annotations

from judges.card import Source
from judges.measuring.card_text import CardText

CARD = CardText(
    finds="turns that leave the task, judged by other conversations of the kind or by the rest of this one; in talk"
    " without a task, turns that leave the local thread",
    unit="with a task: the chance, at 2 % prevalence, that the turn is foreign to it; in talk: the chance that the turn"
    " leaves the thread of the turns before it, .5 being the F1-best decision on human topic shifts",
    threshold="hits: the score that flags at most 0.35 % of the judged turns of every human corpus, and a"
    " quote that names at least one concrete thing that is strange; in talk also a turn that leaves its thread (.5)",
    blind_spots=(
        "English only; words, not meaning: contradiction and a wrong case of the right domain are not seen (AUC .5)",
        "what recurs in most conversations of a batch is usual there, also where it recurs in error",
        "ten short conversations weigh little against general English: foreign turns rank high there, few are flagged",
        "a batch of questions on everything has no topic: each of its conversations is judged by itself",
        "in a single conversation an opening off its task is not seen; talk has no score for its first turn",
        "a hit needs nouns meant as they stand: a digression into abstractions or in figures of speech is scored lower",
        "pasted data, lists and code are never quoted as digressions",
        "people on TIAGE and ABC-Eval agree little with one another (F1 .543 on ABC-Eval)",
        "where stress makes most turns digress it finds 47 to 69 %: docs/stress-judges.md",
    ),
    sources=(
        Source(
            data="human_service_sgd",
            origin="google-research-datasets/dstc8-schema-guided-dialogue, dev part",
            licence="CC BY-SA 4.0",
            used_for="fitting and measuring",
        ),
        Source(
            data="human_taskmaster4, labels_offtopic_tm4",
            origin="google-research-datasets/Taskmaster, TM-4-2024",
            licence="CC BY 4.0",
            used_for="fitting and measuring",
        ),
        Source(
            data="llm_taubench", origin="sierra-research/tau-bench", licence="MIT", used_for="fitting and measuring"
        ),
        Source(
            data="human_assistance_mirrorbench",
            origin="SAP/mirrorbench",
            licence="Apache-2.0 (repository)",
            used_for="fitting and measuring",
        ),
        Source(
            data="human_personachat, human_personachat_tiage",
            origin="HuiyuanXie/tiage",
            licence="MIT (repository)",
            used_for="fitting and measuring",
        ),
        Source(
            data="llm_synthetic_personachat",
            origin="google-research-datasets/Synthetic-Persona-Chat",
            licence="CC BY 4.0",
            used_for="fitting and measuring",
        ),
        Source(
            data="human_switchboard",
            origin="Switchboard Dialogue Act corpus, text form by NathanDuran/Switchboard-Corpus",
            licence="GPL-3.0 (that repository)",
            used_for="fitting and measuring",
        ),
        Source(data="human_meetings_qmsum", origin="Yale-LILY/QMSum", licence="MIT", used_for="fitting and measuring"),
        Source(
            data="tables of parts of speech and of metaphor (of the metaphor judge)",
            origin="VU Amsterdam Metaphor Corpus",
            licence="non-commercial (Oxford Text Archive 2541)",
            used_for="fitting",
        ),
        Source(
            data="labels_behaviours_abceval",
            origin="emorynlp/GPT-ABCEval",
            licence="unstated",
            used_for="fitting and measuring",
        ),
        Source(
            data="labels_relevance_dailydialogpp",
            origin="iitmnlp/DailyDialog-plusplus",
            licence="MIT file in the repository; data licence unstated",
            used_for="measuring",
        ),
    ),
)
