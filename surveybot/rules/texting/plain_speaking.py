"""Whether a text speaks plainly about its own sender: no question, nobody else, nothing that is over."""

import re
from enum import StrEnum

from surveybot.rules.texting.bare_words import bare


class Speaking(StrEnum):
    PLAINLY = "plainly"
    PERHAPS = "perhaps"  # worth saying back, never to be taken as it stands
    OF_OTHER_THINGS = "of_other_things"


_GREETING = (
    r"^(?:(?:hi|hey|hello|hiya|sorry|miss|sir|um|erm|er|well|and|so|but|ok|okay|yo|also|please|pls) )*"
)
_QUESTION = re.compile(
    rf"{_GREETING}(?:"
    r"(?:what|whats|wat|wats|when|whens|where|wheres|who(?! knows)|whos|whose|why|how|hows|which)\b"
    r"|(?:can|could|should|would|will|do|does|did|is|are|am|has|have|was|were) "
    r"(?:i|you|u|ya|we|they|he|she|it|my|the|there|this|that|any\w*|your|ur|some\w*)\b"
    r"|(?:do|does|did|is|are|can|has|have) (?:college|uni|sixth form|apprenticeships?) \w+"
    r")"
)
_SOMEBODY = (
    r"(?:brothers?|bro|sisters?|sis|mum|mom|mam|dad|mates?|friends?|bestie|cousins?|gf|bf|girlfriend|boyfriend|"
    r"nan|uncle|aunt|aunty|auntie|twin|parents|family|stepdad|stepmum|teachers?|tutor|everyone|everybody|"
    r"every1|most people|people|someone)"
)
_DOES = (
    r"(?:is|are|s|was|were|goes|go|went|works?|worked|did|does|do|got|has|have|had|at|wants?|wanted|thinks?|said|"
    r"says|started|starts|studies|doing|reckons?|keeps?|teaches|runs|owns|left|told|tells|makes|made|in|gets?|"
    r"dropped|quit|lost|found|finished|loves?|hates?|likes?|moved|applied|failed|passed|can|could|will|might)"
)
_OTHERS = re.compile(
    rf"(?<!\bwith )(?<!\bw )(?<!\bfor )(?<!\bas )(?<!\bof )"
    rf"\b(?:my|our|his|her|a|the|all my) (?:\w+ )?{_SOMEBODY} (?:\w+ )?{_DOES}\b"
    rf"|^{_SOMEBODY} {_DOES}\b|\b(?:he|she|they|hes|shes|theyre) {_DOES}\b|^(?:hes|shes|theyre)\b"
)
_ME = re.compile(r"\b(?:i|im|ive|ill|id|me|myself|we|ima|imma)\b")
_OVER_OR_WISHED = re.compile(
    r"\b(?:used to|was (?:at|in|on|gonna|meant|supposed|\w+ing)|wanted (?:to|an?)|i had an?|"
    r"wish|nearly|almost|considered|ages ago|thought about|meant to|supposed to|would have|could have|"
    r"if not|otherwise)\b"
)


def how_it_speaks(text: str) -> Speaking:
    """ "When does college start" and "my brother goes to college" say nothing of where their sender goes."""
    words = bare(text)
    if _QUESTION.match(words):
        return Speaking.OF_OTHER_THINGS
    others = _OTHERS.search(words)
    if others and not _ME.search(words):
        return Speaking.OF_OTHER_THINGS
    doubtful = others or "?" in text or _OVER_OR_WISHED.search(words)
    return Speaking.PERHAPS if doubtful else Speaking.PLAINLY
