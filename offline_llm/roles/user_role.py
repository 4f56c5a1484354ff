"""The user role: answers the assistant's questions with plausible values, always the same value for the same
parameter."""

import re
from collections.abc import Iterator
from typing import Any

from offline_llm.knowledge.english import enumerated, spoken, words_of
from offline_llm.knowledge.facts import draw, kind_of_name, lexicon, parse_value
from offline_llm.language.described_functions import EXTERNAL, DescribedFunction, DescribedParameter, parse_functions
from offline_llm.language.filling import fill, label_places
from offline_llm.language.parameter_values import drawn_argument
from offline_llm.language.phrasing import capitalised, spoken_value
from offline_llm.language.prompt_reading import sections
from offline_llm.language.understanding import PlannedCall, best_function, plan
from offline_llm.seeding import seeded_random


def answer_question(prompt: str, *variant: object) -> str:
    """Return the user's answer to the question in the prompt."""
    parts = sections(prompt)
    functions = [one for one in parse_functions(parts.get("Functions the assistant can call", ""))
                 if one.name not in EXTERNAL]
    instruction = parts.get("Your instruction", "").strip()
    question = parts.get("The assistant's question", "").strip()
    history = parts.get("What was said before", "").strip()
    asked = list(asked_parameters(functions, instruction, question))
    said = "\n".join(re.findall(r"^You: (.*)$", history, re.MULTILINE))
    calls = plan(functions, instruction)
    values = [(parameter, _said(function, parameter, calls, said)
               or _chosen(function, parameter, calls, instruction)) for function, parameter in asked]
    roll = seeded_random("user", instruction, question, variant)
    if not values:
        return _anything(instruction, question)
    if len(values) == 1 and roll.random() < 0.3:
        return f"It's {spoken_value(values[0][0], values[0][1], roll)}."
    told = [f"the {spoken(parameter.label)} is {spoken_value(parameter, value, roll)}" for parameter, value in values]
    return f"{capitalised(enumerated(told))}."


def say_next(prompt: str) -> str:
    """Return the next thing that the user has in mind, as it is written in the prompt."""
    left = sections(prompt).get("What is left, in this order", "").strip()
    return re.sub(r"^1\. ", "", left.partition("\n")[0])


def asked_parameters(functions: list[DescribedFunction], instruction: str,
                     question: str) -> Iterator[tuple[DescribedFunction, DescribedParameter]]:
    """Return the parameters a question names, those of the needed function first; each label once."""
    calls = plan(functions, instruction)
    best, _ = best_function(tuple(functions), instruction) if functions else (None, 0)
    ranked = [call.function for call in calls if call.missing] + [call.function for call in calls]
    ranked += [best] if best else []
    ranked += [function for function in functions if function not in ranked]
    seen: set[tuple[str, ...]] = set()
    covered: list[tuple[int, int]] = []
    for function in dict.fromkeys(ranked):
        for parameter in sorted(function.parameters, key=lambda one: (not one.required, -len(one.label))):
            places = [(start, end) for quality, start, end in label_places(parameter.label, question)
                      if quality >= 0.8 and not any(start < high and low < end for low, high in covered)]
            if places and parameter.label not in seen:
                seen.add(parameter.label)
                covered.append(places[0])
                yield function, parameter


def _said(function: DescribedFunction, parameter: DescribedParameter, calls: list[PlannedCall], said: str) -> Any:
    """Return what the user has already said about a parameter, in the instruction or in an earlier answer."""
    for call in calls:
        if call.function is function and parameter.name in call.arguments:
            return call.arguments[parameter.name]
    places = [place for place in label_places(parameter.label, said) if place[0] >= 0.8]
    found = fill(function, said, only=[parameter.name]) if places else {}
    return found[parameter.name][0] if parameter.name in found else None


def _chosen(function: DescribedFunction, parameter: DescribedParameter, calls: list[PlannedCall],
            instruction: str) -> Any:
    """Return a value that goes with what the instruction says for the same call."""
    given = next((call.arguments for call in calls if call.function is function), {})
    value = drawn_argument(function, parameter, given, seeded_random("user value", instruction, parameter.label))
    return value if not isinstance(value, bool) else "yes" if value else "no"


def _anything(instruction: str, question: str) -> str:
    """Return an answer to a question that names none of the parameters."""
    roll = seeded_random("user anything", instruction, question)
    kinds = [kind for word in words_of(question) if (kind := kind_of_name(word)) and kind not in ("text", "id", "key")]
    if kinds and "values" in lexicon()[kinds[0]]:
        return f'It\'s "{draw(parse_value(kinds[0], described=False), roll)}".'
    return roll.choice(("I have nothing to add to what I said, please go on with that.",
                        "That is all I know; please work with what I told you."))
