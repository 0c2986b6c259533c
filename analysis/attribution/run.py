"""From a judged run to what its flags are due to: choose, speak again, judge, count."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.attribution.cases import Case, Replay, find_cases, replays_for
from analysis.attribution.findings import Attribution, CaseCounts, attribute, count_cases
from analysis.attribution.replaying import (
    cells_of,
    flags_again,
    missing_replays,
    speak_all,
    spoken_again,
    still_flagged,
)
from analysis.judged_folder import JudgedFolder
from analysis.simulation import judge_tools
from judges.judge import Judge
from sims.backends.backend import Backend
from sims.calling import Calling
from sims.errors import UsageError
from sims.limits import MOST_AT_ONCE
from sims.manifest import Manifest
from sims.run_folder import RunFolder, make_folder
from sims.runner import check_backends
from sims.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of an attribution.

    `judges` empty takes the run's own. `swap_model` None takes the other of the run's two models. Each prefix is spoken
    `replays` times an arm; of each judge's flagged conversations at most `max_conversations` are taken. A swap model
    that is none of the run's own is called at `swap_api_base`, or where its provider is. Another `seed` speaks anew.
    """

    judges: tuple[str, ...] = ()
    swap_model: str | None = None
    swap_api_base: str | None = None
    replays: int = 5
    max_conversations: int = 30
    max_connections: int = MOST_AT_ONCE
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be spoken again. `cut_off` counts the cases that are not flagged once the recording ends there."""

    manifest: Manifest
    cases: tuple[Case, ...]
    cut_off: int
    replays: tuple[Replay, ...]
    missing: tuple[Replay, ...]

    @property
    def calls(self) -> int:
        """How many calls are still to be made, retries apart."""
        return sum(len(replay.again) for replay in self.missing)


@dataclass(frozen=True, slots=True)
class Attributed:
    """The counts of every case and what follows from them; `cut_off` as in `Plan`.

    `spoken` counts the replays that are there, `failures` those of them that failed, by reason.
    """

    counts: tuple[CaseCounts, ...]
    attributions: tuple[Attribution, ...]
    cut_off: int
    spoken: int
    failures: Mapping[str, int]


def attribute_run(
    path: Path,
    out: Path,
    wanted: Wanted,
    *,
    on_plan: Callable[[Plan], Callable[[Transcript], None]],
) -> Attributed:
    """Which side the flags of a judged run folder are due to.

    What is spoken again is kept in the folder `out` as it ends: doing it again speaks only what is missing. `on_plan`
    hears what is about to be spoken, before any call, and says who hears of each replay that is done.

    Raises:
        UsageError: there is no judged run, a judge has no verdicts there, or it is not clear which model to swap in.
    """
    run, replayed = RunFolder(path), RunFolder(out)
    manifest = run.read_manifest()
    names = wanted.judges or manifest.judges
    swap = _swapping(manifest, wanted)
    lookup = JudgedFolder(path).verdict_lookup()
    cases = find_cases(run.transcripts, lookup, names, most=wanted.max_conversations)
    make_folder(out)
    with replayed.locked(), JudgedFolder(out).answers() as answers:
        tools = judge_tools(manifest, max_connections=wanted.max_connections)
        judges = tools.prepared(names, run.transcripts, answers)
        kept = still_flagged(cases, judges)
        replays = replays_for(kept, swap=swap, times=wanted.replays, seed=wanted.seed)
        _check_telling(kept, replays, wanted.swap_model)
        missing = missing_replays(replayed, replays)
        plan = Plan(manifest, tuple(kept), len(cases) - len(kept), tuple(replays), tuple(missing))
        on_done = on_plan(plan)
        _speak(plan, replayed, wanted, on_done=on_done)
        return _found(plan, replayed, judges, seed=wanted.seed)


def _swapping(manifest: Manifest, wanted: Wanted) -> Callable[[str], str]:
    """Which model takes the place of another: the one given, else the other of the run's two."""
    swap_model = wanted.swap_model
    if swap_model is not None:
        asyncio.run(check_backends({swap_model: _backend(swap_model, manifest, wanted)}))
        return lambda own: swap_model
    models = manifest.grid.model_strings
    if len(models) != 2:
        raise UsageError(
            f"the run's models are {', '.join(models)}: say which one takes a side's place with"
            " --swap-model provider/model"
        )
    first, second = models
    return lambda own: first if own == second else second


def _backend(model: str, manifest: Manifest, wanted: Wanted) -> Backend:
    """The run's own models where the run called them, another never at the run's server.

    What is spoken again is asked for anew, not remembered; the budget was that of the run.
    """
    settings = manifest.settings.model_copy(update={"budget_usd": None, "cache": None})
    if model not in manifest.grid.model_strings:
        settings = settings.model_copy(update={"api_base": wanted.swap_api_base})
    return Calling(settings).backend(model)


def _check_telling(cases: Sequence[Case], replays: Sequence[Replay], swap_model: str | None) -> None:
    if cases and all(replay.arm == "control" for replay in replays):
        raise UsageError(f"--swap-model {swap_model}: both sides speak with that model already; give another")


def _speak(plan: Plan, out: RunFolder, wanted: Wanted, *, on_done: Callable[[Transcript], None]) -> None:
    if plan.missing:
        asyncio.run(
            speak_all(
                out,
                plan.missing,
                cells_of(plan.manifest, plan.cases),
                backend_of=lambda model: _backend(model, plan.manifest, wanted),
                timeout_s=plan.manifest.settings.timeout_s,
                max_connections=wanted.max_connections,
                on_done=on_done,
            )
        )


def _found(plan: Plan, out: RunFolder, judges: Sequence[Judge], *, seed: int) -> Attributed:
    spoken = spoken_again(out, plan.replays)
    counts = count_cases(plan.cases, plan.replays, flags_again(spoken, plan.replays, judges))
    failures = Counter(_failure(one) for one in spoken.values() if one.has_failed)
    return Attributed(counts, attribute(counts, seed=seed), plan.cut_off, len(spoken), dict(failures.most_common()))


def _failure(spoken: Transcript) -> str:
    return f"{spoken.stop_reason}: {spoken.error}" if spoken.error else str(spoken.stop_reason)
