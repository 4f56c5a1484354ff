"""Orders in what a person says: whether there are any, whether they are to be carried out on a condition only, and
whether they demand that something is changed."""

import re
from collections.abc import Mapping, Sequence

from toolalpaca.core.words import name_words, singular, words
from toolalpaca.matching.facts.evidence import Shown
from toolalpaca.matching.language.actions import Deed, Doing, all_asked, asked_for, doings_of, sentences
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.text import listed

_STATES = re.compile(
    r"\W*(?:i|we|my|our|the|it|its|he|she|they|their|his|her|there|this|that|these|those|an?|who|what|which|when"
    r"|where|why|how|is|"
    r"are|was|were|do|does|did|am|has|have|had|some\w*|every\w*|no|yes|hello|hi|hey|if|because|since|for|in|on|at|of"
    r"|and|but|so|one|two|"
    r"both|last|yesterday|today|tomorrow|now|next)\b",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"\b(?:please|could you|would you|can you|will you"
    r"|(?:can|could|may|might) (?:i|we|it|he|she|they|[A-Z]\S+) (?!see|know)"
    r"|wants?|needs?|requires?|like (?:you )?to|let['’]s|(?:^|(?<=[.!?,;] ))lets|must|has to|have to"
    r"|should|had better|"
    r"be good if|to be \w+ed|is to|are to|i['’]d like|time to|kindly|go ahead)\b",
    re.IGNORECASE,
)


def gives_orders(told: str) -> bool:
    """Return whether anything is to be done at all: a wish, or a sentence that opens with a verb, rather than questions
    and statements."""
    return bool(_WANTS.search(told)) or any(
        (not one.endswith("?") and not _STATES.match(one)) or not _PREDICATE.search(one) for one in sentences(told)
    )


def wants_no_change(told: str) -> bool:
    """Return whether people say that they want to be told something only, in whatever case, and order nothing else:
    just tell me, I'm only asking, don't change anything."""
    is_ordered = any(verb not in _VAGUE_VERBS for verb, _, _ in asked_for(told))
    return bool(_TELL_ONLY.search(told)) and not is_conditional(told) and not is_ordered


def only_thanks(told: str) -> bool:
    """Return whether people say thank you, or that they were pleased, and neither ask nor order anything."""
    return bool(_THANKS.search(told)) and "?" not in told and not _WANTS.search(told) and not asked_for(told)


def only_explains(told: str) -> bool:
    """Return whether people ask what something means or how things are in general, of which no single thing is named by
    an identifier or a day: whoever knows it needs no call."""
    is_general = bool(_EXPLAIN.search(told)) and not _ORDERS.search(told)
    return (is_general or bool(_ON_HELP.search(told))) and not days_in(told) and not _IDENTIFIER.search(told)


def only_reads(told: str) -> bool:
    """Return whether people want nothing but to be shown or told something: no other verb stands where orders have
    theirs, and one of them or a question does."""
    verbs = {verb for verb in all_asked(told) if not _STATES.match(verb)}
    return verbs <= _TO_SHOW and (bool(verbs) or any(_QUESTION.match(one) for one in sentences(told)))


