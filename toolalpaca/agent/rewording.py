"""After stage 6: conversations in other words. A language model puts what user and assistant said into the words of
people; the calls of the API and what they returned stay as they are."""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from toolalpaca.conversation.forms import LOG_FORM
from toolalpaca.conversation.steps import Step, describe_solution, form_of, step_keys, steps_of, user_turns
from toolalpaca.core.cli import locked_folder
from toolalpaca.core.errors import UsageError
from toolalpaca.core.jsons import parse_json_object
from toolalpaca.core.words import name_words
from toolalpaca.data.corpus_files import made_files, output_place, output_shards
from toolalpaca.data.record_types import EXTERNAL_TOOLS, GET_DETAILS, ApiRecord, Instance
from toolalpaca.data.records import is_drawn, records_in, write_records
from toolalpaca.data.redaction import redacted
from toolalpaca.llm.chat import user_message
from toolalpaca.llm.prompts import AnswerForm, Prompt
from toolalpaca.llm.usage import LikelyCall, tokens_of
from toolalpaca.matching.arguments.grounding import is_given
from toolalpaca.matching.facts.evidence import Evidence, argument_values
from toolalpaca.runner.executor import TaskContext
from toolalpaca.runner.stage import RunOptions, Stage, StagePlan

STAGE = "rewording"
PLACEHOLDERS = {"introduction", "functions", "conversation", "style"}
STYLES = ("terse, a few words, lower case", "chatty, with a bit of background", "polite and complete",
          "spoken language, to a voice assistant", "tells of a problem and leaves the request to be understood",
          "asks a question", "a busy colleague's message", "simple words of somebody who learns the language",
          "a layperson who does not know the terms", "a precise professional", "first the situation, then the request",
          "first the request, then the reason", "casual, with contractions", "rambling: details come in passing")
_TEXT = {"type": "string", "pattern": r"\S"}
_QUESTION = {"type": "object", "required": ["question", "reply"], "additionalProperties": False,
             "properties": {"question": _TEXT, "reply": _TEXT}}
_TURN = {"type": "object", "required": ["input", "thoughts", "questions", "final_thought", "output"],
         "additionalProperties": False,
         "properties": {"input": _TEXT, "thoughts": {"type": "array", "items": _TEXT},
                        "questions": {"type": "array", "items": _QUESTION}, "final_thought": _TEXT, "output": _TEXT}}
REWORDING_FORM = AnswerForm("reworded_conversation", {
    "type": "object", "required": ["turns"], "additionalProperties": False,
    "properties": {"turns": {"type": "array", "items": _TURN, "minItems": 1}}})


@dataclass(frozen=True)
class FinishedConversation:
    """An instance, its record and its place there."""

    record: ApiRecord
    place: int
    instance: Instance

    @property
    def name(self) -> str:
        """Return the name under which its call is stored."""
        return f"{self.record['Name']}#{self.place}"

    def message(self, prompt: Prompt) -> str:
        """Return the prompt for this conversation; the user's manner depends on its name alone."""
        turns = user_turns(self.instance)
        called = {step.action for turn in turns for step in steps_of(turn) if step.is_call}
        descriptions = self.record.get("Function_Description") or {}
        return prompt.fill(
            introduction=self.record.get("Introduction") or self.record.get("Description") or self.record["Name"],
            functions="\n".join(f"- {name}: {descriptions[name]}" for name in sorted(called & descriptions.keys())),
            conversation="\n\n".join(f"User: {turn.get('input')}\n{describe_solution(turn)}" for turn in turns),
            style=random.Random(self.name).choice(STYLES))

    def reworded(self, answer: str) -> Instance:
        """Return the instance in the words of a model's answer; raise ValueError saying what is wrong with it."""
        form = REWORDING_FORM.read(answer)
        if form is None:
            raise ValueError("the answer is not a JSON object; write {\"turns\": [...]} and nothing else")
        turns = user_turns(self.instance)
        if len(form["turns"]) != len(turns):
            raise ValueError(f"the conversation has {len(turns)} turns of the user, the answer {len(form['turns'])}")
        names = _identifiers(self.record)
        made = [_reworded_turn(turn, words, names) for turn, words in zip(turns, form["turns"], strict=True)]
        _check_details(turns, made)
        first, *later = made
        return cast(Instance, {**first, "Turns": later} if later else first)


def _identifiers(record: ApiRecord) -> list[str]:
    """Return the names of functions that do not occur in a person's sentences, such as findBooks."""
    return [name for name in record.get("Function_Description") or {}
            if name not in EXTERNAL_TOOLS and len(name_words(name)) > 1 and not name.islower()]


def _reworded_turn(turn: Instance, words: dict[str, Any], names: Sequence[str]) -> Instance:
    steps = steps_of(turn)
    if len(words["thoughts"]) != len(steps):
        raise ValueError(f"there are {len(steps)} steps and {len(words['thoughts'])} thoughts; write one for each step")
    for name in names:
        if re.search(rf"\b{re.escape(name)}\b", words["input"]):
            raise ValueError(f"the user names the function {name}, which users do not know")
    asked, questions = sum(step.action == GET_DETAILS for step in steps), iter(words["questions"])
    if len(words["questions"]) != asked:
        raise ValueError(f"the assistant asks the user {asked} times, not {len(words['questions'])}: write each one")
    steps = [_reworded_step(*pair, questions) for pair in zip(steps, words["thoughts"], strict=True)]
    kept = {key: value for key, value in turn.items() if key != "Verification"}  # it was of the words before
    return cast(Instance, {**kept, "input": words["input"], "output": words["output"],
                           "Final Thought": words["final_thought"], **step_keys(steps, form_of(turn) or LOG_FORM)})


