"""The corpora that judges are fitted on, read from a folder that is not part of the package."""

from __future__ import annotations

from pathlib import Path

from sims.errors import UsageError
from sims.transcript import Transcript
from sims.transcript_file import TranscriptFiles


def read_corpus(data: Path, name: str) -> list[Transcript]:
    """The conversations of `name`.jsonl or `name`.jsonl.gz.

    Raises:
        UsageError: the folder has neither.
    """
    paths = [data / f"{name}.jsonl", data / f"{name}.jsonl.gz"]
    found = [path for path in paths if path.exists()]
    if not found:
        raise UsageError(f"{data}: there is no {name}.jsonl or {name}.jsonl.gz; give the folder with the corpora")
    return list(TranscriptFiles(found[:1]))
