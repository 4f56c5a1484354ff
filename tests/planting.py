"""Plants one error of a known kind into a good instance, to measure how many of them the verification finds.

Each planter gives a changed copy, or None where the instance offers no place for that kind of error. What can be made
to fit the rest of the trace is made to fit: an argument that was never given is repeated by the observation as well.
"""

import copy
import json
import random
import re
from collections.abc import Callable
from typing import Any

from toolalpaca.openapi.api_functions import functions_of

Planter = Callable[[dict, dict, random.Random, list[dict]], dict | None]
PLACES = ["Zanzibar", "Ulaanbaatar", "Timbuktu", "Reykjavik", "Montevideo", "Vladivostok"]
WORDS = ["velvet", "thunder", "marble", "saffron", "glacier", "lantern", "copper", "orchid"]
JSON_FRAGMENT = {"title": "Sample entry", "count": 3, "details": {"checked": True}}


def planted(kind: str, record: dict, instance: dict, roll: random.Random, others: list[dict]) -> dict | None:
    """The instance with an error of this kind; `others` are instances of the same API."""
    return PLANTERS[kind](record, instance, roll, others)


def _api_steps(instance: dict) -> list[int]:
    return [place for place, step in enumerate(instance["intermediate_steps"])
            if step[1].startswith("Status Code: 2") and step[0][0] != "getDetails"]


def _set_call(instance: dict, place: int, action: str, arguments: dict[str, Any]) -> None:
    step = instance["intermediate_steps"][place]
    thought = step[0][2].split("\nAction:")[0]
    text = json.dumps(arguments, ensure_ascii=False)
    step[0][:] = [action, text, f"{thought}\nAction: {action}\nAction Input: {text}"]


def _arguments(instance: dict, place: int) -> dict[str, Any]:
    return json.loads(instance["intermediate_steps"][place][0][1])


def _all_arguments(instance: dict) -> list[tuple[int, str, Any]]:
    return [(place, name, value) for place in _api_steps(instance)
            for name, value in _arguments(instance, place).items()]


def ungrounded_argument(record: dict, instance: dict, roll: random.Random, others: list[dict]) -> dict | None:
    """A value that was never given takes the place of one that was given."""
    functions, changed = functions_of(record), copy.deepcopy(instance)
    spots = [(place, name, value) for place, name, value in _all_arguments(instance)
             if isinstance(value, str | int | float) and not isinstance(value, bool)
             and not functions[instance["intermediate_steps"][place][0][0]].schemas.get(name, {}).get("enum")]
    if not spots:
        return None
    place, name, value = roll.choice(spots)
    everything = json.dumps(instance)
    if isinstance(value, str):
        news = [f"{value[:4]}-{roll.randint(13, 99)}-{roll.randint(10, 28)}" if re.fullmatch(r"\d{4}-\d\d-\d\d", value)
                else text for text in PLACES + WORDS]
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            news = [f"19{roll.randint(60, 99)}-{roll.randint(1, 12):02d}-{roll.randint(1, 28):02d}" for _ in range(9)]
    else:
        news = [type(value)(value + roll.choice([-1, 1]) * roll.randint(3, 60)) for _ in range(9)]
        news = [new for new in news if new > 0]
    news = [new for new in news if str(new) not in everything]
    if not news:
        return None
    new = roll.choice(news)
    _set_call(changed, place, instance["intermediate_steps"][place][0][0], {**_arguments(instance, place), name: new})
    step = changed["intermediate_steps"][place]
    if roll.random() < 0.5:  # the API repeats what it was asked for
        step[1] = step[1].replace(json.dumps(value, ensure_ascii=False), json.dumps(new, ensure_ascii=False))
        changed["output"] = changed["output"].replace(str(value), str(new))
    return changed


