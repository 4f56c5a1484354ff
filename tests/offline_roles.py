"""The offline model's roles in this process, one after the other: records, and conversations with a small executor."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import jsonschema

from offline_llm.language.described_functions import GET_DETAILS
from offline_llm.roles.assistant_role import assistant_turn
from offline_llm.roles.document_writer import write_document
from offline_llm.roles.instruction_writer import instruction_list
from offline_llm.roles.introduction_writer import function_list, introduction
from offline_llm.roles.simulator_role import simulate
from offline_llm.roles.user_role import answer_question
from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.rendering import render_prompt
from toolalpaca.conversation.steps import steps_of
from toolalpaca.openapi.bundle import bundled
from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.operations import operations
from toolalpaca.toolset.documentation import documentation_keys
from toolalpaca.toolset.instructions import Instruction, clean_instructions
from toolalpaca.toolset.quotas import DEFAULT_MIX, Order, apportioned

ROOT = Path(__file__).resolve().parents[1]
CATEGORIES = (  # of the list of public APIs
    "Animals", "Anime", "Anti-Malware", "Art & Design", "Authentication & Authorization", "Blockchain", "Books",
    "Business", "Calendar", "Cloud Storage & File Sharing", "Continuous Integration", "Cryptocurrency",
    "Currency Exchange", "Data Validation", "Development", "Dictionaries", "Documents & Productivity", "Email",
    "Entertainment", "Environment", "Events", "Finance", "Food & Drink", "Games & Comics", "Geocoding", "Government",
    "Health", "Jobs", "Machine Learning", "Music", "News", "Open Data", "Open Source Projects", "Patent",
    "Personality", "Phone", "Photography", "Programming", "Science & Math", "Security", "Shopping", "Social",
    "Sports & Fitness", "Test Data", "Text Analysis", "Tracking", "Transportation", "URL Shorteners", "Vehicle",
    "Video", "Weather",
)
DAY = "Friday, 14 March 2025"
ANY_CATEGORY = "*"  # what the knowledge base says of all other APIs
LABELS = re.compile(r"\n(?:ASSISTANT )?(Action|Action Input|Final Answer|Response): ")


@cache
def prompt(name: str) -> Template:
    """One of the project's prompts."""
    return Template((ROOT / "prompts" / f"{name}.txt").read_text(encoding="utf-8"))


@cache
def sample_apis() -> list[dict[str, Any]]:
    """The APIs that the repository ships."""
    return json.loads((ROOT / "data" / "public_apis_sample.json").read_text(encoding="utf-8"))


def made_record(api: dict[str, Any], number: int = 10) -> dict[str, Any]:
    """An API's record as stages 2 to 4 make it."""
    record = dict(api)
    fields = {"name": api["Name"], "description": api["Description"], "link": api["Link"], "category": api["Category"]}
    record["Introduction"] = fields["introduction"] = introduction(prompt("Introduction").substitute(fields))
    record["Functions"] = fields["functions"] = function_list(prompt("Functions").substitute(fields))
    record["Documentation"] = write_document(prompt("Documentation").substitute(fields))
    record.update(documentation_keys(parse_document(record["Documentation"])))
    record["Instructions"] = instructions_for(record, number)
    return record


def instructions_for(record: dict[str, Any], number: int = 10, form: str = "Instruction") -> list[str]:
    """What the writer of instructions answers for a record, without numbers and kinds; only what is said first."""
    return [one.text for one in written_for(record, number, form)]


def written_for(record: dict[str, Any], number: int = 10, form: str = "Instruction",
                mix: dict[str, float] = DEFAULT_MIX) -> list[Instruction]:
    """What the writer of instructions answers for a record, as stage 4 reads it."""
    kinds = apportioned(number, mix, record["Name"])
    text = instruction_list(
        prompt(form).substitute(
            name=record["Name"],
            description=record["Description"],
            introduction=record["Introduction"],
            functions=record["NLDocumentation"].strip(),
            number=number,
            day=DAY,
            kinds=Order(form, None, number, kinds).kinds_in_words(),
        )
    )
    return clean_instructions(text)