_TELL_ONLY = re.compile(
    r"\b(?:just|only) (?:tell|show|let) me\b|\b(?:just|only) (?:want|need|wish|like) to (?:know|see|check)\b"
    r"|\b(?:just|only) (?:asking|checking|looking|curious|wondering)\b"
    r"|\b(?:don['’]?t|do not|no need to) \w+ (?:anything|any of (?:it|them)|a thing)(?! else)\b",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(
    r"\bwhat(?:['’]s|s| is| are) the difference between\b|\bwhat (?:do|does) (?:[\w'’-]+ ){1,8}(?:mean|stand for)\b"
    r"|\bwhat (?:is|are) meant by\b|\b(?:in|as a) general\b|\bis it true\b|\bhow come\b|\bold wives['’] tale\b"
    r"|\b(?:just (?:a thing )?(?:I )?(?:wonder(?:ing|ed)|asking|curious))\b|\bno need to look (?:anything|it) up\b"
    r"|\bout of (?:interest|curiosity)\b",
    re.IGNORECASE,
)
# What the assistant can do, and what it needs for that.
_ON_HELP = re.compile(
    r"\bgeneral question\b|\bwhat (?:would|do|will) you (?:need|have to know|want to know)\b(?! to)"
    r"|\bwhat (?:can|could) you (?:do|help)\b|\bbefore i (?:give|send|tell) you\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(r"\b(?:please|(?:could|would|can|will) you|i['’]d like|i want|i need)\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{4,}\b|\b\d{4,}\b")
_THANKS = re.compile(r"\b(?:thanks|thank you|thankful|grateful|cheers|much appreciated)\b", re.IGNORECASE)
_QUESTION = re.compile(
    r"\W*(?:what|which|who|whose|where|when|why|how|is|are|was|were|do|does|did|any)\b", re.IGNORECASE
)
_FINDING = frozenset(listed("get list search find check fetch look lookup show read view browse query retrieve"))
_TO_SHOW = _FINDING | frozenset(listed("tell see know track"))
# What makes a question or a statement of a sentence; without any of it the sentence names what is to be done.
_PREDICATE = re.compile(
    r"\b(?:am|is|are|was|were|be|been|do|does|did|has|have|had|will|would|what|which|when|where|who|whose|why|how|any\w*"
    r"|there|price|cost|fare|hello|hi|hey|thanks|thank|cheers|\w+ed|i|we|he|she|they|it)\b|['’](?:s|re|ve|m|ll|d)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:only if|only when|if|unless|as long as|provided|otherwise|in case|should (?:it|they|there))\b", re.IGNORECASE
)
_WISHED = re.compile(
    r"\b(?:i['’]d like|i would like|i want|we['’]d like|we want|i need|we need|get (?:me|us)|can (?:i|we) have)\s+"
    r"(?:an?|one|two|three|four|five|\d+)\s+(?P<wish>(?:[\w-]+\s+){0,3}[\w-]+)",
    re.IGNORECASE,
)
_TO_READ = re.compile(
    r"\b(?:list|overview|idea|look|details?|information|info|price|quote|number|name|address|summary|report|copy|answer"
    r"|count|total|average)\b",
    re.IGNORECASE,
)
_TO_GATHER = re.compile(r"add\s+up\b|\w+\s+(?:together|a list|an overview|sure|down|out)\b", re.IGNORECASE)
_VAGUE_VERBS = frozenset(listed("tell show give report let share text include order top rate note plan state"))


def is_conditional(told: str) -> bool:
    """Return whether something is to be done only in some case."""
    return bool(_CONDITION.search(told))


def demands_change(told: str, deeds: Mapping[str, Deed], results: Sequence[Shown] = ()) -> bool:
    """Return whether an order or a wish names what one of the functions that change something works on, with a verb of
    its kind: put my subscription on hold, I'd like a day pass. A wish for what a call made up or picked is met."""
    orders = [(kinds, frozenset(map(singular, words(rest)))) for verb, kinds, rest in asked_for(told)
              if verb not in _VAGUE_VERBS and not _TO_GATHER.match(verb + rest)]
    if "?" not in told:
        made = [name_words(one.call.function) for one in results if one.seen.succeeded]
        met = {singular(parts[-1]) for parts in made if parts and parts[0] not in _FINDING}
        wishes = [(match["wish"], frozenset(map(singular, words(match["wish"])))) for match in _WISHED.finditer(told)]
        orders += [(frozenset({Doing.CREATE}), said) for wish, said in wishes
                   if not (_TO_READ.search(wish) or met & said)]
    return any(kinds & deed.kinds and _objects_of(deed) & said for kinds, said in orders for deed in deeds.values())


def _objects_of(deed: Deed) -> frozenset[str]:
    """Return what a function's name says that it works on: the pass of buyPass."""
    return frozenset(singular(part) for part in name_words(deed.name) if len(part) > 3 and not doings_of(part))
