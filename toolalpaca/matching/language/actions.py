"""Verbs of doing: what a person asks to be done, what a function does, and what an answer says was done."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from toolalpaca.core.words import name_words, words
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import QUOTED, denial, listed
from toolalpaca.openapi.api_functions import Function
from toolalpaca.openapi.operations import READING_METHODS


class Doing(Enum):
    """What kind of change a verb speaks of."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    SEND = "send"


_VERBS = {
    Doing.CREATE: "add create book reserve place put schedule register log enter record file submit order buy "
    "purchase post publish "
    "open start make save store note leave write sign subscribe enrol enroll apply upload attach import issue insert "
    "include append rent hire hold set plan draft arrange establish build install launch join upsert anchor",
    Doing.CHANGE: "update change move shift rename edit modify extend renew postpone reschedule push mark tick "
    "assign give complete "
    "close approve confirm lock unlock activate deactivate enable disable adjust raise lower increase decrease switch "
    "transfer pay turn rate reset replace swap pause resume set put upgrade downgrade accept decline reject release "
    "correct fix amend prolong reopen archive pin merge bump finish patch reduce redirect top toggle "
    "block unblock ban suspend freeze hide mute unmute star flag restore",
    Doing.DELETE: "delete remove cancel clear take throw drop revoke end terminate unsubscribe withdraw discard "
    "erase scrap strike "
    "wipe annul undo detach unassign stop kill purge void call bin trash dump ditch dismantle expel oust eject "
    "dispose evict retract rescind",
    Doing.SEND: "send email e-mail mail notify text message forward invite remind warn report share tell alert "
    "inform drop let",
}
_IRREGULAR = {
    "put": "put", "set": "set", "let": "let", "made": "make", "left": "leave", "written": "write", "wrote": "write",
    "bought": "buy", "sent": "send", "taken": "take", "took": "take", "thrown": "throw", "threw": "throw",
    "given": "give", "gave": "give", "paid": "pay", "built": "build", "held": "hold", "told": "tell", "undone": "undo",
    "stuck": "stick", "withdrawn": "withdraw", "withdrew": "withdraw", "struck": "strike",
}
# Verbs that speak of taking away only with a word such as `off` after what is taken: take it down, throw her out.
WITH_PARTICLE = frozenset(listed("take throw drop call strike clear"))
_PARTICLE = re.compile(r"(?:\s+\S+){0,5}?\s+(?:off|out|away|down|back|from)\b", re.IGNORECASE)
_REMOVAL = re.compile(
    r"\brid of\b|\bgiv(?:e|ing) up\b"
    r"|\b(?:tak|throw|get|tear|pull|put|strik|cross|shut|call|kick|wip|turn|switch)(?:e|ing|ting|ping)?\b"
    r"(?:\s+[\w'’-]+){0,4}?\s+(?:off|out|away|down)\b|\b(?:shut|close)\b(?:\s+[\w'’-]+){1,3}?\s+again\b",
    re.IGNORECASE,
)
_READING = frozenset(listed(
    "get list search find check fetch look lookup show read view browse query retrieve count calculate compute "
    "convert estimate compare validate verify test scan analyze analyse predict classify translate detect lint "
    "parse quote preview standardise standardize normalise normalize resolve geocode suggest recommend match rank "
    "describe summarise summarize explain render generate random rate track inspect identify recognize extract "
    "forecast is has lookup describe export download plan route simulate score evaluate measure solve format "
    "decode encode"
))
_PRODUCING = frozenset(listed("render generate convert export plan"))
# Verbs of which only the passive participle with a doer's past counts as a claim: what is open or set may just be so.
_STATES = frozenset(listed(
    "open close set leave make start hold take give note call put tell let top rate order include complete finish "
    "confirm mark record place end accept pay release share"
))
# Verbs that say too little by themselves to be a claim: taken care of, given that, shown as, called so.
_WEAK = frozenset(listed(
    "take give hold let tell call note start make turn throw drop strike stop put report plan rate order top text "
    "share alert end pay state include show rent message stick inform"
))
_BY_ME = frozenset(listed("pay text message alert inform order rent report share"))  # but telling after `I have`
_TELLING = frozenset({"report", "share"})  # which ask for an answer alone if these words follow
_RESULTS = re.compile(
    r"\W*(?:back|(?:to |with )?(?:me|us)|(?:(?:the|its|their|any|all|your|each|every)\s+)*(?:results?|findings?"
    r"|outcomes?|answers?|figures?|numbers?)|what|how|whether|which)\b", re.IGNORECASE
)
_INTO_YOURS = re.compile(r"(?:\s+\S+){0,5}?\s+(?:in|into|on|onto|to) your\b", re.IGNORECASE)
_KEEPING = frozenset({"leave"})  # which says that nothing was done when it is followed by `alone` and the like
_AUXILIARY = r"(?:has|have|had|'s|'ve)\s+(?:now\s+|already\s+|just\s+|also\s+|both\s+|all\s+|successfully\s+)*been"
_SENTENCE = re.compile(r"[^.!?;\n]+(?:\.(?=\w)[^.!?;\n]*)*[.!?;]?")
_CLAUSE_END = re.compile(r",\s+(?=(?:and|but|so|which|while|because|as)\b)|\s+(?:because|but)\s+|:\s")
_ADVERBS = r"(?:\s+(?:now|already|just|also|both|all|successfully|therefore|then|duly|again|immediately|hereby|only))*"
_OPENING = re.compile(r"^\W*(?P<verb>[A-Z][a-z]+ed|Sent|Put)(?= ?[:!]| for you\b|\W*$)")
_FIRST = re.compile(rf"\b(?:I|we)(?:\s+have|['’]ve)?{_ADVERBS}\s+(?P<verb>[a-z-]+)\b", re.IGNORECASE)
_PASSIVE = re.compile(
    rf"\b(?:{_AUXILIARY}|is|are|was|were|been|['’]s|['’]re)(?:\s+being)?{_ADVERBS}\s+(?P<verb>[a-z-]+)\b", re.IGNORECASE
)
_PERFECT = re.compile(rf"\b{_AUXILIARY}{_ADVERBS}\s+(?P<verb>[a-z-]+)\b", re.IGNORECASE)
_WITH = re.compile(
    r"\bwith\s+(?:your|the|his|her|their|an?|both|all)\s+(?:[\w.\"“”'-]+\s+){1,5}?(?P<verb>attached|added|included"
    r"|uploaded|"
    r"enclosed|applied|removed)\b",
    re.IGNORECASE,
)
_UNTOUCHED = re.compile(
    r"\s+(?:\S+\s+){1,6}?(?:alone|untouched|unchanged|as (?:it|they|is|are)|be|out|open)\b", re.IGNORECASE
)
_UNREAL = re.compile(
    r"\b(?:if|would|could|can|cannot|can't|might|(?-i:may)|should|unless|whether|will|shall|once|when|as soon as|to be"
    r"|let me|perhaps|maybe|possibly|probably|seems?|"
    r"need to|has to|have to|must|want|shall|please|until|before|after|['’]ll)\b",
    re.IGNORECASE,
)
_NEGATION = denial("unable|failed|fails")
_ADMITS = re.compile(
    r"\b(?:not|cannot|unable|no|none|nothing|neither|nor|nobody|unfortunately|regrettably|sorry|afraid|failed|fails|"
    r"failure|refused|rejected|denied|declined|error|invalid|unknown|unavailable|missing|impossible|expired|could only|"
    r"can only|only one|unsuccessful\w*|without success|empty|too (?:many|long|large|late|early)|already)\b|n['’]t\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def doings_of(verb: str) -> frozenset[Doing]:
    """Return what kinds of change a verb in any form speaks of; none for other words."""
    base = base_of(verb)
    return frozenset(kind for kind, verbs in _BY_KIND.items() if base in verbs)


_BY_KIND = {kind: frozenset(verbs.split()) for kind, verbs in _VERBS.items()}
_ALL = frozenset().union(*_BY_KIND.values())


@lru_cache(maxsize=4096)
def base_of(verb: str) -> str:
    """Return the plain form of a verb that is listed, the word itself if it is not listed."""
    word = verb.lower().replace("’", "'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending in ("", "d", "ed", "ing", "s", "es"):
        stem = word.removesuffix(ending) if ending and word.endswith(ending) else word
        for form in (
            stem,
            f"{stem}e",
            stem[:-1] if len(stem) > 2 and stem[-1:] == stem[-2:-1] else stem,
            f"{stem[:-1]}y" if stem.endswith("i") else stem,
        ):
            if form in _ALL:
                return form
    return word


@dataclass(frozen=True)
class Deed:
    """A function that changes something: its verbs as its name has them, and the arguments that it requires."""

    name: str
    kinds: frozenset[Doing]
    verbs: frozenset[str]
    required: frozenset[str] = frozenset()


def produces(function: str) -> bool:
    """Return whether a function makes something, whatever its method: captureScreenshot, renderDiagram."""
    parts = name_words(function)
    return bool(parts) and (parts[0] not in _READING or parts[0] in _PRODUCING)


def deed_of(name: str, method: str, description: str = "") -> Deed | None:
    """Return what a function changes, None for one that reads, as its HTTP method and the verb in its name say."""
    if method.upper() in READING_METHODS:
        return None
    parts = name_words(name)
    if method.upper() == "POST" and parts and parts[0] in _READING:
        return None
    verbs = frozenset(base_of(part) for part in parts if doings_of(part))
    kinds = frozenset().union(*(doings_of(verb) for verb in verbs)) if verbs else frozenset()
    if method.upper() == "DELETE":
        kinds = frozenset({Doing.DELETE})
    elif not kinds:
        kinds = frozenset({Doing.CHANGE if method.upper() in ("PUT", "PATCH") else Doing.CREATE, Doing.SEND})
    return Deed(name, kinds, verbs | frozenset(base_of(word) for word in words(description[:200]) if doings_of(word)))


def deeds_of(functions: Mapping[str, Function]) -> dict[str, Deed]:
    """Return what an API's functions change; those that only read are left out."""
    found = {name: deed_of(name, one.method, one.description) for name, one in functions.items()}
    return {name: replace(deed, required=functions[name].required) for name, deed in found.items() if deed is not None}


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [match[0].strip() for match in _SENTENCE.finditer(text) if match[0].strip()]


@lru_cache(maxsize=64)
def admits(text: str) -> bool:
    """Return whether a text says that something is not so, did not work or is not all there is."""
    return bool(_ADMITS.search(text))


_DECLINES = re.compile(
    r"\b(?:I|we)(?: am|['’]m| are|['’]re)? (?:can(?:not|['’]t)|could(?: not|n['’]t)|(?:un|not )able|can only"
    r"|only (?:see|have|know|deal)|have no (?:way|advice|access|function|tool)|do(?: not|n['’]t) (?:have|give))\b"
    r"|\b(?:out of|beyond) (?:my|our) reach\b",
    re.IGNORECASE,
)


def declines(answer: str) -> bool:
    """Return whether an answer says that the assistant has no means to do what was asked."""
    return bool(_DECLINES.search(answer))


@dataclass(frozen=True)
class DeedClaim:
    """A statement that something was done: the verb, its kinds, and the sentence; `passive` may just tell a state, and
    one without `by_me` may tell what another person did."""

    verb: str
    kinds: frozenset[Doing]
    sentence: str
    passive: bool
    by_me: bool


@lru_cache(maxsize=64)
def claims_of(answer: str) -> tuple[DeedClaim, ...]:
    """Return what an answer says was done, unless it says so with a `not`, an `if` or of the future."""
    return tuple(_claims(answer))


_LET_KNOW = re.compile(
    r"\b(I['’]ve|I have|We['’]ve|we have) (?:let\b(?= (?:\S+ ){1,3}know\b)"
    r"|told\b(?! (?:you|me|us)\b)(?=[^.!?\n]* (?:as well|too)\b)|also told\b(?! (?:you|me|us)\b))", re.IGNORECASE)
_GONE_OUT = re.compile(r" (?:has|have|['’]s|['’]ve) (?:now |just |already )?gone out\b", re.IGNORECASE)

_GONE = re.compile(r" (?:is|are|['’]s|['’]re) (?:now |both |all )?gone(?=[.,;:!]|$| (?:and|now)\b)", re.IGNORECASE)


def _claims(answer: str) -> Iterator[DeedClaim]:
    own = QUOTED.sub('"x"', answer)  # what is quoted is somebody else's
    plain = _GONE.sub(" has been deleted", _GONE_OUT.sub(" has been sent", own))
    for sentence in sentences(_LET_KNOW.sub(r"\1 notified", plain)):
        for clause in _CLAUSE_END.split(sentence):
            if _NEGATION.search(clause) or _UNREAL.search(clause):
                continue
            for pattern, passive in ((_FIRST, False), (_PERFECT, False), (_PASSIVE, True), (_OPENING, True),
                                         (_WITH, False)):
                for match in pattern.finditer(clause):
                    verb = base_of(match["verb"])
                    is_participle = match["verb"].lower() != verb or match["verb"].lower() in _IRREGULAR
                    is_state = passive and verb in _STATES or verb in _KEEPING and _UNTOUCHED.match(clause, match.end())
                    is_sum = pattern is _WITH and bool(figures_in(match[0]))
                    is_plain = verb in _BY_ME or verb == "put" and _INTO_YOURS.match(clause, match.end())
                    is_weak = verb in _WEAK and not (pattern is _FIRST and is_plain)
                    if is_participle and doings_of(verb) and not (is_weak or is_state or is_sum):
                        yield DeedClaim(verb, doings_of(verb), clause, passive, pattern in (_FIRST, _OPENING))


_ASKS = re.compile(
    r"(?:^|[.!?;:]\s+|,?\s+(?:and|then|also)\s+(?:then\s+|also\s+|please\s+)?|,\s*(?:please\s+)?|\bplease\s+|"
    r"\b(?:could|can|would|will) you\s+(?:please\s+|kindly\s+|also\s+)?|\b(?:want|need|like|ask) you to\s+|"
    r"\bI(?:['’]d like| want| would like| need| wish) to\s+|\blet['’]?s\s+"
    r"|\bhelp me (?:to )?)"
    r"(?P<verb>(?!(?:please|could|can|would|will|i|let|help|also|then)\b)[a-z-]+)\b(?=(?P<rest>[^.!?;]*))",
    re.IGNORECASE,
)


def asked_for(told: str) -> list[tuple[str, frozenset[Doing], str]]:
    """Return the orders in what a person said: each verb with its kinds and the words after it."""
    found = [
        (verb, match["rest"]) for match in _ASKS.finditer(told)
        if base_of(verb := match["verb"].lower()) == verb and not _is_a_noun(match, told)
    ]
    return [(verb, kinds, rest) for verb, rest in found if (kinds := _kinds_asked(verb, rest))]


def _is_a_noun(order: re.Match[str], told: str) -> bool:
    """Return whether what may be an order only names a thing, by its number, or in a question that opens with it: order
    B25-0911, alert level of Etna?"""
    opens = not order[0].strip().rpartition(" ")[0] and not told[: order.start("verb")].strip(" .!?")
    is_question = opens and told[order.end("verb") :].startswith(order["rest"] + "?")
    is_named = re.fullmatch(r"\s+(?=\S*\d)[\w-]+", order["rest"].rstrip())
    return bool(is_question or is_named or order["verb"].lower().endswith("ing"))


def all_asked(told: str) -> frozenset[str]:
    """Return the words that stand where orders have their verb, of whatever kind."""
    return frozenset(base_of(match["verb"]) for match in _ASKS.finditer(told))


def _kinds_asked(verb: str, rest: str) -> frozenset[Doing]:
    """Return what kinds of change a verb asks for with the words after it; none if it asks for nothing but an answer:
    report the results."""
    kinds = doings_of(verb) if verb not in _TELLING or not _RESULTS.match(rest) else frozenset()
    return kinds - {Doing.DELETE} if verb in WITH_PARTICLE and not _PARTICLE.match(rest) else kinds


def speaks_of_removal(told: str) -> bool:
    """Return whether people spoke of taking something away: in a verb of its own, or get rid of it, take it down."""
    return bool(_REMOVAL.search(told)) or any(
        Doing.DELETE in doings_of(word) and base_of(word) not in WITH_PARTICLE
        for word in re.findall(r"[a-z]+", told.lower())
    )
