"""A small API, and a simulator of it without a network, for the tests of this folder."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from toolalpaca.llm.prompts import Prompt
from toolalpaca.llm.store import CallStore
from toolalpaca.simulator.app import SimulatorApp
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.engine import InjectedFailures, Recording, Responders, Simulator
from toolalpaca.simulator.llm_responder import PLACEHOLDERS, LlmResponder
from toolalpaca.simulator.schema_responder import SchemaResponder
from toolalpaca.simulator.state.sessions import Sessions

ROOT = Path(__file__).resolve().parents[3]
PET = {"type": "object", "required": ["id", "name"], "properties": {
    "id": {"type": "integer"}, "name": {"type": "string"}, "kind": {"type": "string", "enum": ["cat", "dog"]},
    "city": {"type": "string"}, "price": {"type": "number", "minimum": 0}}}
NEW_PET = {"type": "object", "required": ["name"], "additionalProperties": False, "properties": {
    "name": {"type": "string", "minLength": 1}, "kind": {"type": "string", "enum": ["cat", "dog"]},
    "city": {"type": "string"}}}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "servers": [{"url": "https://pets.example"}],
    "paths": {
        "/pets": {
            "get": {"operationId": "listPets", "parameters": [
                {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["cat", "dog"]}},
                {"name": "city", "in": "query", "schema": {"type": "string"}},
                {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}}],
                "responses": {"200": {"description": "Pets", **_json({"type": "array", "items": PET})}}},
            "post": {"operationId": "createPet", "requestBody": {"required": True, **_json(NEW_PET)},
                     "responses": {"201": {"description": "The pet", **_json(PET)}}}},
        "/pets/{petId}": {
            "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "getPet", "parameters": [
                {"name": "X-Tenant", "in": "header", "schema": {"type": "string"}}],
                "responses": {"200": {"description": "The pet", **_json(PET)},
                              "404": {"description": "None", **_json({
                                  "type": "object", "required": ["code", "message"], "properties": {
                                      "code": {"type": "integer"}, "message": {"type": "string"}}})}}},
            "put": {"operationId": "updatePet", "requestBody": {"required": True, **_json(NEW_PET)},
                    "responses": {"200": {"description": "The pet", **_json(PET)}}},
            "delete": {"operationId": "deletePet", "responses": {"204": {"description": "Gone"}}}},
        "/weather": {"get": {"operationId": "getWeather", "parameters": [
            {"name": "city", "in": "query", "required": True, "schema": {"type": "string"}},
            {"name": "days", "in": "query", "schema": {"type": "integer"}}],
            "responses": {"200": {"description": "Weather", **_json({
                "type": "object", "required": ["city", "temperature"], "additionalProperties": False, "properties": {
                    "city": {"type": "string"}, "temperature": {"type": "number"}}})}}}}}}


@pytest.fixture
def document() -> dict[str, Any]:
    """The pets API, a copy to change."""
    return json.loads(json.dumps(DOCUMENT))


class FakeTeacher:
    """Gives the queued answers in turn, then the last one again; keeps what it was asked. An exception is raised."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[list[Any]] = []

    def answer(self, messages: list[Any], record: str) -> str:
        self.asked.append(list(messages))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def make_teacher() -> type[FakeTeacher]:
    """The class of fake teachers."""
    return FakeTeacher


MakeClient = Callable[..., FlaskClient]


@pytest.fixture
def make_client(tmp_path: Path, document: dict[str, Any]) -> MakeClient:
    """A function that makes a client of a simulator: `make_client(modes, teacher, documents, ...)`."""

    def make(modes: Sequence[str] = ("schema",), teacher: FakeTeacher | None = None,
             documents: dict[str, Any] | None = None, *, token: str | None = None, seed: int = 0,
             sessions: Sessions | None = None, request_type: str = "curl",
             failures: InjectedFailures | None = None) -> FlaskClient:
        records = [{"Name": name, "Description": "An API", "Documentation": None if one is None else json.dumps(one)}
                   for name, one in (documents or {"Pets": document}).items()]
        made = SchemaResponder(seed)
        model = None
        if teacher is not None:
            prompt = Prompt(ROOT / "prompts" / "Simulator.txt", PLACEHOLDERS)
            model = LlmResponder(teacher.answer, prompt, request_type, made)
        responders = Responders(modes, made, model, Recording(CallStore(tmp_path)))
        simulator = Simulator(Catalog(records), responders, Sessions() if sessions is None else sessions,
                              request_type=request_type, failures=failures or InjectedFailures())
        return SimulatorApp(simulator, token=token).test_client()
    return make
