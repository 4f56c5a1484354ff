"""The judge role: compares the calls that were made with the expected ones, and the answer with the results."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offline_llm.knowledge.english import content_stems
from offline_llm.language.described_functions import DATE_TIME, GET_DETAILS, RETRIEVAL, parse_functions
from offline_llm.language.prompt_reading import TranscriptStep, parse_arguments, sections
from offline_llm.language.understanding import plan
from offline_llm.language.value_mentions import iso_date

_CALL = re.compile(r"^(?:ASSISTANT )?Action:[ \t]*(?P<name>[^\n]*?)\s*\n"
                   r"(?:ASSISTANT )?Action Input:\s*(?P<input>.*?)\s*$"
                   r"(?:\s*\n(?:ASSISTANT )?Observation:\s*(?P<seen>.*?)(?=\n(?:Step \d+|(?:ASSISTANT )?"
                   r"(?:Thought|Action|Final Answer|Final Response|Response):)|\Z))?", re.MULTILINE | re.DOTALL)
_FINAL = re.compile(r"^(?:ASSISTANT )?(?:Final Response|Final Answer|Response):\s*(.*?)(?=\n\nUser: |\Z)",
                    re.MULTILINE | re.DOTALL)
_OPEN_VALUE = re.compile(r"\$\{[^}]*\}?")
_APOLOGY = re.compile(r"\b(?:sorry|could not|couldn't|unable to|cannot|can't)\b", re.IGNORECASE)


@dataclass(frozen=True)
class StandardCall:
    """A call of the standard answer; `open` are arguments whose value is only known at run time."""

    name: str
    arguments: dict[str, Any]
    open: frozenset[str]
    optional: bool


def judge(prompt: str) -> str:
    """Return the reasoning and the two verdicts."""
    parts = sections(prompt)
    solution = parts.get("Solution", "")
    steps = [TranscriptStep(match["name"].strip(), parse_arguments(match["input"]), (match["seen"] or "").strip())
             for match in _CALL.finditer(solution)]
    response = "\n".join(final.strip() for final in _FINAL.findall(solution))
    expected = standard_calls(parts.get("Standard answer", ""))
    if expected is None:
        process, why = _without_standard(parts, steps)
    else:
        process, why = _process(expected, steps)
    said, because = _response(response, steps, process)
    return (f"{why} {because}\n\nProcess Correctness: {process}\nFinal Response Correctness: {said}")


def standard_calls(text: str) -> list[StandardCall] | None:
    """Return the calls of a standard answer; None if there is no standard answer."""
    calls = [(match["name"].strip(), match["input"]) for match in _CALL.finditer(text)]
    if not calls:
        return [] if "no call" in text else None
    found = []
    for name, raw in calls:
        open_names = frozenset(re.findall(r'"(\w+)"\s*:\s*[\["]*\s*\$\{', raw))
        arguments = parse_arguments(_OPEN_VALUE.sub("null", raw)) or parse_arguments(_OPEN_VALUE.sub('"?"', raw)) or {}
        found.append(StandardCall(re.sub(r"^\[.*?\]\s*", "", name), arguments, open_names, name.startswith("[")))
    return found


def _process(expected: Sequence[StandardCall], steps: Sequence[TranscriptStep]) -> tuple[str, str]:
    """Return the verdict on the calls, given a standard answer."""
    rest = [step for step in steps if step.succeeded]
    for want in expected:
        if want.optional or want.name == GET_DETAILS:
            continue
        same_name = [step for step in rest if step.action == want.name]
        if not same_name:
            failed = any(step.action == want.name for step in steps)
            return "No", f"The call of {want.name} {'never succeeded' if failed else 'is missing'}."
        fitting = [step for step in same_name if _fits(want, step.arguments or {})]
        if not fitting:
            return "No", f"{want.name} was called with other arguments than the standard answer has."
        rest.remove(fitting[0])
    return "Yes", "Every call of the standard answer was made with fitting arguments."


def _fits(want: StandardCall, given: dict[str, Any]) -> bool:
    """Return whether all arguments fixed by the standard answer are present; empty and extra ones do not matter."""
    return all(name in want.open or value in (None, "", [], {}) or same_meaning(value, given.get(name))
               for name, value in want.arguments.items())


def same_meaning(one: Any, other: Any) -> bool:
    """Return whether two arguments mean the same, ignoring case, punctuation, number format and list order."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(_plain, one)) == sorted(map(_plain, other))
    if isinstance(one, str) and isinstance(other, str):
        first, second = set(content_stems(one)), set(content_stems(other))
        if _plain(one) == _plain(other) or (first and first == second):
            return True
        dates = iso_date(one), iso_date(other)
        return dates[0] is not None and dates[0] == dates[1]
    return _plain(one) == _plain(other)


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if re.fullmatch(r"-?\d+(\.\d+)?", text.strip()):
        return f"{float(text):g}"
    return " ".join(re.findall(r"\w+", text.lower()))


def _without_standard(parts: dict[str, str], steps: Sequence[TranscriptStep]) -> tuple[str, str]:
    """Return the verdict on the calls from the functions and the instruction alone."""
    functions = parse_functions(parts.get("Functions", ""))
    wanted = plan(functions, parts.get("Instruction", ""))
    done = [step for step in steps if step.succeeded and step.action not in (GET_DETAILS, RETRIEVAL, DATE_TIME)]
    if not done:
        return "No", "No call of the API succeeded."
    if not wanted:
        return "Uncertain", "It cannot be told which calls the instruction needs."
    lacking = [call.function.name for call in wanted if call.function.name not in {step.action for step in done}]
    if lacking:
        return "No", f"The instruction needs {', '.join(lacking)}, which never succeeded."
    return "Yes", "The functions that the instruction needs were called and answered."


def _figures(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def _response(response: str, steps: Sequence[TranscriptStep], process: str) -> tuple[str, str]:
    """Return the verdict on the final response: it must not be empty, and its numbers and quotes must occur in a
    result."""
    seen = " ".join(step.observation for step in steps)
    given = " ".join(json.dumps(step.arguments, ensure_ascii=False) for step in steps)
    if not response or response == "(none)":
        return "No", "There is no final response."
    unknown = sorted(_figures(response) - _figures(seen + given))
    if unknown:
        return "No", f"The final response states {', '.join(unknown[:3])}, which no result shows."
    if _APOLOGY.search(response) and process != "Yes":
        return "No", "The final response does not give what was asked for."
    if process == "No":
        return ("Uncertain", "The final response agrees with the results, but the calls are not those expected.") \
            if any(step.succeeded for step in steps) else ("No", "The final response rests on no result.")
    return "Yes", "The final response agrees with the results."
