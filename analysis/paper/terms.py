"""The words of the report that a reader may not know, a line each."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    ("SPP", "200 logic puzzles that GPT-4 solves in the voices of several personas (Solo Performance Prompting)"),
    ("digression", "the paper's GPT-4 judge says that a dialogue strays from its puzzle; seven kinds"),
    ("CAMEL", "chats of two ChatGPT agents, a user who writes Instruction: and an assistant who writes Solution:"),
    ("role flip, interruption", "a CAMEL message with the other's mark; one with neither its own nor the end mark"),
    (
        "SChem5Labels, Sentiment, SBIC, GHC",
        "four sets of texts with the labels of 3 to 5 people and of language models",
    ),
    (
        "majority (minority) match",
        "texts where people and model have a label in common of those each gives most (least) often",
    ),
    ("mean SD of labels", "standard deviation of one text's labels, the mean over texts"),
    ("P2C", "pairs of sentences of one sentiment (DynaSent), and which one people and GPT-3 prefer"),
    ("lexicon win", "which sentence has more emotional and stylistic words (Hummingbird's lexicons)"),
    (
        "CoBBLEr",
        "50 instructions, the answers of 15 models to each, scored by people and models: 5,250 pairs of answers",
    ),
    ("entailment", "how far a sentence of the answer follows from the reference answer, by a RoBERTa model"),
    ("r of codes", "Pearson's r of 0 first, 1 second, 2 tie: it depends on which model is named first"),
    ("free of order", "the same correlation with each pair taken both ways round, so that no order matters"),
    ("tenth 1", "the tenth of the pairs whose answers differ most in entailment; tenth 10, least"),
    ("ABC-Eval", "chats of people and bots; GPT-3.5 and two people say which turns are irrelevant"),
    ("mirrorbench", "how human an LLM user seems, by people and by a model"),
    ("pass^k", "the chance that k trials of a tau-bench task, drawn at random of 4, all succeed"),
    ("DICES", "990 conversations with some 73 safety ratings each; alpha is 1 for full agreement, 0 for chance"),
    ("VUA, MOH-X, TroFi", "three corpora of verbs labelled metaphorical or not"),
)
"""(term, meaning)"""
