"""Thousands of generated requests, right and wrong, to every API we have documents of: the served document is kept."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from schemathesis.config import ChecksConfig, GenerationConfig, PhasesConfig, SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from offline_llm.roles.document_writer import write_document
from offline_llm.roles.introduction_writer import function_list, introduction
from toolalpaca.llm.prompts import Prompt
from toolalpaca.simulator.app import SimulatorApp
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.engine import Responders, Simulator
from toolalpaca.simulator.schema_responder import SchemaResponder
from toolalpaca.simulator.state.sessions import Sessions

ROOT = Path(__file__).resolve().parents[3]
CHECKS = ("not_a_server_error", "response_schema_conformance", "content_type_conformance", "negative_data_rejection")


def _written(api: dict[str, str]) -> str:
    """The document that the offline model writes for an API of the sample, by the stages' own prompts."""
    def prompt(name: str, **values: str) -> str:
        template = Prompt(ROOT / "prompts" / name, {"name", "description", "link", "category", "introduction",
                                                    "functions"})
        return template.fill(name=api["Name"], description=api["Description"], link=api["Link"],
                             category=api["Category"], **values)
    intro = introduction(prompt("Introduction.txt"))
    functions = function_list(prompt("Functions.txt", introduction=intro))
    return write_document(prompt("Documentation.txt", introduction=intro, functions=functions))


def _records(name: str) -> dict[str, dict[str, str]]:
    return {api["Name"]: api for api in json.loads((ROOT / "data" / name).read_text(encoding="utf-8"))}


SAMPLE, EVALUATION = _records("public_apis_sample.json"), _records("eval_simulated.json")


def _violations(record: dict[str, Any], examples: int) -> tuple[int, list[str]]:
    """How many cases were sent, and what they found."""
    app = SimulatorApp(Simulator(Catalog([record]), Responders(("schema",), SchemaResponder(0)), Sessions()))
    config = SchemathesisConfig()
    project = config.projects.default
    project.update(continue_on_failure=True)
    project.generation = GenerationConfig(max_examples=examples, database="none", deterministic=True, no_shrink=True)
    project.checks = ChecksConfig.from_dict({"enabled": False, **{name: {"enabled": True} for name in CHECKS}})
    project.phases = PhasesConfig.from_dict({"stateful": {"enabled": False}})
    schema = schemathesis.openapi.from_wsgi(f"/{quote(record['Name'], safe='')}/openapi.json", app, config=config)
    cases, found = 0, []
    for event in from_schema(schema).execute():
        if isinstance(event, (NonFatalError, FatalError)):
            found.append(repr(getattr(event, "info", event)))
        if isinstance(event, ScenarioFinished):
            cases += len(event.recorder.cases)
            found += [f"{check.name}: {check.failure_info.failure}" for checks in event.recorder.checks.values()
                      for check in checks if check.failure_info is not None]
    return cases, found


@pytest.mark.parametrize("name", SAMPLE)
def test_the_documents_of_the_sample_are_kept(name):
    cases, found = _violations({**SAMPLE[name], "Documentation": _written(SAMPLE[name])}, examples=4)
    assert cases > 10 and found == []


@pytest.mark.slow
@pytest.mark.parametrize("name", EVALUATION)
def test_the_documents_of_the_evaluation_set_are_kept(name):
    cases, found = _violations(EVALUATION[name], examples=20)
    assert cases > 10 and found == []


@pytest.mark.parametrize("index", range(10))
def test_the_published_documents_are_kept(index, reference):
    api = json.loads((reference / "eval_simulated.json").read_text(encoding="utf-8"))[index]
    cases, found = _violations(api, examples=10)
    assert cases > 10 and found == []
