"""Leaks in a message: reasoning about the conversation, prompt text, placeholders never filled in, "as an AI".

Found by what such text is made of: a plan of how to speak ("I should reply as ..."), the partner or oneself in the
third person, instructions that govern what may be said, marks of hidden thought. Blind spots: English; a plan that
names neither a role nor a way of speaking; actors and writers who talk shop ("I must stay in character").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from judges.role_cue import Cue, cue_at, role_head, role_name
from sims.transcript import Participant

MACHINE_SELF = re.compile(
    r"\bas an? (?:AI|artificial intelligence|(?:large )?language model)\b"
    r"|\bI(?:['’]m| am) (?:just |only )?an? (?:AI|artificial intelligence|(?:AI |large )?language model)\b"
    r"(?! (?:engineer|researcher|developer|expert|student|company|specialist))",
    re.IGNORECASE,
)
_IS_MACHINE = re.compile(r"\b(?:ai|assistant|(?:chat)?bot|virtual|language model|llm|gpt)\b", re.IGNORECASE)
PLACEHOLDER = re.compile(
    r"\[(?:your|my|insert|user|customer|client|agent|assistant|patient|partner|other)\b[^\[\]\n]{0,30}\]"
    r"|\{\{? ?(?:name|user|customer|agent)[^{}\n]{0,20}\}?\}"
    r"|<(?:your|insert)[ _][^<>\n]{0,30}>",
    re.IGNORECASE,
)
_SHORT_TEXT = 400

_ROLES = "user|customer|agent|assistant|human|character|patient|doctor|support|client|caller|persona"
_OTHER = r"the (?:user|customer|human|assistant|other (?:agent|person|party|speaker|side)|conversation partner)"
_GAME = r"(?:role[- ]?play(?:ing)?|simulation|simulated (?:conversation|dialogue|chat))"
_FILLERS = r"\A\W*(?:(?:okay|ok|alright|right|so|hmm+|well|now|wait)\b[,. …]*)*"
_REST = r"\b[^.!?\n]*"

_MUST = (
    r"(?:(?:should|need to|must|will|have to|ought to|can(?:no|['’])t"
    r"|am (?:not )?(?:supposed|allowed|meant) to)\b ?)"
)
_PLANS = rf"(?:\b(?:I(?:['’]ll)? (?:{_MUST})?|let me )(?:(?:just|now|only|not|never|also|probably) )*)"
_ANSWER = r"(?:respond|reply|answer|act|continue|speak|write|talk)"
_MANNER = r"(?:accordingly|politely|briefly|concisely|naturally|realistically|with an? \w+|in (?:one|two|a few) \w+)"
_TELL = (
    r"(?:tell|say|reveal|mention|disclose|share|reply|respond|answer|admit"
    r"|stay|play|act|pretend|sound|insist|speak)"
)
_ORDERS = (
    r"(?:instructions?|prompt|persona|character (?:sheet|profile|description)|role description"
    r"|guidelines|scenario)"
)

_HIDDEN_THOUGHT = (
    r"</?(?:think(?:ing)?|scratchpad|reasoning|analysis|reflection|inner_monologue)>"
    r"|^(?:[^\w\n]|_)*(?:thoughts?|thinking|(?:internal |inner )?(?:reasoning|monologue)|internal (?:thoughts?|notes?)"
    r"|chain of thought|scratchpad)[*_]*:"
)
_PROMPT_TEXT = (
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[/?INST\]|<</?SYS>>"
    r"|^(?:[^\w\n]|_)*system(?: prompt| message)?[*_]*:|\b(?:my|the|this) system prompt\b"
)
_PARTNER_FROM_OUTSIDE = (
    rf"{_FILLERS}{_OTHER} (?:wants|is asking|asked|asks|said|says|has (?:asked|said|given)|just|seems|expects"
    rf"|is (?:playing|simulat))[^.!?\n]*"
)
_PLAN_TO_SPEAK = (
    rf"{_PLANS}{_ANSWER} (?:now )?(?:as|in the role of|from the perspective of) (?:the |an? |my )?(?:{_ROLES}){_REST}"
    rf"|\bI (?:should|need to|must)(?: now| probably)? (?:respond|reply|answer) {_MANNER}"
    r"|\A\W*(?:sure[,!]? )?here(?:['’]s| is) (?:my|an?|the|your)"
    r"(?: (?:next|possible|short|draft|realistic|natural))* "
    r"(?:response|reply|message|turn|answer|line)(?: (?:as|from|for) [^.!?\n]*)?:"
)
_STAYING_IN_ROLE = (
    r"(?:\b(?:I(?:['’]ll| will| need to| should| must| have to| am to)|let me|remember to|while|try to)"
    r"|(?:\A|[.!?;:,] )(?:please )?)\s*"
    rf"(?:(?:stay|remain|keep)(?:ing)? in (?:character|role)|break(?:ing)? (?:out of )?character){_REST}"
    rf"|\bin (?:this|the|our) {_GAME}\b|\b(?:continue|end|start) the {_GAME}\b"
    rf"|\b(?:you are|I(?:['’]m| am)) (?:playing|simulating|impersonating|role[- ]?playing) "
    rf"(?:as )?(?:(?:the|a) (?:role|part) of )?(?:the |an? |my )?(?:{_ROLES}){_REST}"
)
_ORDERS_TO_SPEAK = (
    rf"\bmy {_ORDERS}(?:[,:]| (?:says?|states?|tells? me|requires?)(?: that)?)? ?(?:I )?{_MUST}"
    rf"(?:not |only |never |always )*{_TELL}{_REST}"
    rf"|\bmy (?:goal|task|objective|role|persona|instructions?)"
    rf"(?: in| for) this (?:conversation|dialogue|exchange|scenario|{_GAME}){_REST}"
)
_REASONING = re.compile(
    "|".join(
        (_HIDDEN_THOUGHT, _PROMPT_TEXT, _PARTNER_FROM_OUTSIDE, _PLAN_TO_SPEAK, _STAYING_IN_ROLE, _ORDERS_TO_SPEAK)
    ),
    re.IGNORECASE | re.MULTILINE,
)
_TRIGGERS = (
    *("an ai", "artificial int", "language model", "m just a", "think", "character", "role", "simulat", "prompt"),
    *(" as ", "the user", "the customer", "the human", "the assistant", "the other", "here", "[", "{", "<"),
    *("thought", "reasoning", "instruction", "persona", "scratchpad", "monologue", "my goal", "my task", "guideline"),
    *("respond", "reply", "answer", "would", "react", "system", "playing", "objective", "scenario", "partner"),
)


def leak_cues(text: str, speaker: Participant, others: Sequence[Participant]) -> Iterator[Cue]:
    """Reasoning, prompt text or unfilled placeholders in a message, and "as an AI" from who is not one."""
    lowered = text.lower()
    if not any(trigger in lowered for trigger in _TRIGGERS):
        return
    found = _REASONING.search(text) or _plan_of(speaker, others).search(text)
    if found:
        yield cue_at("leak", found, "holds reasoning or prompt text that is not addressed to anybody")
    found = MACHINE_SELF.search(text)
    if found and not _IS_MACHINE.search(f"{speaker.role} {speaker.name}"):
        yield cue_at("leak", found, f"speaks as an AI in the role of {role_name(speaker)}")
    found = PLACEHOLDER.search(text) if len(text) < _SHORT_TEXT else None
    if found:
        yield cue_at("leak", found, "holds a placeholder that was never filled in")


def _plan_of(speaker: Participant, others: Sequence[Participant]) -> re.Pattern[str]:
    partner = others[0] if len(others) == 1 else None
    theirs = _terms(partner) if partner else ()
    return _plan(_terms(speaker), tuple(term for term in theirs if term not in _terms(speaker)))


def _terms(participant: Participant) -> tuple[str, ...]:
    """What a participant may be called in the third person."""
    return tuple(sorted({term for term in (participant.name.casefold(), role_head(participant)) if len(term) > 2}))


@lru_cache(maxsize=4096)
def _plan(own: Sequence[str], partners: Sequence[str]) -> re.Pattern[str]:
    """Plans that name the speaker or the partner as those in the conversation are called."""
    me = "|".join(map(re.escape, own)) or _ROLES
    you = "|".join(map(re.escape, partners)) or "user"
    i_am = r"\bI(?:['’]m| am) (?:playing|simulating|supposed to (?:be|play))"
    return re.compile(
        rf"{_PLANS}{_ANSWER}[^.!?\n]{{0,30}} as (?:the |an? |my )?(?:\w+ )?(?:{me}){_REST}"
        rf"|\b(?:what|how)(?: would| should| might)? (?:the |an? |my )?(?:\w+ )?(?:{me})(?: of [\w ]{{1,30}}?)?"
        rf"(?: would| should| might| could)? (?:say|respond|reply|answer|react){_REST}"
        rf"|\bas the (?:\w+ )?(?:{me}),? I {_MUST}(?:not |only |now )*(?:{_TELL}|ask|push|keep|express|end|continue)\b"
        rf"|{i_am} (?:the |an? )?(?:\w+ )?(?:{me})\b"
        rf"|\bmy (?:goal|task|objective|persona|instructions?) as (?:the |an? )?(?:\w+ )?(?:{me}){_REST}"
        rf"|{_FILLERS}(?:since |because |as )?(?:the |my )?(?:{you}|partner|{_OTHER})\b[^!?\n]{{0,120}}?"
        rf"\bI(?:['’]ll | {_MUST})(?:just |now |only |probably )*"
        rf"(?:respond|reply|answer|acknowledge|stay|play|pretend|express){_REST}",
        re.IGNORECASE,
    )