@dataclass
class Executor:
    """Checks calls as the tool executor does, and has the simulator's role answer them."""

    record: dict[str, Any]

    def __post_init__(self) -> None:
        self.document = parse_document(self.record["Documentation"])
        self.operations = {operation.name: operation for operation in operations(self.document)}
        self.history: list[str] = []

    def call(self, name: str, arguments: dict[str, Any]) -> str:
        """The observation."""
        if name not in self.operations:
            return f'"{name}" is not a valid function. Valid functions: {json.dumps(list(self.operations))}.'
        operation = self.operations[name]
        schemas = {one.name: (one.schema, one.required) for one in operation.parameters}
        if operation.request_body:
            body = operation.request_body.content["application/json"]
            schemas |= {key: (part, key in body.get("required", [])) for key, part in body["properties"].items()}
        missing = [key for key, (_, required) in schemas.items() if required and key not in arguments]
        if missing:
            return f"Missing required parameters: {json.dumps(missing)}. You need to change the input and try again."
        for key, value in arguments.items():
            for error in jsonschema.Draft7Validator(schemas[key][0]).iter_errors(value):
                wanted = f"one of {error.validator_value}" if error.validator == "enum" else error.validator_value
                return (
                    f'Parameter type error: "{key}", expected {wanted}, but got {json.dumps(value)}. '
                    "You need to change the input and try again."
                )
        return self._answered(operation, arguments)

    def _answered(self, operation: Any, arguments: dict[str, Any]) -> str:
        path, rest = operation.path, dict(arguments)
        for key in re.findall(r"{(\w+)}", path):
            path = path.replace(f"{{{key}}}", str(rest.pop(key)))
        query = "&".join(f"{key}={value}" for key, value in rest.items()).replace(" ", "+")
        tail = f"-d '{json.dumps(rest)}'" if operation.request_body else ""
        url = f"http://127.0.0.1:5678/X{path.replace(' ', '%20')}" + (f"?{query}" if query and not tail else "")
        request = f'curl -X {operation.method.upper()} "{url}" {tail}'
        text = simulate(
            prompt("Simulator").substitute(
                name=self.record["Name"],
                description=self.record["Description"],
                operation=json.dumps(bundled(self.document, operation)),
                history="\n\n".join(self.history) or "None.",
                request=request,
                instruction="Not known.",
                now="Not known.",
            )
        )
        status = re.search(r"Status Code: (\d+)", text)[1]
        body = re.search(r"Response: (.*)", text)[1]
        self.history.append(f"Request: {request}\nStatus Code: {status}\nResponse: {body}")
        return f"Status Code: {status}. Response: {body}"


def converse(record: dict[str, Any], instruction: str, form: str = "train_v2", most: int = 12) -> dict[str, Any]:
    """One conversation as an instance; fails when it does not end."""
    executor, steps, said = Executor(record), [], []
    for _ in range(most):
        text = render_prompt(PROMPT_FORMS[form], record, instruction, steps_of({"intermediate_steps": steps}))
        turn = assistant_turn(text)
        thought, *pieces = LABELS.split(turn)
        parts = dict(zip(pieces[::2], pieces[1::2], strict=True))
        if "Action" not in parts:
            return {
                "input": instruction,
                "output": parts.get("Final Answer") or parts["Response"],
                "Final Thought": thought,
                "intermediate_steps": steps,
            }
        name, arguments = parts["Action"], json.loads(parts["Action Input"])
        if name == GET_DETAILS:
            seen = answer_question(
                prompt("User").substitute(
                    functions=record["NLDocumentation"],
                    day=DAY,
                    instruction=instruction,
                    question=arguments["Question"],
                    history="\n".join(said) or "(nothing)",
                )
            )
            said.append(f"Assistant: {arguments['Question']}\nYou: {seen}")
        else:
            seen = executor.call(name, arguments)
        steps.append([[name, parts["Action Input"], turn], seen])
    raise AssertionError(f"no end after {most} steps: {instruction}")
