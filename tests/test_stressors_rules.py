"""What a scenario file may say of a stressor: each misfit is told at its key, in one line that says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import scenario
from pydantic import ValidationError
from stressed_talks import KINDS, PERSONAS

from sims.scenario_file import check_scenario
from sims.scenario_rules import rule_faults

CAST = [{"name": "Ana", "role": "customer"}, {"name": "Ben", "role": "support agent", "persona": "Calm."}]


@pytest.mark.parametrize(
    ("stressor", "key", "words"),
    [
        ({"kind": "persona_strip", "from": "Ana"}, "from", "by nobody's words; name that agent as `onto`"),
        ({"kind": "paraphrase", "at": 3}, "at", "paraphrase acts from the first turn on; leave `at` out"),
        ({"kind": "context_truncation", "at": 3}, "at", "leave `at` out"),
        ({"kind": "long_horizon", "onto": "Ana"}, "onto", "about the whole conversation"),
        ({"kind": "long_horizon", "at": 1}, "at", "leave `at` out"),
        ({"kind": "typos", "text": "x"}, "text", "`text` belongs to contradiction, distractor, role_pressure, silence"),
        ({"kind": "register_shift", "text": "x"}, "text", "says nothing of its own"),
        ({"kind": "typos", "register": "formal"}, "register", "`register` belongs to register_shift"),
        ({"kind": "silence", "from": "Ben", "onto": "Ben"}, "onto", "'Ben' is also `from`"),
        ({"kind": "distractor", "text": "Bye [DONE] now"}, "text", "the words hold stop.done, '[DONE]'"),
        ({"kind": "persona_strip", "onto": "Ana"}, "kind", "persona_strip: Ana has no `persona` to take away"),
    ],
)
def test_each_misfit_names_its_key(stressor: dict[str, Any], key: str, words: str) -> None:
    """One fault, at the key to mend; the model refuses the same data."""
    data = {"id": "x", "agents": CAST, "stop": {"done": "[DONE]"}, "stressors": [stressor]}
    [(place, message)] = rule_faults(data)
    assert place == ("stressors", 0, key)
    assert words in message
    with pytest.raises(ValidationError, match=r"stressors\.0"):
        scenario(**data)


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [
        ({"turns": {"policy": "script", "lines": [{"speaker": "Ana"}]}}, "long_horizon", "ends with its last line"),
        (
            {"turns": {"policy": "script", "lines": [{"speaker": "Ana", "text": "Hi."}, {"speaker": "Ben"}]}},
            "typos",
            "takes two agents who speak words of their own; in this script there is: Ben",
        ),
        ({"agents": [{**CAST[0]}, {**CAST[0], "name": "Ben"}]}, "persona_strip", "no agent has a `persona`"),
        ({"stop": {"max_turns": 2}}, "silence", "begins at turn 2 unless `at` says another, and stop.max_turns is 2"),
    ],
)
def test_a_kind_that_could_never_act_is_told(more: dict[str, Any], kind: str, words: str) -> None:
    """Rather than an arm that is the control under another name."""
    [(place, message)] = rule_faults({"id": "x", "agents": CAST, **more, "stressors": [{"kind": kind}]})
    assert place == ("stressors", 0, "kind")
    assert words in message


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_stands_alone(kind: str) -> None:
    """The kind is all that a stressor needs."""
    assert scenario(agents=PERSONAS, stressors=[{"kind": kind}]).stressors[0].kind == kind


def test_the_fault_points_into_the_file(tmp_path: Path) -> None:
    """File, line and column of the key to mend."""
    path = tmp_path / "x.yaml"
    path.write_text(
        "schema: simstress/scenario@1\nid: x\nagents:\n  - {name: Ana, role: customer}\n  - {name: Ben, role: clerk}\n"
        "stressors:\n  - {kind: typos, register: casual}\n",
        encoding="utf-8",
    )
    [fault] = check_scenario(path)[1]
    assert (fault.line, fault.key) == (7, "stressors[0].register")
