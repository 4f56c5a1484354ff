"""A small valid document that the tests of this folder change in one place each."""

import json
from collections.abc import Callable
from typing import Any

import pytest

_PETS = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://pets.example"}],
    "paths": {
        "/pets/{petId}": {
            "parameters": [
                {"$ref": "#/components/parameters/petId"},
                {"name": "lang", "in": "query", "schema": {"type": "string"}},
            ],
            "get": {
                "operationId": "getPet", "summary": "One pet.",
                "parameters": [{"name": "lang", "in": "query", "required": True, "schema": {"enum": ["en", "fr"]}}],
                "responses": {"200": {"$ref": "#/components/responses/pet"}, "404": {"description": "No such pet"}},
            },
            "put": {
                "requestBody": {"$ref": "#/components/requestBodies/pet"},
                "responses": {"204": {"description": "Done"}},
            },
        },
        "/toys": {"get": {"operationId": "listToys", "responses": {"200": {"description": "Toys", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Toy"}}}}}}},
    },
    "components": {
        "parameters": {"petId": {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}},
        "responses": {"pet": {"description": "The pet", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}},
        "requestBodies": {"pet": {"required": True, "description": "The pet to store", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}, "text/plain": {}}}},
        "schemas": {
            "Pet": {"type": "object", "properties": {
                "name": {"type": "string"}, "parent": {"$ref": "#/components/schemas/Pet"},
                "owner": {"$ref": "#/components/schemas/Owner"}}},
            "Owner": {"type": "object", "properties": {"name": {"type": "string"}}},
            "Toy": {"type": "object", "properties": {"price": {"type": "number"}}},
        },
    },
}


@pytest.fixture
def pets() -> dict[str, Any]:
    """A document of its own for each test."""
    return json.loads(json.dumps(_PETS))


@pytest.fixture
def one_get() -> Callable[..., dict[str, Any]]:
    """Makes a document with `get` operations at the given paths, each operation given as its keys."""
    def make(version: str = "3.0.3", **paths: dict[str, Any]) -> dict[str, Any]:
        return {"openapi": version, "info": {"title": "T", "version": "1"},
                "paths": {f"/{path}": {"get": {"responses": {"200": {"description": "ok"}}, **keys}}
                          for path, keys in paths.items()}}
    return make
