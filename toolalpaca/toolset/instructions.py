"""Stage 4: instructions that users might give to an API, of several kinds and without near-duplicates."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from toolalpaca.conversation.function_choice import limited
from toolalpaca.conversation.functions import EXTERNAL_DESCRIPTIONS, external_tools, own_functions
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.core.run_log import Report
from toolalpaca.data.day import USUAL_NOW, day_in_words
from toolalpaca.data.record_types import DATE_TIME, ApiRecord
from toolalpaca.llm.chat import ChatModel, user_message
from toolalpaca.llm.prompts import INSTRUCTIONS, numbered_items
from toolalpaca.llm.store import call_key
from toolalpaca.llm.usage import LikelyCall, tokens_of
from toolalpaca.matching.language.near_duplicates import NearDuplicates
from toolalpaca.runner.executor import Result, TaskContext
from toolalpaca.toolset.quotas import INSTRUCTION_KINDS, SEPARATOR, Order, mix_in_words

PLACEHOLDERS = {"name", "description", "introduction", "functions", "number", "kinds", "day", *INSTRUCTION_KINDS}
STAGE = "instruction"
TYPICAL_TOKENS = {"plain": 45, "story": 110}  # of one instruction
_LABEL = re.compile(r"^\W*(?:user\s+)?(?:instruction|question|request)\s*\d*\s*[*_]*:[*_]*\s*", re.IGNORECASE)
_KIND = re.compile(rf"^\W*?\[\W*({'|'.join(INSTRUCTION_KINDS)})\W*\]\W*?(?=[\w\"'“‘(]|$)", re.IGNORECASE)
_WRAPPERS = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`", "**": "**"}


@dataclass(frozen=True)
class Instruction:
    """What a user says first, its kind ("" if the writer did not say), and what the user says afterwards."""

    text: str
    kind: str = ""
    follow_ups: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """Return everything the user says, for comparison with other instructions."""
        return " ".join((self.text, *self.follow_ups))


@dataclass(frozen=True)
class Instructions:
    """The instructions written for one API, the day for which, and how many near-duplicates were dropped."""

    items: list[Instruction]
    day: date
    alike: int = 0

    def keys(self, kept: Sequence[Instruction]) -> dict[str, Any]:
        """Return the record's keys for those that are kept; `Follow_Ups` only if there are any."""
        keys: dict[str, Any] = {"Instructions": [item.text for item in kept],
                                "Instruction_Kinds": [item.kind for item in kept],
                                "Instruction_Day": self.day.isoformat()}
        if any(item.follow_ups for item in kept):
            keys["Follow_Ups"] = [list(item.follow_ups) for item in kept]
        return keys


@dataclass(frozen=True)
class InstructionRequest:
    """An API and the orders for it; the call for an order is shown `max_functions` of the functions, drawn for it."""

    record: ApiRecord
    orders: Sequence[Order]
    max_functions: int | None = None

    @classmethod
    def of(cls, record: ApiRecord, orders: Sequence[Order], max_functions: int | None) -> "InstructionRequest":
        """Return the request with its orders divided, so that most functions of a large API are shown in some call."""
        count = len(own_functions(record))
        if max_functions is None or count <= max_functions:
            return cls(record, orders)
        draws = math.ceil(count / max_functions)
        return cls(record, [part for order in orders for part in order.divided(draws)], max_functions)

    def shown(self, number: int) -> ApiRecord:
        """Return the record with the functions that the call for the order of this number is shown."""
        return limited(self.record, self.max_functions, f"{self.name} {number}")

    def unseen(self) -> int:
        """Return how many of the API's functions no call is shown."""
        if self.max_functions is None:
            return 0
        seen = {name for number in range(len(self.orders)) for name in own_functions(self.shown(number))}
        return len(set(own_functions(self.record)) - seen)

    @property
    def name(self) -> str:
        """Return the record name under which its calls are stored."""
        return self.record["Name"]


