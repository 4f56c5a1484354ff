"""The environment for TRL's GRPOTrainer: a class for each API, the rows of the dataset, and the reward of a rollout.

    trainer = GRPOTrainer(..., train_dataset=Dataset.from_list(rows(records)), reward_funcs=rollout_rewards,
                          environment_factory=environment_classes(records))
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from toolalpaca.data.record_types import ApiRecord
from toolalpaca.environment.apis import SharedApis
from toolalpaca.environment.environment import ToolEnvironment
from toolalpaca.environment.methods import methods_of
from toolalpaca.environment.rewards import WEIGHTS, Reward, Weights
from toolalpaca.llm.prompts import split_reasoning
from toolalpaca.sft.formats import system_text

Messages = list[dict[str, Any]]
_COMPONENTS = ("process", "response", "state", "format")


class ApiEnvironment:
    """One rollout's conversation. The trainer takes every public method but `reset` for a tool, so a subclass for each
    API has that API's functions and nothing else."""

    _record: ApiRecord
    _apis: SharedApis
    _weights: Weights = WEIGHTS

    def __init__(self) -> None:
        self._conversation = ToolEnvironment(self._apis, weights=self._weights)

    def reset(self, instruction: int, **_columns: Any) -> None:
        """Begin with the instruction at a place in the record."""
        self._conversation.reset(self._record, instruction)

    def _call(self, function: str, arguments: dict[str, Any]) -> str:
        return self._conversation.call(function, arguments)

    def _finish(self, completion: Messages) -> Reward:
        """Return the reward of a whole rollout, whose last message is the answer."""
        tools = {name for name in dir(type(self)) if not name.startswith("_")} - {"reset"}
        for message in completion:
            for call in message.get("tool_calls") or []:
                self._note_unmade(call.get("function") or {}, tools)
        self._conversation.answer(_answer_in(completion))
        return self._conversation.reward()

    def _note_unmade(self, function: dict[str, Any], tools: set[str]) -> None:
        """Note a call that the trainer could not make: the conversation has not seen it."""
        name, arguments = str(function.get("name") or ""), function.get("arguments")
        if name not in tools:
            self._conversation.note(name, json.dumps(arguments, default=str), f'"{name}" is not a valid function.')
        elif not isinstance(arguments, dict):
            self._conversation.note(name, str(arguments), "Parameter type error: the arguments are not an object.")


def environment_classes(records: Iterable[ApiRecord], apis: SharedApis | None = None, *, weights: Weights = WEIGHTS
                        ) -> dict[str, Callable[[], ApiEnvironment]]:
    """Return a subclass of ApiEnvironment for each API by its name, as `environment_factory` takes them."""
    shared = apis or SharedApis()
    return {record["Name"]: _class_of(record, shared, weights) for record in records}


def _class_of(record: ApiRecord, apis: SharedApis, weights: Weights) -> type[ApiEnvironment]:
    methods = methods_of(record, lambda self, function, arguments: self._call(function, arguments), {"reset"})
    name = "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", record["Name"])) or "Api"
    members = {"_record": record, "_apis": apis, "_weights": weights,
               "__doc__": f"One rollout's conversation with the API {record['Name']!r}.", **methods}
    return type(f"{name}Environment", (ApiEnvironment,), members)


def rows(records: Iterable[ApiRecord]) -> list[dict[str, Any]]:
    """Return one row for each instruction with a golden answer: the prompt, the API and the instruction's place.

    Conversations in which the user speaks again are left out, since a rollout ends with the first answer.
    """
    found = []
    for record in records:
        system = system_text(record)
        follow_ups = record.get("Follow_Ups") or []
        answered = (record.get("Instructions") or [])[:len(record.get("Golden_Answers") or [])]
        for place, instruction in enumerate(answered):
            if place >= len(follow_ups) or not follow_ups[place]:
                messages = [{"role": "system", "content": system}, {"role": "user", "content": instruction}]
                found.append({"prompt": messages, "environment": record["Name"], "instruction": place})
    return found


def rollout_rewards(completions: Sequence[Messages], environments: Sequence[ApiEnvironment],
                    log_metric: Callable[[str, float], None] | None = None, **_columns: Any) -> list[float | None]:
    """Return the reward of each rollout, as `reward_funcs` takes it; the means of the components are logged."""
    rewards = [environment._finish(completion)
               for completion, environment in zip(completions, environments, strict=True)]
    for name in _COMPONENTS if log_metric is not None else ():
        known = [value for reward in rewards if (value := getattr(reward, name)) is not None]
        if known and log_metric is not None:
            log_metric(f"rewards/{name}", sum(known) / len(known))
    return [reward.total for reward in rewards]


def _answer_in(completion: Messages) -> str:
    """Return the text of the last message, "" if the rollout ended in a call."""
    last = completion[-1] if completion else {}
    if last.get("role") != "assistant" or last.get("tool_calls"):
        return ""
    content = last.get("content")
    return split_reasoning(content)[1].strip() if isinstance(content, str) else ""
