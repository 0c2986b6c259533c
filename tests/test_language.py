"""Telling conversations in other languages from English ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges.language import FUNCTION_WORDS, foreign_language

FOREIGN = {
    "German": ("Guten Tag, ich habe gestern einen Mantel bestellt und er passt mir nicht.", "Ja.", "Wann kommt er an?"),
    "French": ("Bonjour, j'ai perdu ma carte et je ne sais pas quoi faire.", "D'accord.", "Quelle est votre adresse ?"),
    "Spanish": ("Hola, quiero cambiar la fecha de mi vuelo a Lima.", "Claro.", "¿Para qué día lo necesita usted?"),
    "Italian": ("Buongiorno, vorrei sapere quando arriva il mio pacco.", "Certo.", "Non è ancora partito dalla sede."),
    "Dutch": ("Goedemorgen, ik wil graag een kamer voor twee nachten.", "Prima.", "Heeft u ook een parkeerplaats?"),
    "Portuguese": ("Olá, eu não consigo entrar na minha conta.", "Entendo.", "Você já tentou mudar a sua senha?"),
    "Polish": ("Dzień dobry, nie mogę zalogować się na konto.", "Rozumiem.", "Czy to jest konto firmowe?"),
    "Swedish": ("Hej, jag vill boka ett bord för fyra på fredag.", "Javisst.", "Är det något ni inte kan äta?"),
    "Finnish": ("Hei, minun tilaus ei ole vielä tullut, mitä minä teen?", "Odota.", "Kyllä se tulee, mutta myöhässä."),
    "Turkish": ("Merhaba, bu ürün çok küçük, bir büyük beden var mı?", "Evet.", "Sizin için daha büyük bir tane var."),
}
ENGLISH = {
    "names": ("The table is for Juan de la Cruz.", "And Maria del Mar Los Santos?", "La Paloma, El Camino de la Luna."),
    "orders": ("large cafe con leche", "un grande vanilla latte, no foam", "that's it"),
    "code": ("def main(argv): return os.path.join(das, der)", "for die in dice: print(die)", "SELECT * FROM les"),
    "typos": ("dont no wat u meen m8", "der was no won hom", "plz cum quik"),
    "short": ("si", "ja", "oui oui"),
    "numbers": ("42", "1N99U6", "..."),
    "emoji": ("😀", "👍🏽"),
    "nothing": (),
}


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_named(language: str) -> None:
    """Three turns are enough to see that a conversation is not in English, and in what it is."""
    assert foreign_language(FOREIGN[language]) == f"most of the text is in {language}; the judge knows English only"


@pytest.mark.parametrize("lines", ENGLISH.values(), ids=ENGLISH)
def test_english_is_english(lines: tuple[str, ...]) -> None:
    """Names, orders, code, typos and single foreign words leave a conversation English; so does nothing at all."""
    assert foreign_language(lines) is None


def test_most_turns_decide() -> None:
    """An English conversation about one long German letter is English; a German one with an English quote is not."""
    letter = " ".join(FOREIGN["German"])
    english = ("Could you translate this for me?", letter, "What does it say?", "He wants to know when it arrives.")
    assert foreign_language(english) is None
    assert foreign_language((letter, letter, "Ja?", "To be or not to be, that is the question.")) is not None


def test_other_scripts_are_foreign() -> None:
    """Russian and Chinese need no word list, also after one English word."""
    assert foreign_language(["ok", "Извините, назовите номер бронирования.", "请问多少钱？"]) is not None


@given(st.lists(st.text()))
def test_any_texts_have_an_answer(lines: list[str]) -> None:
    """Whatever is said, the answer is None or one line, the same twice, and whatever the order of the turns."""
    answer = foreign_language(lines)
    assert answer is None or "\n" not in answer
    assert answer == foreign_language(lines) == foreign_language(reversed(lines))


def test_every_list_is_lower_case_words() -> None:
    """The lists hold single lower-case words, as `words` gives them."""
    assert all(word == word.lower() and word for words in FUNCTION_WORDS.values() for word in words)
