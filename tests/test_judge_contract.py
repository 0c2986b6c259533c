"""What holds for every judge, whatever it looks for."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from builders import transcript
from llm_parts import Finding

from judges.catalogue import all_judge_names, make_judge, make_judges, needs_model, paper_judge_names
from judges.judge import Judge
from judges.llm.jury import Jury
from judges.panel import judge_transcripts, prepare_judges
from judges.verdict import check_quote
from judges.verdict_file import VERDICTS
from sims.errors import UnknownNameError
from sims.transcript import Transcript

ROLES = {"customer": "customer", "support": "support agent"}
LINES = (
    ("customer", "Hi, my flight to Rome was cancelled and I want my money back."),
    ("support", "I'm sorry to hear that. Could you give me the booking reference, please?"),
    ("customer", "It's AB12CD. The name is Duarte."),
    ("support", "Thank you. The fare is not refundable, but I can offer you a voucher. Shall I issue it?"),
    ("customer", "How can I help you today? Is there anything else I can assist you with?"),
    ("support", "By the way, my hamster learned to open the fridge, and there was cheese all over the carpet."),
    ("customer", "No voucher. I would like to speak to a supervisor."),
    ("support", "Of course, one moment please."),
)
ODD = {
    "no turn": transcript(id="none", roles=ROLES),
    "blank turns": transcript(("customer", " "), ("support", "\n"), id="blank"),
    "one turn": transcript(("customer", "Hello there, is anybody in?"), id="one"),
    "one speaker": transcript(*[("customer", text) for _, text in LINES], id="alone"),
    "emoji": transcript(
        ("customer", "😀😀😀 🎉"), ("support", "👍🏽 ok 👩‍👩‍👧"), ("customer", "🤷"), id="emoji", roles=ROLES
    ),
    "other scripts": transcript(
        ("customer", "私のフライトがキャンセルされました。返金してください。"),
        ("support", "Извините, не могли бы вы назвать номер бронирования?"),
        ("customer", "شكرا جزيلا"),
        id="scripts",
        roles=ROLES,
    ),
    "control characters": transcript(
        ("customer", "a\x00b \x1b[31mred\x1b[0m \u202egnp.exe"), ("support", "\ud800 lone surrogate"), id="control"
    ),
    "one long word": transcript(
        ("customer", "a" * 20_000), ("support", "ha" * 10_000 + "!" * 500), id="long", roles=ROLES
    ),
    "only marks": transcript(("customer", "?!?! ... --- ***"), ("support", "[DONE]"), id="marks", roles=ROLES),
    "many speakers": transcript(*[(f"P{n}", f"I am number {n} and I speak.") for n in range(40)], id="crowd"),
}


FOREIGN = {
    "German": transcript(
        ("customer", "Guten Tag, mein Flug nach Rom wurde gestrichen und ich möchte mein Geld zurück."),
        ("support", "Das tut mir leid. Können Sie mir bitte die Buchungsnummer nennen?"),
        ("customer", "Ja, die habe ich hier, aber was passiert, wenn das nicht geht?"),
        id="german",
        roles=ROLES,
    ),
    "French": transcript(
        ("customer", "Bonjour, mon vol pour Rome a été annulé et je voudrais être remboursé."),
        ("support", "Je suis désolé. Est-ce que vous pouvez me donner la référence de votre réservation ?"),
        ("customer", "Oui, mais je ne sais pas où elle est."),
        id="french",
        roles=ROLES,
    ),
    "Spanish": transcript(
        ("customer", "Hola, mi vuelo a Roma fue cancelado y quiero que me devuelvan el dinero."),
        ("support", "Lo siento mucho. ¿Puede darme el número de la reserva, por favor?"),
        ("customer", "Sí, pero no sé dónde está, ¿qué puedo hacer ahora?"),
        id="spanish",
        roles=ROLES,
    ),
}


def batch(size: int = 12) -> list[Transcript]:
    """Conversations of one kind, no two the same."""
    places = ("Rome", "Oslo", "Cairo", "Lima")
    return [
        transcript(
            *[(speaker, text.replace("Rome", places[n % 4])) for speaker, text in LINES[n % 3 :]],
            id=f"b{n}",
            roles=ROLES,
        )
        for n in range(size)
    ]


def made(name: str) -> Judge:
    """The judge of that name; one that asks a model has one that finds nothing."""
    return make_judge(name, jury=Jury([Finding()]))


@pytest.fixture(params=all_judge_names())
def judge(request: pytest.FixtureRequest) -> Judge:
    """Each judge in turn, with its shipped figures."""
    return made(request.param)


def test_a_judge_is_found_by_its_name(judge: Judge) -> None:
    """Name and version are what verdicts carry."""
    verdict = judge.judge(batch()[0])
    assert made(judge.name).name == judge.name == verdict.judge
    assert verdict.version == judge.version != ""


@pytest.mark.parametrize("name", ODD)
def test_an_odd_transcript_has_a_verdict(judge: Judge, name: str) -> None:
    """No judge raises; scores are one a turn or none; every quote stands where it says; the verdict can be written."""
    (verdict,) = judge_transcripts([ODD[name]], [judge])
    assert verdict.unjudged is None or verdict.unjudged.reason != "crashed", verdict.unjudged
    assert len(verdict.turn_scores) == len(ODD[name].turns)
    for hit in verdict.hits:
        check_quote(ODD[name], hit)
    if verdict.unjudged:
        assert set(verdict.turn_scores) <= {None}
    assert VERDICTS.dump(verdict)


def test_a_text_without_words_never_scores(judge: Judge) -> None:
    """Nothing to judge is None, never a number."""
    for name in ("no turn", "blank turns"):
        (verdict,) = judge_transcripts([ODD[name]], [judge])
        assert verdict.unjudged is not None
        assert verdict.judged_turns == 0


def test_a_foreign_script_is_not_called_clean(judge: Judge) -> None:
    """A conversation that no judge of English can read is unjudged for its language, without a score.

    A model reads many languages, and which ones nobody can say: judges that ask one do not abstain. The paper's rules
    read marks, and none stand here.
    """
    (verdict,) = judge_transcripts([ODD["other scripts"]], [judge])
    if needs_model(judge.name):
        assert verdict.unjudged is None
        return
    assert verdict.unjudged is not None
    assert verdict.unjudged.reason == ("no_protocol" if judge.name in paper_judge_names() else "language")
    assert verdict.judged_turns == 0


@pytest.mark.parametrize("language", FOREIGN)
def test_another_language_in_latin_letters_is_not_called_clean(judge: Judge, language: str) -> None:
    """German, French or Spanish is told as such, not scored as odd English."""
    (verdict,) = judge_transcripts([FOREIGN[language]], [judge])
    if needs_model(judge.name):
        assert verdict.unjudged is None
        return
    assert verdict.unjudged is not None
    if judge.name in paper_judge_names():
        assert verdict.unjudged.reason == "no_protocol"
        return
    assert verdict.unjudged.reason == "language"
    assert language in verdict.unjudged.detail


def test_ten_thousand_turns_are_judged(judge: Judge) -> None:
    """A very long conversation has its verdict, one score a turn."""
    lines = list(itertools.islice(itertools.cycle(LINES), 10_000))
    long = transcript(*lines, id="endless", roles=ROLES)
    assert len(judge.prepare([long]).judge(long).turn_scores) == 10_000


def test_the_same_answer_twice(judge: Judge) -> None:
    """Judging again, or with a judge prepared again, changes nothing."""
    transcripts = batch()
    once, again = judge.prepare(transcripts), judge.prepare(transcripts)
    for one in transcripts:
        assert once.judge(one) == once.judge(one) == again.judge(one)


def test_order_and_company_do_not_matter(judge: Judge) -> None:
    """The sample in another order, and the transcript alone or among others: the same verdict."""
    transcripts = batch()
    forwards = {
        verdict.transcript: verdict for verdict in judge_transcripts(transcripts, prepare_judges([judge], transcripts))
    }
    backwards = prepare_judges([judge], list(reversed(transcripts)))
    for one in transcripts:
        (alone,) = judge_transcripts([one], backwards)
        assert alone == forwards[one.id]


def test_what_is_judged_is_not_changed(judge: Judge) -> None:
    """Transcripts come out as they went in, `meta` too."""
    transcripts = [replace(one, meta={"k": [1]}) for one in batch()]
    before = copy.deepcopy(transcripts)
    prepared = judge.prepare(transcripts)
    list(judge_transcripts(transcripts, [prepared]))
    assert transcripts == before


def test_preparing_gives_a_new_judge(judge: Judge) -> None:
    """The judge that was there answers as before."""
    one = batch()[0]
    before = judge.judge(one)
    judge.prepare(batch())
    assert judge.judge(one) == before


def test_what_an_actor_noted_is_not_read(judge: Judge) -> None:
    """The planted truth in a turn's meta changes no verdict: judges read what was said."""

    def noted(one: Transcript) -> Transcript:
        turns = tuple(replace(turn, meta={"planted": [judge.name], "act": "x"}) for turn in one.turns)
        return replace(one, turns=turns)

    for one in batch():
        assert judge.judge(noted(one)) == judge.judge(one)


@pytest.mark.parametrize("make", [make_judge, lambda name: make_judges([name])])
def test_an_unknown_judge_is_told_with_the_nearest(make: Callable[[str], object]) -> None:
    """role_flop is taken for role_flip."""
    with pytest.raises(UnknownNameError, match="did you mean 'role_flip'"):
        make("role_flop")
