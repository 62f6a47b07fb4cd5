"""Words in a text that a safeguarding lead must see at once: harm to oneself, harm by others, no safe place.

The result says that, and of which kind; it never quotes. A false alarm costs a look, a miss may cost more,
so whatever is not plainly a figure of speech ("dying to start", "killing it") counts. The kinds follow the
statutory guidance "Keeping children safe in education" (Department for Education).
"""

import re
from enum import StrEnum

from surveybot.rules.texting.bare_words import bare


class Worry(StrEnum):
    SELF_HARM = "self_harm"
    MENTAL_HEALTH = "mental_health"
    ABUSE = "abuse"
    EXPLOITATION = "exploitation"
    NO_SAFE_HOME = "no_safe_home"


_ME = r"(?:my ?self|me ?self|mysel|myslf|meself)"
_WHO = (
    r"(?:he|she|they|someone|somebody|some1|dad|mum|mom|stepdad|step dad|stepmum|step mum|father|"
    r"mother|uncle|aunt|"
    r"brother|boyfriend|bf|girlfriend|gf|partner|ex|carer|teacher|boss|parents?|family|man|people)"
)
_OF_IT_ALL = (
    r"(?:any ?more|(?:in |of |to )?(?:anything|living|trying|life|me|being (?:here|alive)|it all|going on))"
)
_I_AM = r"(?:im|i am|i feel|i felt|ive been|i have been|ive felt|feeling|been feeling|feel|been)"
_SAYS: dict[Worry, tuple[str, ...]] = {
    Worry.SELF_HARM: (
        rf"\b(?:kill|killing|hurt|hurting|harm|harming|cut|cutting|hang|hanging|starve|starving|burn|"
        rf"burning|od|drown) {_ME}\b",
        r"\b(?:kms|kmslf|suicid\w*|self ?harm\w*|sui)\b",
        r"\bend (?:my|this) (?:own )?life\b|\bend it all\b|\btak(?:e|ing) my (?:own )?life\b|"
        r"\bend things for good\b",
        r"\b(?:want|wanna|wana|going|gonna|wish|ready|rather|hope|would like) (?:to |i could |"
        r"i would |i can just )*die\b",
        r"\b(?:wish|want) (?:i |to )?(?:was|were|am|be) (?:dead|never born)\b|\bbetter off (?:dead|"
        r"without me)\b",
        r"\bwish i (?:was|were|had) (?:never|not) (?:been )?born\b|\bwish i (?:was|were) (?:dead|gone)\b",
        r"\b(?:dont|do not|cant|cannot|no longer) (?:want to|wanna|wana) (?:be (?:here|alive|around)|"
        r"live|exist|wake up)\b",
        r"\b(?:no|not any|nothing|not much) (?:reason|point)? ?(?:to|in) (?:live|living|go on|"
        r"going on|be alive|being alive)\b"
        r"|\bnothing (?:left )?to live for\b",
        r"\bcant (?:go on|cope|carry on|do life|take it|take this|keep going)(?: any ?more| anymore|"
        r" any longer| much longer)?\b",
        r"\b(?:over ?dos\w*|took (?:all (?:my|the)|loads of|too many|a lot of) (?:pills|tablets|"
        r"paracetamol|meds))\b",
        r"\b(?:noone|no one|nobody|no1) (?:would|will|wud) (?:care|miss me|notice)(?: if i)?\b",
        r"\bthinking (?:of|about) (?:ending|killing|hurting|dying)\b|\bhate my life so much\b|"
        r"\bgoodbye forever\b",
        r"\b(?:hearing|hear) voices\b|\bstopped eating\b|\bmaking myself sick\b",
    ),
    Worry.MENTAL_HEALTH: (
        rf"\b{_I_AM} (?:\w+ ){{0,2}}(?:not|never) (?:\w+ )?(?:ok|okay|alright|coping|doing (?:ok|well))\b",
        r"^(?:tbh |honestly )?not (?:ok|okay|alright)\b",
        rf"\b{_I_AM} (?:\w+ ){{0,2}}(?:low|hopeless|worthless|useless|numb|broken|empty|miserable|alone)\b",
        rf"\b{_I_AM} (?:\w+ ){{0,2}}(?:lonely|a burden|a failure|nothing|suffocating|drowning|trapped)\b",
        r"\b(?:feel|feeling|felt|been) (?:\w+ ){0,2}down\b",
        r"\bdepress(?:ed|ion)\b|\b(?:my|bad|poor) (?:mental health|mh|anxiety)\b|\bstruggling mentally\b",
        r"\bhate (?:my ?self|me ?self|my life|being me|being alive|who i am)\b|\bi dont matter\b",
        r"\b(?:no ?one|nobody|no1) (?:even |really )?(?:likes?|loves?|wants?|understands?|believes?) me\b",
        r"\b(?:everyone|everybody|every1) hates me\b|\b(?:no ?one|nobody) cares (?:about me|if i)\b",
        r"\b(?:got|have|ive) (?:no|0) friends\b|\b(?:no ?one|nobody) (?:i can |to )?(?:talk|turn) to\b",
        r"\b(?:feel like|want to|wanna|gonna|going to|ready to|about to|just) (?:just )?giv(?:e|ing) up\b",
        r"\b(?:given|giving|gave|give) up (?:on )?(?:life|living|everything|myself|it all)\b",
        r"^i(?:ve)? giv(?:e|en) up$|\bmental health (?:support|help|problems?|issues?|crisis|team)\b",
        r"\b(?:whats|what is|wheres) (?:the )?point\b(?! (?:of|in|to|at|doing|going|applying|studying)\b)",
        rf"\b(?:whats the|what is the|no|dont see the|cant see the|see no) point(?: {_OF_IT_ALL}\b|$)",
        r"\bcant (?:do|take|deal with) (?:this|it|life) (?:any ?more|no more)\b|^i cant any ?more$",
        r"\b(?:tired|sick) of (?:living|life|everything|being alive|being me|it all)\b",
        r"\b(?:cry|crying|cried) (?:myself|every (?:night|day)|all (?:the time|day|night))\b",
        r"\bpanic attacks?\b|\b(?:having|had) a breakdown\b|\bfalling apart\b|\bin a (?:dark|bad) place\b",
        r"\bcant (?:sleep|eat|get out of bed) (?:\w+ )?(?:any ?more|at all|for (?:days|weeks))\b",
        r"\b(?:want|wish|wanna) (?:to |i could )?(?:disappear|vanish|not exist|never wake up)\b",
        r"\b(?:no|dont have a|cant see a) future\b|^(?:im |i am )(?:so |really )?scared$",
    ),
    Worry.ABUSE: (
        rf"\b{_WHO} (?:\w+ )?(?:hits?|hitting|hit|beats?|beating|beat|punch\w*|kicks?|slaps?|slapped|"
        rf"chok\w*|strangl\w*|hurts?|hurting|"
        r"touch\w*|rap(?:es|ed|ing)|abus\w*|assault\w*|forc(?:es|ed|ing)|attack\w*|threaten\w*|"
        r"locks?) (?:me|us|my)\b",
        r"\b(?:being|been|was|got|getting|im|i am) (?:\w+ )?(?:abused|raped|molested|assaulted|"
        r"attacked|groomed|beaten|beat up|sexually \w+|"
        r"touched|bullied|harassed|stalked|hit)\b",
        r"\b(?:rape|raped|molest\w*|sexual(?:ly)? (?:assault\w*|abus\w*|harass\w*)|domestic (?:abuse|"
        r"violence)|fgm)\b",
        r"\b(?:forced|forcing|making me|made me|make me) (?:\w+ )*(?:marry|marriage|get married)\b|"
        r"\bforced marriage\b",
        r"\b(?:scared|afraid|terrified|frightened) (?:of|to) (?:my |go |be |him|her|them|at )?(?:home|"
        r"dad|mum|mom|stepdad|step dad|stepmum|"
        r"father|mother|brother|uncle|boyfriend|bf|him|her|go home|be home|going home)\b",
        r"\bhe (?:wont|will not) stop (?:touching|hitting|following)\b",
    ),
    Worry.EXPLOITATION: (
        r"\bcounty lines?\b|\b(?:running|selling|carrying|moving|dealing) (?:drugs|weed|packages|coke|"
        r"food) for\b",
        r"\b(?:blackmail\w*|sextort\w*|traffick\w*|radicali[sz]ed)\b",
        r"\b(?:sent|send|sending|leak\w*|post\w*|shar\w*|has|got|have) (?:\w+ ){0,3}(?:nudes?|"
        r"naked (?:pics?|photos?))\b",
        r"\b(?:carry|carrying|got|have) a knife\b|\b(?:gang|gangs) (?:\w+ )?(?:after|making|made|want|"
        r"threat\w*)\b",
        r"\bgoing to (?:kill|stab|shoot|hurt) (?:me|him|her|them|someone|everyone|people)\b|"
        r"\bgonna (?:kill|stab|shoot) "
        r"(?:me|him|her|them|someone|everyone|people)\b",
    ),
    Worry.NO_SAFE_HOME: (
        r"\b(?:homeless|sleeping rough|sofa surf\w*|sleeping on (?:the )?streets?)\b",
        r"\b(?:kicked|chucked|thrown|threw|kick) (?:me )?out (?:of )?(?:(?:my|the|our) )?(?:home|"
        r"house|flat)\b"
        r"|\b(?:mum|mom|dad|parents|they|stepdad) (?:kicked|chucked|threw) me out\b",
        r"\b(?:nowhere|no where|no place|not got anywhere) (?:\w+ )?to (?:live|stay|sleep|"
        r"go tonight)\b|\bnowhere safe\b",
        r"\b(?:not|dont feel|isnt|do not feel|never) safe (?:\w+ )?(?:at|in|around|with|here)?\b|"
        r"\bunsafe\b",
        r"\b(?:ran|run|running) away(?: from (?:home|care|it all))?\b",
        r"\b(?:no|not any|havent got|not eaten|havent eaten) food (?:at|in|for)\b|\bnot eaten (?:for|"
        r"in) (?:\w+ )?days\b",
    ),
}
_SEARCHES = [(re.compile(said).search, worry) for worry, patterns in _SAYS.items() for said in patterns]

