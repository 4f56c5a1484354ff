"""What a document promises of responses."""

import json

import pytest

from toolalpaca.verification.contract import Contract
from toolalpaca.verification.verification_stage import findings


def record(media_type: str) -> dict:
    schema = {"type": "object", "properties": {"level": {"type": "integer"}}}
    document = {"openapi": "3.0.3", "info": {"title": "Lock", "version": "1"}, "paths": {"/level": {"get": {
        "operationId": "getLevel",
        "responses": {"200": {"description": "ok", "content": {media_type: {"schema": schema}}}}}}}}
    return {"Name": "Lock", "Documentation": json.dumps(document),
            "Function_Description": {"getLevel": "Get the level."}}


@pytest.mark.parametrize(("media_type", "is_broken"), [
    ("application/json", True), ("application/problem+json", True), ("application/xml", False), ("text/csv", False)])
def test_only_a_document_that_promises_json_is_broken_by_a_text(media_type, is_broken):
    instance = {"input": "What is the level of the lock?", "output": "The level is 4.", "intermediate_steps": [
        [["getLevel", "{}", ""], "Status Code: 200. Response: <lock><level>4</level></lock>"]]}
    reasons = [str(reason.code) for reason in findings(instance, Contract(record(media_type))).reasons]
    assert ("answer_breaks_document" in reasons) is is_broken