@dataclass(frozen=True)
class InstructionsWork:
    """The work of this stage: from an API with orders to its instructions. `settings` are those of the stage that
    decide what is written."""

    settings: dict[str, Any]
    clock: Callable[[], datetime]

    def begin(self, context: TaskContext) -> Callable[[InstructionRequest], Instructions]:
        """Return `write_instructions` with the writer's model, for the day on which a record was first asked for."""
        store = context.store

        def write(wanted: InstructionRequest) -> Instructions:
            key = call_key(kind="clock", stage=STAGE, record=wanted.name, settings=self.settings)
            now = store.moment(key, stage=STAGE, record=wanted.name, clock=self.clock)
            return write_instructions(wanted, context.models["writer"], now)

        return write


@dataclass
class WrittenInstructions:
    """What the writer has produced for one API so far: `kept` by order, and the number of near-duplicates dropped."""

    kept: list[list[Instruction]] = field(default_factory=list)
    alike: int = 0
    _distinct: NearDuplicates = field(default_factory=NearDuplicates)
    _seen: set[str] = field(default_factory=set)

    def take(self, instruction: Instruction) -> str | None:
        """Keep an instruction, or return the earlier one that it is too close to; exact repeats are ignored."""
        text = instruction.whole
        if _same(text) in self._seen:
            return None
        self._seen.add(_same(text))
        earlier = self._distinct.add_if_distinct(text)
        if earlier is None:
            self.kept[-1].append(instruction)
        else:
            self.alike += 1
        return earlier

    def in_order(self, orders: Sequence[Order]) -> list[Instruction]:
        """Return as many instructions as each order asks for, then any extra ones."""
        pairs = list(zip(self.kept, orders, strict=False))
        return [item for items, order in pairs for item in items[:order.number]] + \
            [item for items, order in pairs for item in items[order.number:]]


def write_instructions(wanted: InstructionRequest, model: ChatModel, now: datetime) -> Instructions:
    """Return the instructions ordered for one API and this day, followed by any extra ones the model wrote.

    Near-duplicates are dropped and replaced; there are fewer if a model keeps writing near-duplicates. Raises
    RecordError if the model writes too few; those it wrote are in the error's `partial`.
    """
    if not wanted.record.get("NLDocumentation"):
        raise RecordError(FailureKind.NO_DOCUMENTATION,
                          "no functions to write instructions for; run tool_maker/get_elements.py and "
                          "tool_maker/natural_language_documentation.py first")
    written = WrittenInstructions()
    for number, order in enumerate(wanted.orders):
        try:
            _ask(wanted.name, _filled(wanted.shown(number), order, now), model, order, written)
        except RecordError as error:
            error.partial = {"Instructions": Instructions(written.in_order(wanted.orders), now.date())}
            raise
    return Instructions(written.in_order(wanted.orders), now.date(), written.alike)


def _ask(record: str, prompt: str, model: ChatModel, order: Order, written: WrittenInstructions) -> None:
    """Let the model write until `written` holds the order, or as much as it can without near-duplicates."""
    written.kept.append([])
    own, alike_before = written.kept[-1], written.alike

    def read(answer: str) -> None:
        repeats = [(item.text, earlier) for item in clean_instructions(answer) if (earlier := written.take(item))]
        if len(own) < order.number:
            raise ValueError(f"{len(own)} different instructions so far, {order.number} are needed; "
                             + "".join(f"{text!r} is too close to {earlier!r}; " for text, earlier in repeats[:3])
                             + "write a numbered list of new ones, one instruction a line")

    try:
        model.ask(user_message(prompt), read, record=record, form=INSTRUCTIONS)
    except RecordError as error:
        if error.kind is not FailureKind.TOO_FEW_INSTRUCTIONS or len(own) + written.alike - alike_before < order.number:
            raise


def likely_calls(wanted: InstructionRequest) -> list[LikelyCall]:
    """Return the one call per order that it takes if the answer is right the first time."""
    return [LikelyCall("writer", tokens_of(_filled(wanted.shown(number), order, USUAL_NOW)),
                       TYPICAL_TOKENS[order.form] * order.number) for number, order in enumerate(wanted.orders)]


