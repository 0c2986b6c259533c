"""What judges are given beyond their shipped figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.judge_models import NO_MODELS, JudgeModels, open_jury
from judges.calibrated import with_own_thresholds
from judges.catalogue import make_judges
from judges.embeddings import load_encoder
from judges.judge import Judge
from judges.llm.answer_file import AnswerFile


@dataclass(frozen=True, slots=True)
class JudgeTools:
    """Models for the judges that ask one, a sentence-embedding model for those that can use one, and a folder of cards
    of the user's own, with thresholds that take the place of the shipped ones.
    """

    models: JudgeModels = NO_MODELS
    embeddings: str | None = None
    cards: str | None = None

    def make(self, names: Sequence[str], answers: AnswerFile | None = None) -> tuple[Judge, ...]:
        """The judges of those names, equipped; their answers are kept in `answers`.

        Raises:
            UsageError: a model cannot be had, or the cards do not fit the judges.
        """
        encoder = load_encoder(self.embeddings) if self.embeddings else None
        judges = make_judges(names, encoder=encoder, jury=open_jury(self.models, answers))
        return with_own_thresholds(judges, self.cards) if self.cards else judges


PLAIN = JudgeTools()
