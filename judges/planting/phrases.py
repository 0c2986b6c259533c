"""What is planted in words: stock sentences and leaks, our own, chosen without looking at the lists of the judges."""

from __future__ import annotations

METAPHORS = (
    "We are skating on thin ice here.",
    "This whole thing is a house of cards.",
    "I feel like a cork on the open sea.",
    "My patience is a candle burning at both ends.",
    "It is a long road, and we have only just left the village.",
    "That would be the last nail in the coffin.",
    "The plan is a ship without a rudder.",
    "Every answer is another wall that I run into.",
    "It all hangs by a thread.",
    "You are opening a door into a dark room.",
    "Time is a river, and we are standing in it.",
    "My head is a beehive today.",
    "This is the seed from which the rest will grow.",
    "We need to build a bridge before the flood comes.",
    "It hit me like a freight train.",
    "The details are a jungle, and I have lost my compass.",
    "That idea has no roots.",
    "I am drowning in paperwork.",
    "Let us not set the house on fire to roast an egg.",
    "The price is a mountain that I cannot climb.",
    "Hope is a weak lamp, but it burns.",
    "We are all cogs in the same machine.",
    "It is a bitter pill to swallow.",
    "The ground is shifting under our feet.",
)

FLATTERY = (
    "What a brilliant way to put it!",
    "You are so incredibly kind and thoughtful.",
    "I could not agree more with every word of that.",
    "Thank you so very much, you have no idea what this means to me.",
    "That is an excellent question, truly excellent.",
    "You are absolutely right, as always.",
    "I am terribly sorry to take up so much of your precious time.",
    "I have never met anybody as clever as you.",
    "Your patience is simply amazing.",
    "I deeply apologise for any trouble that I may have caused.",
    "Please accept my heartfelt thanks once more.",
    "What a wonderful idea, I love it!",
)

LEAKED_REASONING = (
    "Okay, {you} just answered, so I should reply as {me} and keep it short.",
    "The user wants me to continue the role-play. I will answer as {me} now.",
    "As an AI language model, I do not have personal experience of this.",
    "<think>{you} asked something; stay in role as {me}.</think>",
    "Here is my next message as {me}:",
    "I need to stay in character as {me} here.",
    "Let me think about what {me} would say next.",
    "According to my instructions I must not tell {you} everything at once.",
)

PRIVATE_LEADS = (
    "By the way, I happen to know this about you:",
    "I can see something here that you did not tell me:",
    "There is one more thing in your notes:",
)
