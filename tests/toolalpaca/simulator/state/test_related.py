"""What is known of one thing in the answers about others."""

import json
from typing import Any

from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.simulator.engine import InProcessSimulator

TEXT = {"type": "string"}
TOOL = {"id": {"type": "string", "example": "T-07"}, "name": {"type": "string", "example": "Honda F560 tiller"},
        "fee": {"type": "number", "minimum": 1, "maximum": 60, "example": 12}}
LOAN = {"id": {"type": "string", "example": "R-1042"}, "tool_id": {"type": "string", "example": "T-07"},
        "tool_name": {"type": "string", "example": "Honda F560 tiller"}, "member": TEXT}


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(fields), "properties": fields}


def _operation(name: str, answer: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"operationId": name, **more, "responses": {"200": {
        "description": "It", "content": {"application/json": {"schema": answer}}}}}


DOCUMENT = {"openapi": "3.0.3", "info": {"title": "Shed", "version": "1"}, "paths": {
    "/tools": {"get": _operation("listTools", _object({"tools": {"type": "array", "items": _object(TOOL)}}))},
    "/loans": {"post": _operation("createLoan", _object(LOAN), requestBody={"content": {"application/json": {
        "schema": _object({"tool_id": TEXT, "member": TEXT})}}})}}}


def test_a_loan_has_the_name_of_the_tool_that_is_lent() -> None:
    session = InProcessSimulator([{"Name": "Shed", "Documentation": json.dumps(DOCUMENT)}]).begin("Shed", "s")
    tools = session.send(HttpRequest("GET", "/tools", "")).body["tools"]
    assert len({tool["name"] for tool in tools}) == len(tools) > 2
    for tool in tools[1:]:
        body = json.dumps({"tool_id": tool["id"], "member": "Lena"}).encode()
        loan = session.send(HttpRequest("POST", "/loans", "", {"Content-Type": "application/json"}, content=body)).body
        assert (loan["tool_id"], loan["tool_name"], loan["member"]) == (tool["id"], tool["name"], "Lena")
