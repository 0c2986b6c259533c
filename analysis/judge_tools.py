"""What judges are given beyond their shipped figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.judge_models import NO_MODELS, JudgeModels, open_jury
from analysis.judged_folder import conversations_in
from analysis.stress.control import to_learn_from
from judges.calibrated import with_own_thresholds
from judges.catalogue import make_judges
from judges.embeddings import load_encoder
from judges.judge import Judge
from judges.llm.answer_file import AnswerFile
from judges.panel import prepare_judges
from sims.transcript import Transcript
from sims.transcript_file import TranscriptFiles


@dataclass(frozen=True, slots=True)
class JudgeTools:
    """Models for the judges that ask one, a sentence-embedding model for those that can use one, and a folder of cards
    of the user's own, with thresholds that take the place of the shipped ones. `learn_from` names transcripts (a file
    or a run folder) that the judges learn from in place of those they judge.
    """

    models: JudgeModels = NO_MODELS
    embeddings: str | None = None
    cards: str | None = None
    learn_from: str | None = None

    def prepared(
        self, names: Sequence[str], transcripts: Iterable[Transcript], answers: AnswerFile | None = None
    ) -> tuple[Judge, ...]:
        """The judges of `make`, having learnt from `learn_from`, or from these transcripts where it is None.

        Of a stress test they learn from the control.
        """
        return prepare_judges(self.make(names, answers), to_learn_from(self.lessons or transcripts))

    @property
    def lessons(self) -> TranscriptFiles | None:
        """The transcripts to learn from, None for those that are judged."""
        return None if self.learn_from is None else conversations_in([Path(self.learn_from)])

    def make(self, names: Sequence[str], answers: AnswerFile | None = None) -> tuple[Judge, ...]:
        """The judges of those names, equipped; their answers are kept in `answers`.

        Raises:
            UsageError: a model cannot be had, or the cards do not fit the judges.
        """
        encoder = load_encoder(self.embeddings) if self.embeddings else None
        judges = make_judges(names, encoder=encoder, jury=open_jury(self.models, answers))
        return with_own_thresholds(judges, self.cards) if self.cards else judges


PLAIN = JudgeTools()
