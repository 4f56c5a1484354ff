"""The instruction writer: drafts plans of calls with concrete values and words each as a request.

A sentence is kept if the assistant's own parser (`understanding.plan`) recovers the plan it was made from, so that no
instruction asks for anything that cannot be found in it.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from offline_llm.knowledge.english import SENTENCES, enumerated
from offline_llm.knowledge.facts import kind_of_name
from offline_llm.language.described_functions import EXTERNAL, DescribedFunction, parse_functions
from offline_llm.language.phrasing import capitalised, detail, request, spoken_value, thing, verb_phrase
from offline_llm.language.prompt_reading import sections
from offline_llm.language.understanding import PlannedCall, main_verbs, plan
from offline_llm.roles.instruction_drafts import Draft, Drafter
from offline_llm.seeding import seeded_random

# The ways to draft each kind, in order of preference; several first choices take turns.
WAYS = {"single": (("single",),), "multi": (("chain", "implied", "pair"), ("implied", "chain", "pair"),
                                            ("pair", "chain"), ("implied", "chain", "pair")),
        "missing": (("missing",),), "none": (("none",),), "follow_up": (("follow_up",),),
        "compare": (("compare",),), "parallel": (("repeat", "pair"), ("pair", "repeat"))}
KIND_OF_WAY = {"single": "single", "chain": "multi", "implied": "multi", "pair": "multi", "repeat": "parallel"}
USUAL = {"single": 0.4, "multi": 0.4, "missing": 0.1, "none": 0.1}  # if a prompt gives no numbers
TRIES, WORDINGS = 10, 3
SEPARATOR = " || "  # between the user's turns in a follow_up


def instruction_list(prompt: str, *variant: object) -> str:
    """Return the numbered list of instructions, each with its kind in brackets."""
    parts = sections(prompt)
    described = parts.get("Functions", "")
    functions = [one for one in parse_functions(described) if one.name not in EXTERNAL]
    asked = re.search(r"Write (\d+) (?:different |further |more )?instructions", prompt)
    number = min(int(asked[1]), 200) if asked else 10
    if not functions:
        return "I cannot see any function to write instructions for."
    is_story, kinds = "story" in prompt.split("\n", 1)[0], kinds_in(prompt, number)
    roll = seeded_random("instructions", parts.get("API", ""), described, kinds, is_story, variant)
    writer = InstructionWriter(functions, roll, is_story)
    return "\n".join(f"{place}. [{kind}] {SEPARATOR.join(said)}"
                     for place, (kind, said) in enumerate(writer.write(kinds), 1))


def kinds_in(prompt: str, number: int) -> list[str]:
    """Return the kind of each instruction, in the numbers given in the prompt."""
    counts = {kind: int(count) for count, kind in re.findall(r"^- (\d+) of the kind (\w+):", prompt, re.MULTILINE)}
    counts = counts or {kind: round(part * number) for kind, part in USUAL.items()}
    kinds = [kind for kind, count in counts.items() if kind in WAYS for _ in range(count)]
    return (kinds + ["single"] * number)[:number]


@dataclass
class InstructionWriter:
    """Writes the instructions for one API."""

    functions: Sequence[DescribedFunction]
    roll: random.Random
    story: bool = False
    _turns: Counter[str] = field(default_factory=Counter)
    _decks: dict[str, list[str]] = field(default_factory=dict)  # of SENTENCES, those that are left
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.drafter = Drafter(self.functions, self.roll)

    def write(self, kinds: list[str]) -> list[tuple[str, list[str]]]:
        """Return an instruction of each kind, all different: its kind, and what the user says, turn by turn.

        A kind that the functions do not allow is replaced by another.
        """
        self.roll.shuffle(kinds)
        written: list[tuple[str, list[str]]] = []
        for kind in kinds:
            written.append(self._of_kind(kind) or ("single", [self._unverified([said[0] for _, said in written])]))
        return written

    def _of_kind(self, kind: str) -> tuple[str, list[str]] | None:
        """Return an instruction of a kind, or of another if the functions do not allow it; None if none is possible."""
        ways = WAYS[kind][self._turns[kind] % len(WAYS[kind])]
        self._turns[kind] += 1
        for way in (*ways, *(one for one in KIND_OF_WAY if one not in ways)):
            if said := self._one(way):
                return kind if way in ways else KIND_OF_WAY[way], said
        return None

    def _one(self, way: str) -> list[str] | None:
        """Return an instruction from which its plan can be recovered; None if a few attempts give none."""
        for _ in range(TRIES):
            draft = self.drafter.draft(way)
            if draft is None or self._key(draft) in self._seen:
                continue
            for _ in range(WORDINGS):
                said = self._worded(draft)
                if self._reads_back(said, draft):
                    self._seen.add(self._key(draft))
                    self.drafter.count(draft)
                    return said
        return None

    def _reads_back(self, said: list[str], draft: Draft) -> bool:
        wanted = [] if draft.way == "none" else [call.outline() for call in draft.calls]
        first = wanted[:draft.first_turn_calls or None]
        return [call.outline() for call in plan(self.functions, said[0])] == first and \
            [call.outline() for call in plan(self.functions, " ".join(said))] == wanted

    def _key(self, draft: Draft) -> tuple[object, ...]:
        return tuple(call.outline() for call in draft.calls)

    def _unverified(self, texts: list[str]) -> str:
        """Return a plain sentence about some function, for documents whose functions cannot be told apart."""
        while True:
            function = self.roll.choice(list(self.functions))
            text = request(verb_phrase(function, self.drafter.arguments(function), self.roll), self._form())
            if text not in texts:
                return text
            if self.roll.random() < 0.2:
                return f"{self._background()} {text}"

    def _fresh(self, kind: str) -> str:
        """Return one of the sentences of a kind that was not used recently."""
        if not self._decks.get(kind):
            self._decks[kind] = self.roll.sample(SENTENCES[kind], len(SENTENCES[kind]))
        return self._decks[kind].pop()

    def _form(self) -> str:
        return self._fresh("requests")

    def _background(self) -> str:
        return self._fresh("stories" if self.story else "backgrounds")

    def _worded(self, draft: Draft) -> list[str]:
        """Return what the user says for a draft, in one or several turns."""
        phrases = self._phrases(draft)
        later = [self._later(draft, phrases[1:])] if draft.first_turn_calls else []
        text = self._request(draft, phrases[:1] if later else phrases)
        if draft.question:
            text = f"{text} {draft.question}"
        if self.story:
            text = f"{self._background()} {self._background()} {text} {self.roll.choice(SENTENCES['endings'])}"
        elif self.roll.random() < 0.35 and not text.startswith(("Hey", "Hi", "Quick one")):
            text = f"{self._background()} {text}"
        return [text, *later]

    def _request(self, draft: Draft, phrases: list[str]) -> str:
        if draft.way == "repeat":
            others = "" if draft.first_turn_calls else self._repeats(draft)
            return request(phrases[0] + others, self._form())
        if len(phrases) == 1:
            return self._single(phrases[0], draft)
        if self.roll.random() < 0.5:
            opener = self.roll.choice(("Then", "After that,", "Also", "And then"))
            return f"{request(phrases[0], self._form())} {opener} {phrases[1]}."
        return self.roll.choice(SENTENCES["joins"]).format(capitalised(phrases[0]), phrases[1])

    def _repeats(self, draft: Draft) -> str:
        """Return the further values for which the first call is wanted: ", and the same for Porto and Ghent"."""
        first, *others = draft.calls
        changed = next(one for one in first.function.parameters
                       if first.arguments.get(one.name) != others[0].arguments.get(one.name))
        return ", and the same for " + enumerated([spoken_value(changed, call.arguments[changed.name], self.roll)
                                                   for call in others])

    def _later(self, draft: Draft, phrases: list[str]) -> str:
        """Return what the user says after the first answer."""
        if draft.way == "repeat":
            values = self._repeats(draft).removeprefix(", and the same for ")
            return self.roll.choice(("And the same for {}, please.", "Now do the same for {}.", "And the same for {}?")
                                    ).format(values)
        forms = ("Good. Now {}.", "Thanks! Can you {}?", "{}, please.", "Then {}.")
        return request(phrases[0], self.roll.choice(forms))

    def _single(self, phrase: str, draft: Draft) -> str:
        """Return a request for one call; sometimes it names the thing wanted or leaves a value to a second sentence."""
        roll, (call, *others) = self.roll, draft.calls
        optional = [one for one in call.function.parameters if one.name in call.arguments and not one.required
                    and not isinstance(call.arguments[one.name], bool | list)]
        ending = ""
        if not others and optional and roll.random() < 0.35:
            told = roll.choice(optional)
            rest = {name: value for name, value in call.arguments.items() if name != told.name}
            phrase = verb_phrase(call.function, rest, roll, about="my" if call.missing else "")
            ending = f" {detail(told, call.arguments[told.name], roll)}"
        wanted = thing(phrase)
        if wanted and roll.random() < 0.35:
            return roll.choice(SENTENCES["things"]).format(wanted) + ending
        return request(phrase, self._form()) + ending

    def _phrases(self, draft: Draft) -> list[str]:
        """Return one verb phrase per call that is asked for explicitly."""
        if draft.way == "implied":
            return [self._implied(*draft.calls)]
        calls = draft.calls[:1] if draft.way == "repeat" else draft.calls
        return [verb_phrase(call.function, call.arguments, self.roll, about=self._about(draft, call)) for call in calls]

    def _about(self, draft: Draft, call: PlannedCall) -> str:
        """Return how the sentence refers to what a call needs but is not given."""
        if call.references:
            made = main_verbs(draft.calls[0].function) & {"create"}
            return self.roll.choice(("the new", "that") if made else ("the first", "that"))
        return self.roll.choice(("my", "that")) if call.missing else ""

    def _implied(self, finder: PlannedCall, consumer: PlannedCall) -> str:
        """Return a request about something that is named rather than given by its identifier."""
        (name, value), *_ = finder.arguments.items()
        parameter = finder.function.parameter(name)
        kind = kind_of_name(name)
        forms = (' about "{}"', ' on "{}"') if kind == "query" else (' called "{}"', ' "{}"') \
            if kind in ("title", "name", "person") or (parameter and parameter.label[-1] in ("name", "title")) \
            else (' with "{}"', ' for "{}"')
        return verb_phrase(consumer.function, consumer.arguments, self.roll, about="the",
                           called=self.roll.choice(forms).format(value))
