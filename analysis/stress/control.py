"""The control of a stress test: its conversations without stressors, with which all others are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analysis.judged_folder import MANIFEST_FILE, JudgedFolder
from analysis.wording import counted, plain
from sims.manifest import Manifest
from sims.run_folder import RunFolder
from sims.transcript import Transcript


def undisturbed(transcripts: Iterable[Transcript]) -> Iterator[Transcript]:
    """The transcripts without the arms of a stress test, as a stream."""
    return (transcript for transcript in transcripts if not transcript.is_arm)


def to_learn_from(transcripts: Iterable[Transcript]) -> Iterable[Transcript]:
    """What judges learn from: the undisturbed where there are any, so that no disturbance looks usual; else all.

    The transcripts must be such that they can be read twice.
    """
    return transcripts if next(undisturbed(transcripts), None) is None else undisturbed(transcripts)


def is_stress_test(folder: JudgedFolder) -> bool:
    """Whether the conversations of a run or judged folder come from a stress test, as their run says."""
    return any(manifest.stress for manifest in _manifests(folder))


def control_note(folder: JudgedFolder) -> str | None:
    """What is to be said where a stress test stands among ordinary runs, or a run of disturbed scenarios; else None."""
    if is_stress_test(folder):
        return f"{folder.path}: a stress test; of it only the control counts here, the conversations without stressors."
    declared = [one for manifest in _manifests(folder) for one in manifest.scenarios if one.stressors]
    if not declared:
        return None
    kinds = dict.fromkeys(plain(stressor.kind) for one in declared for stressor in one.stressors)
    return (
        f"{folder.path}: the conversations of {counted(len(declared), 'scenario')} were under stress that the scenario"
        f" declares ({', '.join(kinds)}); they count here like any other."
    )


def _manifests(folder: JudgedFolder) -> Iterator[Manifest]:
    """Those of the runs that the conversations come from."""
    for place in dict.fromkeys(path.parent for path in folder.transcripts.paths):
        if (place / MANIFEST_FILE).exists():
            yield RunFolder(place).read_manifest()
