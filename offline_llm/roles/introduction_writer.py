"""The writer of introductions and function lists, for an API known only by name, category and a one-line
description."""

import json
import random
import re

from offline_llm.knowledge.english import content_stems, enumerated, places_of, plural, verb_groups, word_set, words_of
from offline_llm.knowledge.facts import Category, KnownOperation, Value, category, nouns_of, shape_fields
from offline_llm.language.prompt_reading import labelled, sections
from offline_llm.seeding import seeded_random
from toolalpaca.core.words import stem

UNKNOWN = "*"
MOST = 6  # functions per API
_TOO_GENERAL = word_set("service services collection catalogue catalog database list lists tool tools website "
                        "platform access free open public online simple world things lets offers gives serves")


def introduction(prompt: str, *variant: object) -> str:
    """Return a paragraph that introduces the API."""
    api = labelled(sections(prompt).get("API", ""))
    name, description = api.get("Name", "This API"), api.get("Description", "").rstrip(". ")
    known = category_for(api)
    roll = seeded_random("introduction", api, variant)
    topics = [operation.summary[:1].lower() + operation.summary[1:]
              for operation in chosen_operations(known, api)][:2]
    purpose = f"{name} {_lowered(description)}" if _starts_with_verb(description) else \
        f"{name} offers {_lowered(description)}" if description else f"{name} offers {known.offers}"
    return " ".join(filter(None, (
        f"{purpose}.", f"The service covers {known.offers}.",
        f"With a few calls a developer can {enumerated(topics)}." if topics else "",
        f"It serves {known.users}.",
        roll.choice(("Programs reach it over HTTP and get JSON.",
                     "It answers ordinary HTTP requests with JSON.")))))


