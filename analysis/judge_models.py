"""The models that judges ask: from their names to a jury, and what asking them came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from judges.catalogue import needs_model
from judges.llm.answer_file import AnswerFile
from judges.llm.jury import Jury
from sims.backends.backend import Backend
from sims.calling import Calling
from sims.errors import UsageError
from sims.limits import MOST_AT_ONCE
from sims.manifest import RunSettings
from sims.runner import check_backends
from sims.totals import JudgingTotals


@dataclass(frozen=True, slots=True)
class JudgeModels:
    """Which models are asked, how often each, and how calls to them are made. No models: only offline judges.

    With `calling` their calls are those of a run: at its pace, out of its purse, remembered with the rest.
    """

    models: tuple[str, ...] = ()
    votes: int = 1
    api_base: str | None = None
    timeout_s: float = 60.0
    max_attempts: int = 5
    max_connections: int = MOST_AT_ONCE
    calling: Calling | None = None


NO_MODELS = JudgeModels()


def open_jury(models: JudgeModels, answers: AnswerFile | None = None) -> Jury | None:
    """The jury of those models, or None where there are none; calls nobody.

    Raises:
        UsageError: a model string names no backend, or one that cannot answer questions, or a model is given twice.
    """
    settings = RunSettings(timeout_s=models.timeout_s, max_attempts=models.max_attempts)
    calling = models.calling or Calling(settings, max_connections=models.max_connections)
    backends = [_backend(model, models.api_base, calling) for model in _distinct(models.models)]
    if not backends:
        return None
    return Jury(
        backends,
        votes=models.votes,
        max_connections=models.max_connections,
        answers=answers,
        server=models.api_base,
    )


async def check_judge_models(names: Sequence[str], models: JudgeModels) -> None:
    """Return when every judge of those names can ask what it needs: before anything is spent, calling nobody.

    Raises:
        UsageError: a judge asks a model and none is named, or models are named and no judge asks one; or a model is
            not there (no such provider, no key).
    """
    asking = [name for name in names if needs_model(name)]
    if asking and not models.models:
        raise UsageError(f"{asking[0]} asks a model; name one with --judge-model, for example openai/gpt-4o-mini")
    if models.models and not asking:
        raise UsageError(
            f"--judge-model {models.models[0]}: none of the judges asks a model; choose one, for example"
            " --judges role_flip,role_flip:llm"
        )
    jury = open_jury(models)
    if jury is not None:
        await check_backends(dict(zip(jury.models, jury.backends, strict=True)))
        await jury.aclose()


def judging_totals(answers: AnswerFile) -> JudgingTotals:
    """What the answers came to that a judging used, and what those in its folder did altogether."""
    return JudgingTotals(
        calls_paid_now=answers.added,
        spent_usd=round(answers.spent_usd, 6),
        unreadable_answers=answers.unreadable,
        **answers.used.as_data(),
    )


def _distinct(models: Sequence[str]) -> tuple[str, ...]:
    """The models without the blanks around them."""
    stripped = [model.strip() for model in models]
    doubled = next((model for model in stripped if stripped.count(model) > 1), None)
    if doubled is not None:
        times = stripped.count(doubled)
        raise UsageError(f"--judge-model {doubled} is given {times} times; to ask it so often, use --votes {times}")
    return tuple(stripped)


def _backend(model: str, api_base: str | None, calling: Calling) -> Backend:
    name = model.strip().partition("?")[0]
    if name in ("offline/actor", "replay"):
        raise UsageError(
            f"--judge-model {model}: {name} plays conversations and answers no questions; name a provider's model,"
            " or offline/script?file=ANSWERS.json for a dry run"
        )
    return calling.backend_at(api_base, model)
