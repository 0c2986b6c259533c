"""The commented scenario that a newcomer starts from."""

from __future__ import annotations

import re

from sims.errors import UsageError
from sims.scenario import PATTERNS_IN_WORDS, SLUG

_STARTER = """\
# yaml-language-server: $schema={schema}
# A scenario: who talks, about what, who speaks when, and when it ends. The line above makes editors complete the keys.
# Check it with `simstress validate`; every key after a "#" is optional and shown with an example.

schema: simstress/scenario@1     # the form of this file
id: {id}
description: A customer wants a refund that policy does not allow.   # for people; no agent sees it
reference: service               # the human dialogues to compare with; `simstress reference list` shows all

agents:                          # two or more
  - name: customer               # what the others call this agent
    role: customer               # who this is; the role-flip judge holds the speaker to it
    persona: Short-tempered, writes like a text message.
    goal: Get the money back for a cancelled flight.
    private: Bought travel insurance but forgot about it.    # only this agent knows
  - name: support
    role: support agent
    persona: Patient, correct, not chatty.
    goal: Help within policy; never issue a refund without insurance.
    # model: openai/gpt-4o-mini  # for this agent alone; otherwise the run's --model

task: Settle a refund request for a cancelled flight.        # every agent is told

opening: {{speaker: customer}}     # who begins; also a fixed text, or a list of fixed turns:
# opening:
#   - {{speaker: support, text: "Good morning, how can I help?"}}

turns: {{policy: alternate}}       # alternate (two agents), round_robin, random, addressed, or with settings:
# turns: {{policy: moderator, moderator: support}}
# turns: {{policy: model, model: openai/gpt-4o-mini}}          # a model picks the next speaker
# turns: {{policy: script, lines: [{{speaker: customer}}, {{speaker: support, text: "One moment."}}]}}

stop:
  max_turns: 16                  # the opening included
  done: "[DONE]"                 # a turn with this text is the last one; a list is allowed
  # max_tokens: 4000             # completion tokens of the whole conversation
  # on_truncation: continue      # a reply cut at the token limit: end (default) or continue

# stressors:                     # controlled disturbances; `at` is a turn, the first is 0
#   - {{kind: role_pressure, at: 6, from: customer, onto: support, dose: 0.5}}

judges: [role_flip, digression, formality, metaphor]

expect:                          # what the gate holds the judges' flag rates to
  role_flip: {{max_rate: 0.02}}    # at most 2 % of the turns flagged
  # digression: {{margin: 0.05}}   # at most 5 points worse than the baseline

# A grid, unless the command line says otherwise:
# models: [openai/gpt-4o-mini, ollama/llama3.2]
# temperature: [0.2, 1.0]        # one value, or a list
# repeats: 10                    # conversations per cell of the grid
# reply_max_tokens: 400          # of each single reply
"""


def starter(scenario_id: str, *, schema: str) -> str:
    """A scenario of that id as commented YAML, which is valid as it stands; editors find its JSON Schema at `schema`.

    Raises:
        UsageError: the id is not one a scenario can have.
    """
    if not re.fullmatch(SLUG, scenario_id):
        raise UsageError(f"{scenario_id!r} cannot be a scenario's id; allowed: {PATTERNS_IN_WORDS[SLUG]}")
    return _STARTER.format(id=scenario_id, schema=" ".join(schema.split()))
