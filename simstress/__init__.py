"""simstress: do your simulated people behave like people?

The public names load on first use, so that importing simstress costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.branch_changes import parse_changes
    from analysis.branching import BranchPlan, start_branch
    from analysis.datatypes.instructions.audit import audit_instructions
    from analysis.datatypes.instructions.columns import InstructionColumns
    from analysis.datatypes.instructions.task import instructions_task
    from analysis.datatypes.labels.audit import audit_labels
    from analysis.datatypes.labels.columns import LabelColumns
    from analysis.datatypes.labels.task import labels_task
    from analysis.datatypes.preferences.audit import audit_preferences
    from analysis.datatypes.preferences.columns import PreferenceColumns
    from analysis.datatypes.preferences.rankings import RankingColumns
    from analysis.datatypes.preferences.task import preferences_task
    from analysis.datatypes.simulations.audit import audit_simulations
    from analysis.datatypes.texts.audit import audit_text_files, audit_texts
    from analysis.datatypes.texts.columns import TextsColumns
    from analysis.datatypes.texts.task import texts_task
    from analysis.findings import FlagRate, Shift
    from analysis.gate.gate import run_gate
    from analysis.gate.sides import load_side, load_sides
    from analysis.gate.values import GateResult
    from analysis.paper.reproduce import paper_figures
    from analysis.second_order.estimators import load_estimator
    from analysis.second_order.retraining import retrain
    from analysis.second_order.task import Example, Task
    from analysis.simulation import hold_run, judge_run, simulate
    from analysis.stress.run import stress_test
    from analysis.stress.values import StressFindings
    from judges.catalogue import make_judges
    from judges.judge import Judge
    from judges.panel import judge_transcripts, prepare_judges
    from judges.verdict import Hit, Unjudged, Verdict
    from sims.backends.backend import Backend, Message, Reply, Request
    from sims.cell import Cell
    from sims.conversation import hold_conversation
    from sims.errors import SimstressError, UsageError
    from sims.grid import Grid
    from sims.manifest import RunSettings
    from sims.scenario import Agent, Scenario
    from sims.scenario_file import load_scenario
    from sims.stressors.choosing import stressors_for
    from sims.transcript import Participant, Transcript, Turn
    from sims.transcript_file import TranscriptFiles
    from sims.turn_graph import TurnGraph, build_turn_graph

__version__ = "0.1.0"
BASELINE_FILE = "simstress-baseline.json"
"""Where a baseline is kept when nobody says where."""

_HOMES = {
    "Agent": "sims.scenario",
    "Backend": "sims.backends.backend",
    "BranchPlan": "analysis.branching",
    "Cell": "sims.cell",
    "Example": "analysis.second_order.task",
    "FlagRate": "analysis.findings",
    "GateResult": "analysis.gate.values",
    "Grid": "sims.grid",
    "Hit": "judges.verdict",
    "InstructionColumns": "analysis.datatypes.instructions.columns",
    "Judge": "judges.judge",
    "LabelColumns": "analysis.datatypes.labels.columns",
    "Message": "sims.backends.backend",
    "Participant": "sims.transcript",
    "PreferenceColumns": "analysis.datatypes.preferences.columns",
    "RankingColumns": "analysis.datatypes.preferences.rankings",
    "Reply": "sims.backends.backend",
    "Request": "sims.backends.backend",
    "RunSettings": "sims.manifest",
    "Scenario": "sims.scenario",
    "Shift": "analysis.findings",
    "SimstressError": "sims.errors",
    "StressFindings": "analysis.stress.values",
    "Task": "analysis.second_order.task",
    "TextsColumns": "analysis.datatypes.texts.columns",
    "Transcript": "sims.transcript",
    "TranscriptFiles": "sims.transcript_file",
    "Turn": "sims.transcript",
    "TurnGraph": "sims.turn_graph",
    "Unjudged": "judges.verdict",
    "UsageError": "sims.errors",
    "Verdict": "judges.verdict",
    "audit_instructions": "analysis.datatypes.instructions.audit",
    "audit_labels": "analysis.datatypes.labels.audit",
    "audit_preferences": "analysis.datatypes.preferences.audit",
    "audit_simulations": "analysis.datatypes.simulations.audit",
    "audit_text_files": "analysis.datatypes.texts.audit",
    "audit_texts": "analysis.datatypes.texts.audit",
    "build_turn_graph": "sims.turn_graph",
    "hold_conversation": "sims.conversation",
    "hold_run": "analysis.simulation",
    "instructions_task": "analysis.datatypes.instructions.task",
    "judge_run": "analysis.simulation",
    "judge_transcripts": "judges.panel",
    "labels_task": "analysis.datatypes.labels.task",
    "load_estimator": "analysis.second_order.estimators",
    "load_scenario": "sims.scenario_file",
    "load_side": "analysis.gate.sides",
    "load_sides": "analysis.gate.sides",
    "make_judges": "judges.catalogue",
    "paper_figures": "analysis.paper.reproduce",
    "parse_changes": "analysis.branch_changes",
    "preferences_task": "analysis.datatypes.preferences.task",
    "prepare_judges": "judges.panel",
    "retrain": "analysis.second_order.retraining",
    "run_gate": "analysis.gate.gate",
    "simulate": "analysis.simulation",
    "start_branch": "analysis.branching",
    "stress_test": "analysis.stress.run",
    "stressors_for": "sims.stressors.choosing",
    "texts_task": "analysis.datatypes.texts.task",
}

__all__ = [  # noqa: PLE0604,RUF100 - the same names as above, spelled out for readers and type checkers
    "Agent",
    "Backend",
    "BranchPlan",
    "Cell",
    "Example",
    "FlagRate",
    "GateResult",
    "Grid",
    "Hit",
    "InstructionColumns",
    "Judge",
    "LabelColumns",
    "Message",
    "Participant",
    "PreferenceColumns",
    "RankingColumns",
    "Reply",
    "Request",
    "RunSettings",
    "Scenario",
    "Shift",
    "SimstressError",
    "StressFindings",
    "Task",
    "TextsColumns",
    "Transcript",
    "TranscriptFiles",
    "Turn",
    "TurnGraph",
    "Unjudged",
    "UsageError",
    "Verdict",
    "audit_instructions",
    "audit_labels",
    "audit_preferences",
    "audit_simulations",
    "audit_text_files",
    "audit_texts",
    "build_turn_graph",
    "hold_conversation",
    "hold_run",
    "instructions_task",
    "judge_run",
    "judge_transcripts",
    "labels_task",
    "load_estimator",
    "load_scenario",
    "load_side",
    "load_sides",
    "make_judges",
    "paper_figures",
    "parse_changes",
    "preferences_task",
    "prepare_judges",
    "retrain",
    "run_gate",
    "simulate",
    "start_branch",
    "stress_test",
    "stressors_for",
    "texts_task",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simstress' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
