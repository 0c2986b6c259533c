"""The closed lists behind the formality features: which words belong to which class of the register scale.

Plain word lists, lower-case, as they stand in the canonical form (contractions expanded). A word may be in
several classes. `WORD_CLASSES` gives each class the noun phrase that explanations use.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def word_set(text: str) -> frozenset[str]:
    """The words of a list written as one text."""
    return frozenset(text.split())


WORD_CLASSES: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        "first_person": ("first-person singular pronouns", word_set("i me my mine myself")),
        "we": ("first-person plural pronouns", word_set("we us our ours ourselves")),
        "second_person": ("second-person pronouns", word_set("you your yours yourself yourselves y'all")),
        "third_person": (
            "third-person pronouns",
            word_set("he she him her his hers himself herself they them their theirs themselves"),
        ),
        "pointing": (
            "pointing words",
            word_set("it this that these those here there now then today tomorrow yesterday"),
        ),
        "article": ("articles", word_set("the a an")),
        "preposition": (
            "prepositions",
            word_set(
                "of in for with by from at on to into through between among during within without under over "
                "against toward towards per via upon amid despite throughout including concerning regarding across "
                "beyond above below before after since until along"
            ),
        ),
        "be": ("forms of be", word_set("be am is are was were been being")),
        "auxiliary": ("auxiliaries", word_set("have has had having do does did doing done")),
        "modal": ("modal verbs", word_set("can could may might must shall should will would cannot ought")),
        "courteous_modal": ("courteous modals", word_set("may shall would could might must")),
        "negation": ("negations", word_set("not no never none nothing nobody nowhere neither nor cannot")),
        "and": ("and/or", word_set("and or")),
        "subordinator": (
            "subordinating words",
            word_set("which who whom whose whether although though while whereas because if unless when where as than"),
        ),
        "formal_link": (
            "formal connectives",
            word_set(
                "however therefore thus hence moreover furthermore nevertheless nonetheless additionally "
                "consequently accordingly whereas thereby therein herein hereby wherein whereby notwithstanding "
                "albeit pursuant subsequently respectively namely likewise similarly meanwhile otherwise forthwith "
                "aforementioned"
            ),
        ),
        "formal_word": (
            "formal words",
            word_set(
                "regarding concerning upon request requested requires required requirement assist assistance "
                "provide provided inform ensure obtain obtained purchase receive inquire inquiry inquiries enquire "
                "enquiry commence commenced terminate utilize utilise facilitate endeavour endeavor sufficient "
                "numerous prior approximately additional previously further appropriate appreciate appreciated "
                "grateful gratitude sincerely respectfully kindly regards acknowledge accordance behalf "
                "correspondence delighted permit permitted permissible esteemed humbly shall whom thereof advise "
                "advised acquire reside obliged oblige courtesy apologise apologize apologies regret inconvenience "
                "proceed conclude conclusion pertaining pertinent respective whilst henceforth hitherto herewith "
                "undersigned ascertain cease comprehensive constitute constitutes demonstrate demonstrates "
                "determine determined elaborate undertake verify verification documentation clarification "
                "confirmation submission resolution notify notification compensation reimbursement regulations "
                "stipulate stipulated forthcoming grievance procure render rendered rectify remit remuneration "
                "solicit substantial presently consider considered consideration circumstances pursuant necessary "
                "necessitate aforesaid illustrate indicate indicates significant significance essential crucial "
                "fundamental consequently principal attain retain comply compliance entitled liable duly cordially "
                "acquaintance gentlemen esteem permission furnish extend entail contemplate"
            ),
        ),
        "slang": (
            "slang words",
            word_set(
                "lol lmao rofl omg wtf idk btw tbh smh haha hahaha hehe lolz u ur ya yo dude dudes bro bros "
                "gonna wanna gotta kinda sorta dunno lemme gimme cuz coz cos bcuz wat wut dat dis dem tha thru tho "
                "nite luv plz pls thx thanx cya bf gf ppl suck sucks sucked crap crappy damn darn hell shit fuck "
                "fucking ass bitch freaking freakin friggin dang heck jerk idiot chick chicks hottie bucks nah "
                "ain't aint sup wassup whatcha gotcha outta 'em em 'til til legit vibe vibes bummer yikes ew eww "
                "ugh meh y'all xoxo woah whoa lotta coupla c'mon cmon fella fellas jeez geez dope lit chill chillin "
                "babe hon mate"
            ),
        ),
        "colloquial": (
            "colloquial words",
            word_set(
                "cool awesome ok okay yeah yea yay yep yup nope wow ha hah dumb stupid nerd geek buddy pal folks "
                "ma'am imo imho fyi cause whatever super totally bye anyways stuff guys mom dad kid kids huge nuts "
                "crazy"
            ),
        ),
        "apostrophe_lost": (
            "words with the apostrophe left out",
            word_set(
                "dont doesnt didnt cant wont isnt arent wasnt werent wouldnt couldnt shouldnt hasnt havent hadnt im "
                "ive youre youve youll theyre theyve thats whats hes shes lets theres heres itll"
            ),
        ),
        "filler": (
            "fillers and interjections",
            word_set(
                "oh ah um uh er hmm hm mhm huh well hey hi hello wow ha anyway anyways like so just actually "
                "basically honestly seriously alright right oops uh-huh um-hum yes no bye"
            ),
        ),
        "intensifier": (
            "intensifiers",
            word_set(
                "really very so too totally absolutely completely definitely super pretty quite extremely such just "
                "literally even ever always never"
            ),
        ),
        "hedge": (
            "hedges",
            word_set(
                "maybe perhaps probably guess think feel seem seems suppose believe mean sort kind possibly might"
            ),
        ),
        "courtesy": (
            "courtesies",
            word_set("please thank thanks sorry welcome excuse pardon dear sir madam mr mrs ms dr sincerely regards"),
        ),
        "vague": (
            "vague nouns",
            word_set(
                "thing things stuff something anything everything someone anyone everyone somebody anybody "
                "everybody guy guys kid kids lot lots bit bunch way ways people girl girls boy boys mom dad folk "
                "one ones"
            ),
        ),
        "everyday_verb": (
            "everyday verbs",
            word_set(
                "get gets got getting go goes going went gone come comes came coming put puts want wants wanted "
                "need needs know knows knew see sees saw say says said tell tells told look looks looked make makes "
                "made take takes took try tries tried let lets give gives gave keep keeps kept talk talks talking "
                "watch ask asks asked wait hang love loves loved hate hates like likes liked hope happen happens "
                "happened"
            ),
        ),
        "feeling": (
            "words of feeling",
            word_set(
                "love hate great good bad nice amazing awesome cool fun funny happy sad cute crazy weird terrible "
                "horrible best worst favorite awful beautiful sweet gross hot sexy glad wonderful fantastic lovely "
                "sick scary boring silly"
            ),
        ),
        "particle": ("verb particles", word_set("up off out down back around away about over")),
    }
)

LATINATE = tuple(
    sorted(
        word_set(
            "tion tions sion sions ment ments ance ence ances ences ancy ency ity ities ive ous ate ated ates ating "
            "ize ized izes ise ised ify ified ism ist ists ary ory able ible ant ent ical ial ual ular logy "
            "graphy tude ure"
        )
    )
)
"""Endings of words that English took from Latin and French; counted on words of six letters and more."""
