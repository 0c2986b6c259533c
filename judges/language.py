"""Whether a conversation is in a language that the judges, which know English only, cannot read.

Counts function words: a text in any language is full of its own. The lists hold words that are common in one language
and are not English words; the English list leaves out what others write too ("of", "is" and "in" are Dutch as well).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from judges.text_features import is_latin, words

MIN_FOREIGN = 3
"""Fewer foreign function words prove nothing: "Café de la Paix" stands in English conversations."""
MIN_FOREIGN_SHARE = 0.12
FOREIGN_PER_ENGLISH = 2
ENGLISH = "English"

FUNCTION_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        language: frozenset(text.split())
        for language, text in {
            ENGLISH: "the and you that it for with this have are what but not your my can they would will there "
            "be at from by she his her how when which who if or about just like know don't it's i'm i've i'd i'll "
            "you're that's doesn't didn't isn't can't won't let's please thanks thank yes yeah okay could should "
            "did does been were their our us any some then than more want need get one out up now here only into "
            "him them these those because why where good see think go going right oh well hi hello hey sure great",
            "German": "der die das und ist nicht ein eine einen einem einer ich du er sie wir ihr mir mich dir "
            "dich uns euch sich zu zum zur mit auf für von vom dem den des im bei nach aus auch aber oder wenn "
            "wie wo wer warum weil dass daß noch schon nur sehr kein keine keinen haben habe hast hatte sein bin "
            "bist sind wird werden kann können muss möchte gibt gut ja nein bitte danke hallo mein meine dein "
            "deine ihre ihren dann doch mal über unter vor durch gegen ohne um es als",
            "French": "le les des une est et je tu il elle nous vous ils elles ne pas que qui quoi dans pour avec "
            "sur au aux du ce cet cette ces mon ma mes ton ta tes son sa ses votre vos notre nos leur leurs suis "
            "êtes sont était être avoir avez avons ont été mais ou où donc comment pourquoi quand très plus aussi "
            "bien oui non merci bonjour bonsoir salut c'est j'ai n'est qu'il qu'elle d'un d'une s'il l'on peut "
            "faire fait y à la de un en",
            "Spanish": "el la los las un una unos unas de del al que qué y es en por para con no se su sus mi mis "
            "tu tus yo él ella nosotros ustedes usted ellos lo le les pero o cómo como cuándo cuando dónde donde "
            "quién porque muy más también sí está están estoy son soy era hay ha he tengo tiene quiero puedo "
            "puede ser estar este esta esto eso esa gracias hola buenos buenas días nada todo bien",
            "Italian": "il lo la gli le un una uno di del della dei delle dello che chi è e ed in per con non si "
            "io tu lui lei noi voi loro mi ti ci vi ma o se come quando dove perché perchè cosa anche più molto "
            "sono sei siamo era ho hai ha abbiamo hanno essere avere fare questo questa quello quella mio mia tuo "
            "tua suo sua al alla dal dalla nel nella sul sulla grazie ciao buongiorno sì no bene c'è un'altra "
            "dell'anno l'ho",
            "Dutch": "de het een en van ik je jij hij zij ze wij jullie dat die dit niet met voor op te aan om er "
            "maar ook als naar bij uit wel nog dan kan kunnen moet zijn ben bent heb hebt heeft hebben wordt "
            "worden waar wat wie hoe waarom wanneer omdat geen mijn jouw uw ons onze deze daar hier heel goed "
            "graag dank bedankt hallo ja nee mij jou hem haar hun over door tot",
            "Portuguese": "o os um uma uns umas de do da dos das em no na nos nas por para pra com não que e é se "
            "seu sua seus suas meu minha eu ele ela nós você vocês eles elas mas ou como quando onde quem porque "
            "muito mais também sim está estão estou são sou era há tem tenho quero posso pode ser estar este esta "
            "isto isso essa esse obrigado obrigada olá bom boa dia tudo bem ao à aos pelo pela já",
            "Polish": "nie się jest na do w z że co jak tak ale czy to ten ta te tego tej tym po za od dla przez "
            "przy ja ty on ona my wy oni mnie mi mam masz ma mamy cię ci go jej ich jego pan pani już tylko może "
            "bardzo też jeszcze gdzie kiedy dlaczego który która które są był była było być będę będzie dzień "
            "dobry dziękuję proszę cześć o i",
            "Swedish": "och att det är jag du han hon vi ni de som en ett inte på av för med till om har hade kan "
            "ska skulle vill var vad när hur varför men eller så här där min mitt din ditt sin mig dig sig oss er "
            "från mycket också bara nu ja nej tack hej",
            "Danish or Norwegian": "og at det er jeg du han hun vi de som en et ikke på av af for med til om har "
            "havde hadde kan skal skulle vil hva hvad når hvordan hvorfor men eller så her der min mitt din dit "
            "ditt sin meg mig deg dig seg sig oss os fra meget veldig også bare nå nu ja nei nej takk tak hei hej",
            "Finnish": "ja on ei se että en hän me te he minä sinä mutta tai kun jos niin kuin mitä mikä missä "
            "miksi miten myös vain nyt olen olet ovat oli ole minun sinun hänen tämä tuo joka kyllä kiitos hei "
            "voi voin",
            "Turkish": "ve bir bu da de için ile ne var yok ben sen biz siz onlar mi mı mu mü çok daha ama gibi "
            "kadar değil olarak evet hayır nasıl neden nerede zaman şey benim senin bana sana teşekkürler merhaba "
            "lütfen olan oldu olur",
            "Romanian": "și în de la cu pe nu este sunt un o care că ce să se din pentru mai dar sau eu tu el ea "
            "noi voi ei am ai are avem aveți cum când unde foarte bine da vă îmi îți mulțumesc bună acest această",
            "Czech or Slovak": "je se na že v s z do to co jak ale tak jsem jsi jsme jste jsou byl byla bylo být "
            "by aby ne ano já ty on ona my vy oni mi mě mne si ten ta po za od pro při už jen jako také kde kdy "
            "proč který která děkuji prosím dobrý den nie som áno ďakujem čo ako",
            "Hungarian": "a az és nem hogy egy van ez azt meg is ha csak de mint már volt lesz én te ő mi ti ők "
            "nekem neked mit miért hol mikor hogyan nagyon jó igen köszönöm szia kérem vagyok vagy",
            "Indonesian or Malay": "yang dan di ke dari ini itu untuk dengan tidak saya kamu anda kami kita "
            "mereka ada adalah akan bisa boleh sudah juga atau pada dalam apa bagaimana kapan mengapa karena tapi "
            "terima kasih selamat tolong ya",
        }.items()
    }
)
_ENGLISH_TOO_TEXT = (
    "am an as at be been by die for had hat he her here hi in is it man me men mine no of on or over per so to us "
    "war was we were will all also come go must one sin son ten ton dos do oh um uh er eh ha hey hello hay pan "
    "plus pour comment com os var bin todo im na ta ca wo ai ben dan den van hoe door hem sera dove data via sole "
    "mal hun gut sent fat dat dem dis y u o e a i s z w v "
    "de la el del los las le di da du von"
)
ENGLISH_TOO = frozenset(_ENGLISH_TOO_TEXT.split())
"""Words on foreign lists that stand in English texts too: words, names, code, broken contractions ("wo n't")."""


def foreign_language(texts: Iterable[str]) -> str | None:
    """What language most of these texts are in, as a detail for an unjudged verdict; None for English.

    The texts of one conversation are counted together: most function words must be foreign, and more of the texts lean
    that way than to English. None as well where nothing tells: numbers, names, code, a single "ok". Blind spots:
    languages without a list here that use Latin letters; a language spelt by ear; conversations half in English.

    >>> foreign_language(["Guten Tag, ich möchte mein Geld zurück.", "Das geht leider nicht."])
    'most of the text is in German; the judge knows English only'
    >>> foreign_language(["Bon appetit! See you at Café de la Paix."]) is None
    True
    """
    kept = [text for text in texts if any(char.isalpha() for char in text)]
    latin = [text for text in kept if is_latin(text)]
    if len(latin) * 2 < len(kept):
        return "most turns are not in Latin script; the judge knows English only"
    language = _main_language(latin)
    return None if language == ENGLISH else f"most of the text is in {language}; the judge knows English only"


def _main_language(texts: Sequence[str]) -> str:
    counted = [words(text) for text in texts]
    counts = [_function_words(one) for one in counted]
    together = sum(counts, Counter[str]())
    language = max(sorted(FUNCTION_WORDS.keys() - {ENGLISH}), key=together.__getitem__)
    foreign, english = together[language], together[ENGLISH]
    leaning = sum((one[language] > one[ENGLISH]) - (one[language] < one[ENGLISH]) for one in counts)
    is_foreign = (
        foreign >= MIN_FOREIGN
        and foreign >= MIN_FOREIGN_SHARE * sum(map(len, counted))
        and foreign >= FOREIGN_PER_ENGLISH * english
        and leaning > 0
    )
    return language if is_foreign else ENGLISH


def _function_words(of: Iterable[str]) -> Counter[str]:
    """How often each language's function words occur; "l'on" counts by its first part where it is on no list."""
    languages = _languages()
    found: Counter[str] = Counter()
    for word in of:
        found.update(languages.get(word) or languages.get(word.partition("'")[0], ()))
    return found


@cache
def _languages() -> Mapping[str, tuple[str, ...]]:
    """Function words with the languages they belong to."""
    found: dict[str, tuple[str, ...]] = {}
    for language, members in FUNCTION_WORDS.items():
        for word in members if language == ENGLISH else members - ENGLISH_TOO:
            found[word] = (*found.get(word, ()), language)
    return found
