"""A conversation as one text in a prompt form, and the same text read back.

The rendering that the assistant works with (`render_prompt`) is the one it is trained on (`segments`). A prompt ends in
a label without a blank after it; the blank opens what the model writes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from toolalpaca.conversation.forms import PROMPT_FORMS, PromptForm, spaced
from toolalpaca.conversation.functions import describe_functions, function_names
from toolalpaca.conversation.observation import Observation
from toolalpaca.conversation.steps import Step, steps_of, user_turns
from toolalpaca.core.files import PROMPTS
from toolalpaca.data.record_types import ApiRecord, Instance
from toolalpaca.llm.prompts import Prompt

EXAMPLES_END = "\n\nThese were the examples. Now use the functions listed above them."
Segment = tuple[str, bool]  # a piece of text, and whether a model is trained to write it


def stop_strings(form: PromptForm) -> list[str]:
    """Return the strings at which the model must stop; what follows them is not its to write."""
    return [form.observation]


def render_prompt(form: PromptForm, record: ApiRecord, instruction: str, steps: Sequence[Step] = (), *,
                  get_details: bool = True) -> str:
    """Return the conversation so far, ending with the label of the thought that the assistant writes next."""
    head = prompt_head(form, record, get_details=get_details)
    pieces = [opening(form, head, instruction)]
    for step in steps:
        pieces += [turn_text(form, step), observation_text(form, step)]
    return "".join(pieces)


def segments(form: PromptForm, record: ApiRecord, instance: Instance) -> list[Segment]:
    """Return a finished conversation as the pieces a model is trained on: the text of `render_prompt`, then the end."""
    return conversation_pieces(form, prompt_head(form, record), instance)


def conversation_pieces(form: PromptForm, head: str, instance: Instance, *, reasoning: bool = False,
                        learn_refused: bool = True) -> list[Segment]:
    """Return the pieces of a finished conversation that begins with `head`.

    A turn that could not be read as a call is left out with the reply it got, which speaks of the labels of the form it
    was written in. `reasoning` puts each turn's reasoning before it. Without `learn_refused`, a call that was refused
    before it was sent is read by the model like the prompt, so that it learns what follows and not the mistake.
    """
    pieces: list[Segment] = [(opening(form, head, instance["input"]), False)]
    for place, part in enumerate(user_turns(instance)):
        if place:
            pieces.append((next_question(form, part["input"]), False))
        for step in filter(lambda step: step.is_call, steps_of(part)):
            before = thinking(step.reasoning) if reasoning else ""
            learned = learn_refused or not Observation(step.observation).refuses_call
            pieces += [(before + turn_text(form, step), learned), (observation_text(form, step), False)]
        before = thinking(part.get("Final Reasoning") or "") if reasoning else ""
        pieces.append((before + form.answer_text(part.get("Final Thought") or "", part.get("output") or ""), True))
    return pieces


def thinking(reasoning: str) -> str:
    """Return reasoning as the block that begins a turn; "" if there is none."""
    return f" <think>\n{reasoning.strip()}\n</think>\n\n" if reasoning.strip() else ""


def prompt_head(form: PromptForm, record: ApiRecord, *, get_details: bool = True) -> str:
    """Return the text before the question: the assistant's role, the API and its functions."""
    return assistant_prompt(form).fill(
        name=record["Name"], introduction=record.get("Introduction") or record.get("Description") or "",
        functions=describe_functions(record, get_details=get_details),
        function_names=", ".join(function_names(record, get_details=get_details))).rstrip()


def opening(form: PromptForm, head: str, instruction: str) -> str:
    """Return the prompt up to the first thought."""
    return f"{head}\n\n{form.question}{spaced(instruction)}\n{form.thought}"


def next_question(form: PromptForm, said: str) -> str:
    """Return the text between an answer and the next thought if the user asks something more."""
    return f"\n\n{form.question}{spaced(said)}\n{form.thought}"


def turn_text(form: PromptForm, step: Step) -> str:
    """Return what the assistant wrote in one step, up to the label at which it stops."""
    body = form.call_text(step.thought, step.action, step.input) if step.is_call else spaced(step.thought)
    return f"{body}\n{form.observation}"


def observation_text(form: PromptForm, step: Step) -> str:
    """Return the observation of one step, and the label of the thought that follows."""
    return f"{spaced(step.observation)}\n{form.thought}"


@dataclass(frozen=True)
class RenderedConversation:
    """What `read_prompt` finds: the form, the text before the first question, the questions and the steps so far.

    The first `earlier` steps belong to questions that are answered.
    """

    form: PromptForm
    head: str
    questions: tuple[str, ...]
    steps: list[Step]
    earlier: int


def read_prompt(prompt: str) -> RenderedConversation | None:
    """Parse the conversation at the end of a prompt that `render_prompt` wrote; return None if there is none.

    The template comes first and may show the form, so the question is the last one, or the first of several that each
    follow the previous one's answer and no worked example. Of forms with the same question label, the one with more
    labels in the prompt is chosen.
    """
    forms = {tuple(form.labels.values()): form for form in PROMPT_FORMS.values()}
    found = [(start, form) for form in forms.values() if (start := _beginning(prompt, form)) is not None]
    if not found:
        return None
    start, form = max(found, key=lambda one: (one[0], sum(f"\n{label}" in prompt for label in one[1].labels.values())))
    pieces = re.split(rf"(?:\A|\n)({'|'.join(map(re.escape, _longest_first(form)))})", prompt[start:].lstrip())
    kinds = {label: kind for kind, label in form.labels.items()}
    parts = [(kinds[label], piece.strip()) for label, piece in zip(pieces[1::2], pieces[2::2], strict=True)]
    return _conversation(form, prompt[:start].rstrip(), parts)


def _beginning(prompt: str, form: PromptForm) -> int | None:
    """Return where the conversation begins; None if the prompt is not in this form."""
    if not prompt.rstrip().endswith(f"\n{form.thought}"):
        return None
    questions = [match.start() for match in re.finditer(rf"(?:\A|\n){re.escape(form.question)}", prompt)]
    first = prompt.rfind(EXAMPLES_END)
    while len(questions) > 1 and questions[-2] > first and f"\n{form.answer}" in prompt[questions[-2]:questions[-1]]:
        questions.pop()
    return questions[-1] if questions else None


def _longest_first(form: PromptForm) -> list[str]:
    return sorted(form.labels.values(), key=len, reverse=True)


def _conversation(form: PromptForm, head: str, parts: Sequence[tuple[str, str]]) -> RenderedConversation:
    questions: list[str] = []
    steps: list[Step] = []
    texts: dict[str, str] = {}
    earlier = 0
    for kind, text in parts:
        if kind == "question":
            questions.append(text)
            earlier = len(steps)
        if kind == "thought":
            texts = {}
        texts[kind] = text
        if kind == "observation":
            steps.append(Step(texts.get("thought", ""), texts.get("action", ""), texts.get("input", ""), text))
    return RenderedConversation(form, head, tuple(questions), steps, earlier)


@lru_cache(maxsize=16)
def assistant_prompt(form: PromptForm) -> Prompt:
    """Return the form's template; raise UsageError if it is missing or has an unknown placeholder."""
    return Prompt(PROMPTS / f"Assistant_{form.name}.txt", {"name", "introduction", "functions", "function_names"})
