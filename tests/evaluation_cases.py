"""An API and solutions of it for tests of the scorers."""

import json

from toolalpaca.evaluation.cases import Case

OK = 'Status Code: 200. Response: {"ok": true}'
RECORD = {
    "Name": "Lanterns", "Documentation": json.dumps({
        "openapi": "3.0.0", "info": {"title": "Lanterns", "version": "1"},
        "paths": {
            "/lanterns": {
                "get": {"operationId": "findLanterns", "parameters": [
                    {"name": "query", "in": "query", "schema": {"type": "string"}},
                    {"name": "colour", "in": "query", "schema": {"type": "string", "enum": ["red", "dark_blue"]}},
                    {"name": "maxPrice", "in": "query", "schema": {"type": "number"}},
                    {"name": "country", "in": "query", "schema": {"type": "string"}},
                    {"name": "litFrom", "in": "query", "schema": {"type": "string", "format": "date"}},
                    {"name": "litBefore", "in": "query", "schema": {"type": "string", "format": "date"}},
                    {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "route", "in": "query", "schema": {
                        "type": "array", "items": {"type": "string"},
                        "description": "Stops in the order of the walk."}},
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    {"name": "language", "in": "query", "schema": {"type": "string", "default": "en"}}],
                    "responses": {"200": {"description": "Lanterns."}}},
                "post": {"operationId": "createLantern", "requestBody": {"content": {"application/json": {"schema": {
                    "type": "object", "properties": {"name": {"type": "string"}, "owner": {
                        "type": "object", "properties": {"email": {"type": "string"}}}}}}}},
                    "responses": {"201": {"description": "Made.", "content": {"application/json": {"schema": {
                        "type": "object", "required": ["lanternId"], "properties": {
                            "lanternId": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}},
                        }}}}}}}},
            "/lanterns/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"operationId": "getLantern", "responses": {"200": {"description": "One."}}},
                "patch": {"operationId": "renameLantern", "requestBody": {"content": {"application/json": {"schema": {
                    "type": "object", "properties": {"name": {"type": "string"}}}}}},
                    "responses": {"200": {"description": "Renamed."}}},
                "delete": {"operationId": "deleteLantern", "responses": {"204": {"description": "Gone."}}}},
            "/lanterns/{id}/faults": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "post": {"operationId": "reportFault", "requestBody": {"content": {"application/json": {"schema": {
                    "type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}}}},
                    "responses": {"201": {"description": "Reported."}}}},
            "/weather": {"get": {"operationId": "getWeather", "parameters": [
                {"name": "city", "in": "query", "schema": {"type": "string"}}],
                "responses": {"200": {"description": "Sun."}}}},
        }})}


def step(action, arguments, observation=OK):
    """One step of a solution."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return [[action, text, f"Action: {action}\nAction Input: {text}"], observation]


def golden(action, arguments=None):
    """One golden call; arguments may be text that is no JSON."""
    return {"Action": action, "Action_Input": arguments if isinstance(arguments, str) else json.dumps(arguments or {})}


def case(instruction, calls, steps, answer="Done.", **record):
    """A case of the lantern API."""
    return Case({**RECORD, **record}, 0, instruction,
                {"input": instruction, "output": answer, "intermediate_steps": steps}, calls)
