"""The assistant's last turn: the content of the observations in sentences, and nothing else."""

import json
import random
import re
from collections.abc import Sequence
from typing import Any

from offline_llm.knowledge.english import enumerated, split_identifier
from offline_llm.language.comparisons import NAMES, answered, without_comparison
from offline_llm.language.described_functions import DescribedFunction
from offline_llm.language.understanding import main_verbs
from offline_llm.roles.plan_progress import CallState

MOST_FACTS, MOST_ITEMS = 6, 5
_NAMES = NAMES | {"text", "quote", "fact"}


def final_answer(instruction: str, states: Sequence[CallState], roll: random.Random) -> str:
    """Return the answer to the user after all calls were made or given up."""
    parts = [_told(state, roll) for state in states]
    if not parts:
        return "I am sorry, but I cannot do that with the functions I have."
    openers = ("First: ", "Then: ", "After that: ", "Next: ", "Also: ", "Finally: ") if len(parts) > 1 else ("",) * 5
    text = " ".join(f"{openers[min(index, 4)]}{part}" for index, part in enumerate(parts))
    return f"{text} {_compared(instruction, states)}".rstrip()


def final_thought(states: Sequence[CallState], roll: random.Random) -> str:
    """Return the thought before the answer: which calls succeeded and which did not."""
    done, failed = ([state.call.function.purpose for state in states if (state.answer is not None) is wanted]
                    for wanted in (True, False))
    if not done:
        return f"I could not {enumerated(failed) or 'do what was asked'}, so I say so and why."
    opening = roll.choice(("The results let me", "With what came back I can", "The service has answered, so I can"))
    text = f"{opening} report on what I called it for: to {enumerated(list(dict.fromkeys(done)))}."
    return f"{text} I could not {enumerated(failed)}, and say that too." if failed else \
        f"{text} {roll.choice(('Nothing is left to call.', 'That is all that was asked for.', 'I can answer now.'))}"


def _compared(instruction: str, states: Sequence[CallState]) -> str:
    """Return the answer to the instruction's comparing question; "" if there is none."""
    _, comparison = without_comparison(instruction)
    responses = [(_label(state, states), state.answer.response) for state in states if state.answer]
    return answered(comparison, responses) if comparison and len(responses) == len(states) else ""


def _label(state: CallState, states: Sequence[CallState]) -> str:
    """Return what distinguishes a call from the others: the argument that differs."""
    differing = [value for name, value in state.call.arguments.items()
                 if any(other.call.arguments.get(name) != value for other in states)]
    return str(differing[0]) if differing else state.call.function.name


def _told(state: CallState, roll: random.Random) -> str:
    if state.answer is None:
        return _failed(state)
    opening = _opening(state.call.function, roll)
    if "[cut" in state.answer.observation:
        return f"{opening} the answer is too long to repeat here in full."
    response = state.answer.response
    if response is None:
        text = state.answer.observation.partition("Response:")[2].strip()
        return f"{opening} {text[:400]}" if text and not text.startswith("(no content") else \
            "That is done; the service confirmed it without further words."
    return f"{opening} {facts(response)}"


def _opening(function: DescribedFunction, roll: random.Random) -> str:
    groups = main_verbs(function)
    if groups & {"delete"}:
        return roll.choice(("It has been taken care of:", "The service has answered:"))
    if groups & {"create", "change", "send"}:
        return roll.choice(("That is done:", "It worked:", "I have taken care of it:"))
    return roll.choice(("Here is what I found:", "This is the result:", "I looked it up for you:",
                        "This is what came back:"))


def _failed(state: CallState) -> str:
    """Return an honest sentence about a call that could not be made or did not succeed."""
    what = state.call.function.purpose if state.call.function.summary.rstrip(".") else "do that"
    reason = state.given_up or "it did not succeed"
    if match := re.search(r"Response:\s*(.*)", reason, re.DOTALL):
        message = re.search(r'"(?:error|message|detail|title)"\s*:\s*"([^"]+)"', match[1])
        reason = f"the service answered: {message[1]}" if message else "the service refused the request"
    elif len(reason) > 160 or '"' in reason:
        reason = "the request was refused again and again"
    return f"I am sorry, but I could not {what}: {reason.rstrip('.')}."


def facts(response: Any) -> str:
    """Return the content of a JSON response in a few sentences."""
    if isinstance(response, list):
        return _items(response, "entries")
    if not isinstance(response, dict):
        return f"{_value(response)}."
    plain = [(key, value) for key, value in response.items() if _is_plain(value)]
    lists = [(key, value) for key, value in response.items() if isinstance(value, list)]
    inner = [(key, value) for key, value in response.items() if isinstance(value, dict) and value]
    told = enumerated([f"the {_words(key)} is {_value(value)}" for key, value in plain[:MOST_FACTS]])
    sentences = [f"{told}."] if told else []
    sentences += [f"{_words(key)}: {_items(value, key)}" for key, value in lists[:2]]
    sentences += [f"{_words(key)}: {facts(value)}" for key, value in inner[:2]]
    text = " ".join(sentences) or "the answer holds no details."
    return text[:1].lower() + text[1:] if text.startswith("The ") else text


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) and value != ""


def _words(key: str) -> str:
    return " ".join(split_identifier(key)) or key


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.rstrip(".") if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _items(values: list[Any], key: str) -> str:
    if not values:
        return f"there are no {_words(key)}."
    shown = [_item(value) for value in values[:MOST_ITEMS]]
    more = "; and more" if len(values) > MOST_ITEMS else ""
    return f"{'; '.join(shown)}{more}."


def _item(value: Any) -> str:
    """Return one entry of a list: its name first, other facts in brackets."""
    if not isinstance(value, dict):
        return _value(value) if not isinstance(value, list) else enumerated([_item(one) for one in value[:MOST_ITEMS]])
    plain = [(key, one) for key, one in value.items() if _is_plain(one)]
    named = next((pair for pair in plain if _NAMES.intersection(split_identifier(pair[0])[-1:])
                  and isinstance(pair[1], str)), None)
    rest = [(key, one) for key, one in plain if named is None or key != named[0]][:5]
    described = ", ".join(f"{_words(key)} {_value(one)}" for key, one in rest)
    if named is None:
        return described or "an entry without details"
    return f"{_value(named[1])} ({described})" if described else _value(named[1])
