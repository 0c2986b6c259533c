"""From transcripts to a report: judge, count, compare with people, assemble. The steps, in their order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.comparison import compare_to_profile, corrected_together
from analysis.features.catalogue import FEATURES
from analysis.findings import Shift
from analysis.human_or_machine import Likeness, likeness_to_profile, likeness_together
from analysis.judge_agreement import Agreement
from analysis.judge_models import judging_totals
from analysis.judge_tools import PLAIN, JudgeTools
from analysis.judged_folder import JudgedFolder
from analysis.page.html import render_html
from analysis.providers.compare import compare_providers, has_several_models
from analysis.providers.records import provider_records
from analysis.rates import flag_rates
from analysis.reference.genre_fit import language_notes, profile_notes
from analysis.reference.profile import ReferenceProfile, load_profile
from analysis.report.build import ProfileFacts, Report, build_report
from analysis.stress.control import is_stress_test, undisturbed
from analysis.stress.findings import stress_findings
from analysis.stress.recorded import recorded_in
from analysis.tables import feature_table, flag_rows
from analysis.trust import trust_in
from judges.calibrated import own_cards
from judges.card import has_card
from judges.catalogue import judge_names, needs_model
from sims.errors import UsageError
from sims.run_folder import replace_file
from sims.transcript import Transcript
from sims.transcript_file import TranscriptFiles

SUMMARY_SCHEMA = "simstress/summary@1"
BREAKDOWNS: Mapping[str, tuple[str, ...]] = {
    "model": ("model", "judge"),
    "scenario": ("scenario", "judge"),
    "role": ("role", "judge"),
}
MOST_GROUPS = 40
STRESS_FOLDER = "stress"
"""Where a run may hold a stress test that its report shows."""


def judge_folder(
    folder: JudgedFolder,
    names: Sequence[str],
    *,
    tools: JudgeTools = PLAIN,
    on_done: Callable[[Transcript], None] = lambda transcript: None,
) -> None:
    """Put every transcript of the folder before the judges and write their verdicts.

    The answers of models are kept in the folder as they arrive, and not asked for again; cards of the user's own are
    kept there too, since a judge travels with its card.
    """
    transcripts = folder.transcripts
    if not any(map(needs_model, names)):
        judges = tools.prepared(names, transcripts)
        folder.write_verdicts(transcripts, judges, on_done=on_done)
        folder.keep_cards(own_cards(judges))
        return
    with folder.answers() as answers:
        judges = tools.prepared(names, transcripts, answers)
        folder.write_verdicts(transcripts, judges, ahead=2 * tools.models.max_connections, on_done=on_done)
        folder.keep_cards(own_cards(judges))
    folder.write_judging(judging_totals(answers))


def assess(folder: JudgedFolder, *, reference: str | None = None, seed: int = 0, max_transcripts: int = 200) -> Report:
    """The report of a judged folder: rates, shifts and the conversations themselves.

    Of a stress test, rates and shifts are of the control; what the stressors do stands by itself (`stress_findings`).
    One that lies in the folder STRESS_FOLDER of a run is shown with that run.
    `reference` names the human profile for all conversations; None takes each scenario's own, where it names one.
    """
    transcripts = folder.transcripts
    rows, is_stressed = _rows_of_control(folder)
    breakdowns = {name: flag_rates(rows, by=by) for name, by in BREAKDOWNS.items() if _is_worth_showing(rows[name])}
    profiles = _profiles(transcripts, reference)
    shifts, likeness, notes = _compared(folder, profiles, reference, seed=seed)
    manifest = folder.manifest
    rates = flag_rates(rows)
    cards = folder.cards()
    stressed = folder if is_stressed else _inside(folder)
    return build_report(
        title=str(manifest.get("name") or folder.path.resolve().name),
        manifest=manifest,
        transcripts=transcripts,
        verdicts=folder.verdict_lookup(),
        rates=rates,
        breakdowns=breakdowns,
        shifts=shifts,
        providers=compare_providers([folder], seed=seed) if has_several_models(folder) else None,
        likeness=likeness,
        notes=notes,
        profiles=[_facts(profile) for profile in profiles.values()],
        calibrated={**{name: has_card(name) for name in judge_names()}, **dict.fromkeys(cards, True)},
        trusts=trust_in(rates, own_cards=cards),
        feature_labels={feature.name: feature.label for feature in FEATURES.values()},
        transcripts_at=", ".join(path.name for path in transcripts.paths),
        max_transcripts=max_transcripts,
        stress=stress_findings(stressed, seed=seed) if stressed else None,
        stress_of=_stress_of(folder, stressed) if stressed else "",
        recorded=recorded_in(stressed) if stressed else None,
    )


def _rows_of_control(folder: JudgedFolder) -> tuple[pd.DataFrame, bool]:
    """The rows of `flag_rows` that are not of an arm of a stress test, and whether there are such arms."""
    arms: set[str] = set()

    def noted() -> Iterator[Transcript]:
        for transcript in folder.transcripts:
            if transcript.is_arm:
                arms.add(transcript.id)
            yield transcript

    rows = flag_rows(noted(), folder.verdicts())
    return (rows[~rows["transcript"].isin(arms)], True) if arms else (rows, False)


def _inside(folder: JudgedFolder) -> JudgedFolder | None:
    """The stress test that lies in a folder and belongs into its report."""
    inside = JudgedFolder(folder.path / STRESS_FOLDER)
    return inside if inside.verdict_file.exists() and is_stress_test(inside) else None


def _stress_of(folder: JudgedFolder, stressed: JudgedFolder) -> str:
    """Where a stress test lies that is not of the folder itself."""
    return "" if stressed is folder else stressed.path.relative_to(folder.path).as_posix()


def _is_worth_showing(groups: pd.Series[Any]) -> bool:
    """A breakdown of one group repeats the whole, one of very many helps nobody."""
    return 1 < groups.nunique(dropna=False) <= MOST_GROUPS


def _profiles(transcripts: TranscriptFiles, reference: str | None) -> dict[str, ReferenceProfile]:
    if reference is not None:
        return {reference: load_profile(reference)}
    named = {one.scenario.reference for one in transcripts if one.scenario and one.scenario.reference}
    return {name: load_profile(name) for name in sorted(named)}


def _compared(
    folder: JudgedFolder, profiles: Mapping[str, ReferenceProfile], reference: str | None, *, seed: int
) -> tuple[Sequence[Shift], Sequence[Likeness], list[str]]:
    """The shifts from each profile, the human-or-machine scores, and sentences on profiles that do not fit."""
    shifts: list[Shift] = []
    likeness: list[Likeness] = []
    notes: list[str] = []
    tables = []
    for name, profile in profiles.items():
        calm = undisturbed(folder.transcripts)
        chosen = calm if reference is not None else _naming(calm, name)
        table = feature_table(chosen)
        tables.append(table)
        try:
            shifts += compare_to_profile(table, profile, seed=seed)
        except UsageError as misfit:
            notes.append(f"Not compared with {name}: {misfit}.")
        else:
            likeness += likeness_to_profile(table, profile, seed=seed)
            notes += profile_notes(table, profile)
    return corrected_together(shifts), likeness_together(likeness), [*notes, *language_notes(*tables)]


def _naming(transcripts: Iterable[Transcript], reference: str) -> Iterator[Transcript]:
    return (one for one in transcripts if one.scenario and one.scenario.reference == reference)


def _facts(profile: ReferenceProfile) -> ProfileFacts:
    sources = "; ".join(source.name for source in profile.sources)
    return ProfileFacts(profile.name, profile.genre, sources, profile.licence, profile.conversations)


def summary(report: Report) -> dict[str, Any]:
    """The figures of a report as plain data, for programs."""
    tally = report.tally
    return {
        "schema": SUMMARY_SCHEMA,
        "title": report.title,
        "headline": list(report.headline),
        "conversations": tally.conversations,
        "turns": tally.turns,
        "flagged_turns": tally.flagged_turns,
        "recorded_turns": tally.recorded_turns,
        "recorded_flagged_turns": tally.recorded_flagged,
        "failed_conversations": tally.failed,
        "stop_reasons": {
            reason or "not recorded": count
            for reason, count in sorted(tally.stop_reasons.items(), key=lambda item: item[0] or "")
        },
        "unjudged": [
            {"judge": judge, "reason": reason, "conversations": count}
            for (judge, reason), count in sorted(tally.unjudged.items())
        ],
        "not_applicable": [
            {"judge": judge, "reason": reason, "conversations": count}
            for (judge, reason), count in sorted(tally.not_applicable.items())
        ],
        "aborted": [asdict(aborted) for aborted in tally.aborted],
        "planted": [asdict(planted) for planted in tally.planted],
        "rates": [asdict(rate) for rate in report.rates],
        "breakdowns": {by: [asdict(rate) for rate in rates] for by, rates in report.breakdowns.items()},
        "shifts": [asdict(shift) for shift in report.shifts],
        "human_or_machine": [asdict(score) for score in report.likeness],
        "providers": list(provider_records(report.providers)) if report.providers else [],
        "stress": None if report.stress is None else asdict(report.stress),
        "stress_recorded": None if report.recorded is None else asdict(report.recorded),
        "trust": [asdict(trust) for trust in report.trusts],
        "uncalibrated": [judge for judge in tally.judges if not report.is_calibrated(judge)],
    }


def write_summary(folder: JudgedFolder, report: Report, agreement: Agreement | None = None) -> None:
    """Write summary.json; `agreement` adds how far judge models agree, and judges on the same artifact."""
    data = summary(report) | (agreement.as_data() if agreement else {})
    replace_file(folder.summary_file, json.dumps(data, indent=2, allow_nan=False) + "\n")


def write_page(report: Report, path: Path) -> Path:
    """Write the report as one self-contained page and return its path."""
    replace_file(path, render_html(report))
    return path