_FIGURES_OF_SPEECH = re.compile(
    r"\bnot (?:ok|okay|alright) with\b|\blow (?:on|key|paid|level|grades?|pay|cost)\b"
    r"|\bdown (?:for|to|with|the)\b|\b(?:useless|hopeless|not doing (?:well|great|ok)) (?:at|in|with)\b"
    r"|\bdrowning in\b|\bgreat depression\b|\bfuture plans?\b"
    r"|\bmental health (?:\w+ )?(?:nurs\w*|course|apprentice\w*|work\w*|degree)\b"
    r"|\bgiv(?:e|ing) up (?:on )?(?:my )?(?!(?:on|life|living|everything|myself|it|now|tbh|i|im|my)\b)\w+"
    r"|\b\d+kms\b|\bkms (?:away|from|to)\b"
    r"|\b(?:suicide squad|suicide prevention|suicidal squirrel)\b"
    r"|\bsafe (?:to say|as houses|journey)\b|\bnot safe (?:to say|to assume|choice|option|bet)\b"
    r"|\b(?:health and safety|safeguarding) (?:course|officer|training)\b"
    r"|\b(?:died|die|dying) (?:of|from|with) (?:laugh\w*|boredom|embarrass\w*|heat|excitement|cringe)\b"
    r"|\b(?:hair|grass|costs?|cake) cutting\b|\bcutting (?:hair|grass|edge|costs)\b"
    r"|\b(?:mum|mom|dad|parents|teacher|miss|sir|coach|boss) (?:is |are |will |would )?(?:gonna |"
    r"going to )?(?:kill|murder) me\b"
    r"|\b(?:exams?|revision|maths|hill|homework|coursework|survey|shoes|legs|feet|back|gym) (?:is |"
    r"are |will |was |were )?"
    r"(?:gonna |going to )?(?:kill(?:ed|ing|s)?|hurt(?:s|ing)?) (?:me|my)\b"
    r"|\brun(?:ning)? away with\b|\bhomeless (?:charity|shelter|people)\b"
    r"|\b(?:hurt|cut) (?:my ?self|me ?self) (?:\w+ )?(?:playing|at (?:football|rugby|work|netball|"
    r"gym)|shaving|cooking|falling|skating)\b"
    r"|\b(?:hit|hits|hitting) me (?:up|that|with (?:the|a) (?:link|text|offer))\b|\b(?:beat|beats|"
    r"beating) me (?:at|to|in)\b"
    r"|\bstreet food\b|\bunsafe (?:choice|bet)\b|\bgoing to kill (?:it|the exam)\b"
)


def worry_in(text: str) -> Worry | None:
    """The first kind of worry that a text gives, or None."""
    words = _FIGURES_OF_SPEECH.sub(" ", bare(text))
    for says, worry in _SEARCHES:
        if says(words):
            return worry
    return None
