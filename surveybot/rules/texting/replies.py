"""Read one text against one question: understood, perhaps understood, or not.

A key, a word or a short sentence will do. Words are looked up first, then those with a slip of the finger.
What is only likely comes back as a suggestion, to be said back before it is kept. Consent is never read here:
nobody agrees to it by text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from surveybot.rules.texting.bare_words import bare, word_set
from surveybot.rules.texting.plain_speaking import Speaking, how_it_speaks
from surveybot.rules.texting.said_words import matched, said_in, turns_after


@dataclass(frozen=True, slots=True)
class Understood:
    """What was said: a choice's value, or a destination with what was told of it, as it was written."""

    value: str = ""
    provider: str = ""
    course: str = ""
    same: bool = False  # as it was before
    skip: bool = False  # does not know, or does not say


@dataclass(frozen=True, slots=True)
class Unsure:
    suggestion: Understood


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    pass


Reading = Understood | Unsure | NotUnderstood


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a question: its key is its place in the list, from 1."""

    value: str
    label: str
    words: tuple[str, ...] = ()
    agrees: bool = False
    declines: bool = False


YES = word_set(
    "yes yeah yea yeh yh ye yep yup yess yas aye ok okay k kk sure please pls correct right true definitely"
) | {
    *("thats right", "thats it", "thats correct", "thats the one", "thats me", "yes please", "yes pls"),
    *("go on", "yes it is", "yes thats it", "yes thats right", "that one", "yeah please", "yeah pls"),
}
NO = word_set("no nope nah naa na nay noo neither wrong incorrect") | {
    *("no thanks", "no thank you", "no thx", "no ta", "nah thanks", "not really", "not that", "not that one"),
    *("thats wrong", "no its not", "none", "im ok", "im okay", "im good", "im fine", "all good", "not now"),
    *("not right now", "not at the moment", "no need", "nope thanks", "no im ok", "no im good", "no ty"),
}
THANKS = word_set(
    "thanks thx ty ta cheers ok okay k kk cool great nice bye perfect x lol haha np good alright"
) | {
    *(
        "thank you",
        "thank u",
        "nice one",
        "ok thanks",
        "ok thank you",
        "okay thanks",
        "thanks bye",
        "ok cool",
    ),
    *("no problem", "no worries", "ok thx", "thanks x", "ok great", "great thanks", "cool thanks", "ok ty"),
}
_COURTESY = word_set(
    "please pls plz thanks thx ty mate x xx xxx lol tbh haha sir miss bro actually tho though"
)
_AROUND_A_KEY = word_set(
    "number no option answer key choice its it is i pick choose would say say the please pls thanks thx",
    "ty x xx and a an one probably think i",
)
_NUMBERS = {
    word: key
    for key, words in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), 1)
    for word in (words, str(key))
}
_FILLERS = word_set(
    "i im id ill ive am will be is it its the a an to of my me going go goin gonna gunna gna want wanna",
    "would like think thinking probably prob probs maybe hopefully definitely def defo just really tbh",
    "lol haha x xx xxx please pls plz so well um erm er yeah yes hi hello hey and then now at atm",
    "moment currently next year in september sept doing been got planning plan hoping hope wish do ngl",
    "innit cos because with still thanks thx mate sir miss u you been be for on there same",
)


def read_choice(text: str, options: Sequence[Option]) -> Reading:
    """Read a text against a list with keys."""
    words = bare(text)
    if not words:
        return _read_sign(text, options)
    if key := key_in(words):
        return Understood(options[key - 1].value) if key <= len(options) else NotUnderstood()
    if found := _by_words(text, options):
        return found
    for said, mark in ((YES, "agrees"), (NO, "declines")):
        if words in said or _without_courtesy(words) in said:
            marked = next((option for option in options if getattr(option, mark)), None)
            return Understood(marked.value) if marked else NotUnderstood()
    return NotUnderstood()


def key_in(words: str) -> int:
    """The key that was pressed, or 0: "1", "no 2", "option three please"; never one of a sentence."""
    found = words.split()
    keys = [_NUMBERS[word] for word in found if word in _NUMBERS and (word.isdigit() or len(found) <= 3)]
    others = [word for word in found if word not in _NUMBERS]
    if len(set(keys)) != 1 or any(word not in _AROUND_A_KEY for word in others):
        return 0
    return keys[0]


_THUMBS = {"👍": "agrees", "✅": "agrees", "👌": "agrees", "👎": "declines", "❌": "declines"}


def _read_sign(text: str, options: Sequence[Option]) -> Reading:
    """A thumb is a yes or a no where a bare yes or no is an answer."""
    for sign, mark in _THUMBS.items():
        marked = next((option for option in options if getattr(option, mark)), None)
        if sign in text and marked is not None:
            return Understood(marked.value)
    return NotUnderstood()


def _by_words(text: str, options: Sequence[Option]) -> Reading | None:
    """The one option that was named; None where none was."""
    words = bare(text)
    phrases = {bare(phrase): o.value for o in options for phrase in (o.label, *o.words)}
    for whole in (words, _without_fillers(words)):
        if whole in phrases:
            return Understood(phrases[whole])
    said = said_in(text)
    found = matched(said, phrases)
    named = {phrases[match.phrase] for match in found}
    if not named:
        return None
    speaking = how_it_speaks(text)
    if len(named) > 1 or speaking is Speaking.OF_OTHER_THINGS:
        return NotUnderstood()
    plain = any(match.exact and not turns_after(said, match) for match in found)
    plainly = plain and speaking is Speaking.PLAINLY
    return Understood(named.pop()) if plainly else Unsure(Understood(named.pop()))


def _without_courtesy(words: str) -> str:
    return " ".join(word for word in words.split() if word not in _COURTESY)


def _without_fillers(words: str) -> str:
    return " ".join(word for word in words.split() if word not in _FILLERS)