def _filled(record: ApiRecord, order: Order, now: datetime) -> str:
    functions = (record.get("NLDocumentation") or "").strip()
    if DATE_TIME in external_tools(record):
        functions = f"{DATE_TIME}: {EXTERNAL_DESCRIPTIONS[DATE_TIME]}\n{functions}"
    return order.prompt.fill(
        name=record["Name"], description=record.get("Description") or "", number=str(order.number),
        introduction=record.get("Introduction") or "", functions=functions, day=day_in_words(now),
        kinds=order.kinds_in_words(), **{kind: str(count) for kind, count in order.kinds.items()})


def clean_instructions(answer: str) -> list[Instruction]:
    """Return the items of a numbered list without numbers, labels, quotes and extra blanks, and without repeats.

    Raises ValueError for an answer in JSON that does not have the requested form.
    """
    instructions: dict[str, Instruction] = {}
    structured = INSTRUCTIONS.read(answer)
    for item in structured["instructions"] if structured else numbered_items(answer):
        instruction = _instruction(item)
        if re.search(r"\w", instruction.text):
            instructions.setdefault(_same(instruction.whole), instruction)
    return list(instructions.values())


def _instruction(item: str) -> Instruction:
    """Return an item as its kind, given in brackets before it, and what the user says, turn by turn."""
    text = _unwrapped(" ".join(item.split()))
    marked = _KIND.match(text)
    rest = _unwrapped(text[marked.end():].strip()) if marked else text
    said = [part for piece in rest.split(SEPARATOR) if (part := _clean(piece))]
    kind = "follow_up" if len(said) > 1 else marked[1].lower() if marked else ""
    return Instruction(said[0] if said else "", kind, tuple(said[1:]))


def _clean(item: str) -> str:
    text = _LABEL.sub("", _unwrapped(item.strip()))
    return _unwrapped(text)


def _unwrapped(text: str) -> str:
    for opening, closing in _WRAPPERS.items():
        inner = text[len(opening):len(text) - len(closing)]
        if len(text) > 2 and text.startswith(opening) and text.endswith(closing) and opening not in inner:
            text = inner.strip()
    return text


def _same(text: str) -> str:
    """Return an instruction normalised so that differences in case, blanks and punctuation do not count."""
    return " ".join(re.findall(r"\w+", text.casefold()))


@dataclass
class KindCounts:
    """Counts by kind over all files of a run: requested, written, near-duplicates dropped, and missing."""

    asked_for: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    within: int = 0
    across: int = 0
    short: int = 0

    def keep(self, items: Iterable[Instruction], most: int, distinct: NearDuplicates) -> list[Instruction]:
        """Return the first `most` items that are unlike those in `distinct`, and add them to it."""
        kept: list[Instruction] = []
        for item in items:
            if len(kept) == most:
                break
            if distinct.add_if_distinct(item.whole) is None:
                kept.append(item)
            else:
                self.across += 1
        self.written.update(item.kind or "unmarked" for item in kept)
        return kept


def deduplicated(results: Sequence[Result[Instructions]], most: int,
                 counts: KindCounts) -> list[Result[dict[str, Any]]]:
    """Return the records' new keys: at most `most` instructions per API of a file, without near-duplicates across
    APIs."""
    kept_results: list[Result[dict[str, Any]]] = []
    distinct = NearDuplicates()
    for result in results:
        if result.error is not None:
            if "Instructions" in result.error.partial:
                written: Instructions = result.error.partial["Instructions"]
                result.error.partial.update(written.keys(counts.keep(written.items, most, distinct)))
            kept_results.append(Result(result.index, error=result.error))
        elif result.value is not None:
            kept = counts.keep(result.value.items, most, distinct)
            counts.within += result.value.alike
            counts.short += most - len(kept)
            kept_results.append(Result(result.index, value=result.value.keys(kept)))
    return kept_results


def add_counts(to: Report, counts: KindCounts) -> None:
    """Add to the report what was requested, written and dropped, by kind."""
    to.notes.append(f"{to.stage}: asked for {mix_in_words(counts.asked_for)}; written {mix_in_words(counts.written)}; "
                    f"near-duplicates left out: {counts.within} within an API, {counts.across} of another API's; "
                    f"{counts.short} fewer than asked for")
    to.counts = {"asked_for": dict(counts.asked_for), "written": dict(counts.written),
                 "near_duplicates_within_apis": counts.within, "near_duplicates_across_apis": counts.across,
                 "fewer_than_asked_for": counts.short}