def _lowered(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text if first.isupper() and len(first) > 1 else text[:1].lower() + text[1:]


def _starts_with_verb(text: str) -> bool:
    first = (words_of(text) or [""])[0]
    return first.endswith("s") and not first.endswith("ss") and bool(verb_groups(first) or first[-2:] in ("es", "ts"))


def category_for(api: dict[str, str]) -> Category:
    """Return the knowledge about the API's category, with the noun used in its description."""
    name = api.get("Category", "")
    nouns = nouns_of(name)
    text = f"{api.get('Description', '')} {api.get('Name', '')}"
    if nouns:
        return category(name, noun_in(text, nouns) or nouns[0])
    return category(UNKNOWN, _noun_of_unknown(text, name))


def noun_in(text: str, nouns: list[str]) -> str | None:
    """Return the first of the nouns in a text; None if there is none."""
    stems = [stem(word) for word in words_of(text)]
    found = {noun: places[0] for noun in nouns if (places := places_of([*map(stem, words_of(noun))], stems))}
    return min(found, key=lambda noun: (found[noun], -len(noun))) if found else None


def _noun_of_unknown(text: str, category_name: str) -> str:
    """Return a word from the description, or from the category, for what the API deals with."""
    words = [word for word in [*words_of(text), *words_of(category_name)]
             if re.fullmatch(r"[a-z]{4,}", word) and content_stems(word) and word not in _TOO_GENERAL]
    plurals = [stem(word) for word in words if stem(word) != word and plural(stem(word)) == word]
    nouns = [*plurals, *(word for word in words if not verb_groups(word))]
    return nouns[0] if nouns else "item"


def function_list(prompt: str, *variant: object) -> str:
    """Return the numbered list of functions."""
    api = labelled(sections(prompt).get("API", ""))
    chosen = chosen_operations(category_for(api), api, *variant)
    roll = seeded_random("function-values", api, variant)
    entries = []
    for number, one in enumerate(chosen, 1):
        inputs = {name: f"{'Required' if required else 'Optional'}. {_type(value)}. {describe(value, roll)}"
                  for name, (required, value) in one.parameters.items()}
        entries.append(f"{number}. Name: {one.name}\nDescription: {one.summary}.\n"
                       f"Input: {json.dumps(inputs, ensure_ascii=False)}\nOutput: {one.says}")
    return "\n\n".join(entries)


def _type(value: Value) -> str:
    return "Array of String" if value.type == "array" else value.type.capitalize()


def describe(value: Value, roll: random.Random) -> str:
    """Return a parameter's description with examples, bounds or choices in words."""
    text = value.description.rstrip(".")
    if value.enum:
        return f"{text}. One of: {', '.join(value.values)}."
    if value.format == "date":
        return f"{text}, in the form YYYY-MM-DD."
    if value.type == "integer" and value.low is not None and value.high is not None:
        return f"{text}, from {int(value.low)} to {int(value.high)}."
    short = [one for one in value.values if len(one) < 28 and not re.search(r"[,.;:()'\"]", one)]
    if value.type == "string" and len(short) > 1 and value.kind != "key":
        return f"{text}, such as {' or '.join(roll.sample(short, 2))}."
    return f"{text}."


def chosen_operations(known: Category, api: dict[str, str], *variant: object) -> list[KnownOperation]:
    """Return two to six of the category's operations: those closest to the description, and what they depend on."""
    roll = seeded_random("functions", api, variant)
    wanted = set(content_stems(f"{api.get('Description', '')} {api.get('Name', '')}"))
    weight = {operation.name: len(wanted & ({stem(word) for word in operation.keys} |
                                            set(content_stems(operation.summary)))) + roll.random()
              for operation in known.operations}
    ranked = sorted(known.operations, key=lambda operation: -weight[operation.name])
    count = roll.choices((3, 4, 5, 6), weights=(2, 4, 4, 2))[0]
    chosen: list[KnownOperation] = []
    for operation in ranked:
        needed = [operation, *_sources(operation, known)]
        fresh = [one for one in needed if one not in chosen]
        if len(chosen) + len(fresh) <= count:
            chosen += fresh
    if not any(_needs_result(operation) for operation in chosen):
        chosen = _with_a_chain(chosen, ranked, known)
    for operation in [one for one in chosen if one.method != "get"]:
        reader = _reader(operation, known)
        if reader is not None and reader not in chosen and len(chosen) < MOST:
            chosen.append(reader)
    return [operation for operation in known.operations if operation in chosen]


def _reader(operation: KnownOperation, known: Category) -> KnownOperation | None:
    """Return the operation that reads what this one writes, with the same identifier; None if there is none."""
    ids = {name for name, value in {**shape_fields(operation.output, known),
                                    **{name: value for name, (_, value) in operation.parameters.items()}}.items()
           if value.kind in ("key", "id")}
    return next((one for one in known.operations if one.method == "get"
                 and ids & {*shape_fields(one.output, known), *one.parameters}), None)


def _with_a_chain(chosen: list[KnownOperation], ranked: list[KnownOperation],
                  known: Category) -> list[KnownOperation]:
    """Return the same with an operation that needs another's result, if the category has one."""
    for operation in ranked:
        if _needs_result(operation) and (sources := _sources(operation, known)):
            needed = [operation, *sources]
            rest = [one for one in chosen if one not in needed]
            return [*needed, *rest][:MOST]
    return chosen


def _needs_result(operation: KnownOperation) -> bool:
    return any(required and value.kind in ("key", "id") for required, value in operation.parameters.values())


def _sources(operation: KnownOperation, known: Category) -> list[KnownOperation]:
    """Return the operations that return the identifiers this one needs, and recursively those that these need."""
    found: list[KnownOperation] = []
    pending = [operation]
    while pending:
        one = pending.pop()
        for name, (required, value) in one.parameters.items():
            if required and value.kind in ("key", "id"):
                source = next((other for other in known.operations if name in shape_fields(other.output, known)
                               and not other.parameters.get(name, (False,))[0]), None)
                if source and source not in found:
                    found.append(source)
                    pending.append(source)
    return found