def _reworded_step(step: Step, thought: str, questions: Iterator[dict[str, str]]) -> Step:
    """Return the step with its thought, and if it asks the user with the next question and its reply."""
    if step.action != GET_DETAILS:
        return replace(step, thought=thought)
    words, name = next(questions), next(iter(parse_json_object(step.input) or {}), "Question")
    return replace(step, thought=thought, input=json.dumps({name: words["question"]}, ensure_ascii=False),
                   observation=words["reply"])


def _check_details(before: Sequence[Instance], after: Sequence[Instance]) -> None:
    """Raise ValueError for a detail that the user once told only when asked for it, if it is now told without a
    question, or not at all."""
    values = [value for turn in before for step in steps_of(turn) if step.is_call and step.action not in EXTERNAL_TOOLS
              for value in argument_values(parse_json_object(step.input) or {})]
    said, replies = ([_said(turns, replies=are_replies) for turns in (before, after)] for are_replies in (False, True))
    for value in dict.fromkeys(values):
        if not _tells(said[0], value) and _tells(replies[0], value):
            if _tells(said[1], value):
                raise ValueError(f"an input tells {value!r}, but the assistant has to ask for it: leave it out there")
            if not _tells(replies[1], value):
                raise ValueError(f"the user's reply to the assistant's question does not tell {value!r}")


def _said(turns: Sequence[Instance], *, replies: bool) -> Evidence:
    """Return as evidence what the user said unasked, or what they replied to the assistant's questions."""
    texts = [step.observation for turn in turns for step in steps_of(turn) if step.action == GET_DETAILS] if replies \
        else [turn["input"] for turn in turns]
    return Evidence("\n".join(texts), [])


def _tells(said: Evidence, value: Any) -> bool:
    return is_given(value, said, frozenset(), literal=True)


@dataclass(frozen=True)
class RewordingWork:
    """The work of this stage: from a conversation to the same in other words."""

    prompt: Prompt

    def begin(self, context: TaskContext) -> Callable[[FinishedConversation], Instance]:
        """Return what puts a conversation into the writer's words; it raises RecordError if none fit."""
        model = context.models["writer"]
        return lambda conversation: model.ask(user_message(conversation.message(self.prompt)), conversation.reworded,
                                              record=conversation.name, form=REWORDING_FORM)


@dataclass(frozen=True)
class RewordingConfig:
    """Command-line options of the stage; `share` of the conversations, 0 to 1, are put into other words."""

    api_data_path: Path
    output: Path
    template: Path
    share: float
    run: RunOptions


def reword_corpus(config: RewordingConfig) -> int:
    """Write the records with a share of their conversations in other words; return the exit code.

    Those that the model gives no fitting words for, those that failed and those with several samples stay as they are.
    """
    jobs = output_shards(config.api_data_path, config.output)
    folder = locked_folder(output_place(config.api_data_path, config.output))
    prompt = Prompt(config.template, PLACEHOLDERS)
    stage = Stage(StagePlan(STAGE, folder, ("writer",), "writer",
                            {"prompt": prompt.fingerprint, "share": config.share}), config.run)
    chosen = [[list(_chosen(record, config.share)) for record in records_in(job.inputs)] for job in jobs]
    if not any(part for parts in chosen for part in parts):
        raise UsageError(f"{config.api_data_path}: there is no conversation to put into other words; "
                         "instance_generation/generation.py makes them")
    if config.run.dry_run:
        return stage.dry_run((one.name, [_likely_call(one, prompt)]) for parts in chosen for part in parts
                             for one in part)
    for job, parts in zip(jobs, chosen, strict=True):
        _reword_file(stage, RewordingWork(prompt), list(records_in(job.inputs)), parts, job.output)
    stage.report.files = made_files(jobs, folder)
    return stage.close()


def _chosen(record: ApiRecord, share: float) -> Iterator[FinishedConversation]:
    for place, instance in enumerate(record.get("Instances") or []):
        one = FinishedConversation(record, place, instance)
        if instance.get("output") and "Samples" not in instance and is_drawn(one.name, share):
            yield one


def _likely_call(conversation: FinishedConversation, prompt: Prompt) -> LikelyCall:
    turns = user_turns(conversation.instance)
    written = sum(30 + 30 * len(steps_of(turn)) + tokens_of(turn.get("output") or "") for turn in turns)
    return LikelyCall("writer", tokens_of(conversation.message(prompt)), written)


def _reword_file(stage: Stage, work: RewordingWork, records: Sequence[ApiRecord],
                 chosen: Sequence[Sequence[FinishedConversation]], output: Path) -> None:
    asked = [one for part in chosen for one in part]
    stage.begin(output, [one.name for one in asked])
    results = stage.run(asked, work, name=lambda one: one.name, unit="conversation")
    made = {(one.record["Name"], one.place): result.value for one, result in zip(asked, results, strict=True)
            if result.value is not None}
    write_records(output, (_with_words(record, made) for record in records))


def _with_words(record: ApiRecord, made: dict[tuple[str, int], Instance]) -> ApiRecord:
    """Return the record with its reworded instances, and the instructions and follow-ups that they answer."""
    instances = [made.get((record["Name"], place), one) for place, one in enumerate(record.get("Instances") or [])]
    new: dict[str, Any] = {**record, "Instances": instances}
    for place in range(len(instances)):
        if (record["Name"], place) in made:
            said = [turn["input"] for turn in user_turns(instances[place])]
            for key, value in (("Instructions", said[0]), ("Follow_Ups", said[1:])):
                if key in record:
                    new[key] = [*new[key][:place], value, *new[key][place + 1:]]
    return redacted(cast(ApiRecord, new))