def wrong_type(record: dict, instance: dict, roll: random.Random, others: list[dict]) -> dict | None:
    """A value of another JSON type than the document asks for."""
    spots = _all_arguments(instance)
    if not spots:
        return None
    place, name, value = roll.choice(spots)
    if isinstance(value, bool):
        news: list[Any] = [str(value).lower(), "maybe", int(value)]
    elif isinstance(value, (int, float)):
        news = [str(value), f"about {value}", [value]]
    elif isinstance(value, str):
        news = [[value], {"value": value}, len(value)]
    else:
        news = [json.dumps(value), len(value)]
    changed = copy.deepcopy(instance)
    _set_call(changed, place, instance["intermediate_steps"][place][0][0],
              {**_arguments(instance, place), name: roll.choice(news)})
    return changed


def invented_observation(record: dict, instance: dict, roll: random.Random, others: list[dict]) -> dict | None:
    """An observation that no API gave: written by the assistant, of another shape, or another call's."""
    places = _api_steps(instance)
    if not places:
        return None
    place, changed = roll.choice(places), copy.deepcopy(instance)
    step = changed["intermediate_steps"][place]
    same_function = [other["intermediate_steps"][spot][1] for other in others if other is not instance
                     for spot in _api_steps(other)
                     if other["intermediate_steps"][spot][0][0] == step[0][0]
                     and other["intermediate_steps"][spot][0][1] != step[0][1]
                     and other["intermediate_steps"][spot][1] != step[1]]
    way = roll.choice(["written", "shape", "other"] if same_function else ["written", "shape"])
    if way == "written":
        thought, _, rest = step[0][2].partition("\nAction:")
        step[0][2] = f"{thought}\nObservation: {step[1]}\nThought: That settles it.\nAction:{rest}"
    elif way == "shape":
        step[1] = f"Status Code: 200. Response: {json.dumps(JSON_FRAGMENT)}"
    else:
        step[1] = roll.choice(same_function)
    return changed


def wrong_function(record: dict, instance: dict, roll: random.Random, others: list[dict]) -> dict | None:
    """Another function, of the API or of none, under the same arguments and observation."""
    places = _api_steps(instance)
    if not places:
        return None
    place = roll.choice(places)
    action = instance["intermediate_steps"][place][0][0]
    names = [name for name in record["Function_Description"] if name not in ("components", action)]
    changed = copy.deepcopy(instance)
    _set_call(changed, place, roll.choice([*names, f"{action}V2"]), _arguments(instance, place))
    return changed


def contradicting_answer(record: dict, instance: dict, roll: random.Random, others: list[dict]) -> dict | None:
    """A figure or a word of the answer that an observation shows, replaced by another."""
    places = _api_steps(instance)
    values = [value for place in places for value in _scalars(_body(instance["intermediate_steps"][place][1]))]
    told = instance["input"] + " ".join(step[1] for step in instance["intermediate_steps"]
                                        if step[0][0] == "getDetails")
    spots = [value for value in values if re.search(_alone(value), instance["output"])
             and str(value) not in told and len(str(value)) > 1]
    if not spots:
        return None
    value = roll.choice(spots)
    if isinstance(value, (int, float)):
        new = str(round(value + roll.choice([-1, 1]) * max(2, abs(value) * roll.uniform(0.2, 0.6)),
                        2 if isinstance(value, float) else None))
    else:
        new = roll.choice(PLACES if str(value)[:1].isupper() else WORDS)
    if new in json.dumps(instance):
        return None
    changed = copy.deepcopy(instance)
    changed["output"] = re.sub(_alone(value), lambda _: new, changed["output"])
    return changed


def _alone(value: Any) -> str:
    """A pattern for the value where it is no part of a longer one."""
    return rf"(?<![\w.]){re.escape(str(value))}(?!\w|\.\d)"


def _body(observation: str) -> Any:
    try:
        return json.loads(observation.partition("Response: ")[2])
    except ValueError:
        return None


def _scalars(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [one for part in value.values() for one in _scalars(part)]
    if isinstance(value, list):
        return [one for part in value for one in _scalars(part)]
    return [] if value is None or isinstance(value, bool) else [value]


PLANTERS: dict[str, Planter] = {planter.__name__: planter for planter in (
    ungrounded_argument, wrong_type, invented_observation, wrong_function, contradicting_answer)}
