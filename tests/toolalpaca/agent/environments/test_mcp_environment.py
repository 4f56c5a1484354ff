"""Which results of MCP tools are failures: those that a server marks, and reports of one."""

import json
from types import SimpleNamespace

import pytest

from toolalpaca.agent.environments.mcp_environment import reply_of


def result(*texts, structured=None, is_error=False):
    content = [SimpleNamespace(type="text", text=text) for text in texts]
    return SimpleNamespace(content=content, structured_content=structured, is_error=is_error)


def status(*texts, **more):
    return reply_of(result(*texts, **more)).status


@pytest.mark.parametrize("text", [
    "Error: no such table: harbours", "Database error: no such column: tide", "ERROR - the file does not exist",
    "Error executing tool sink: Rose cannot be sunk", "sqlite3.OperationalError: no such table: x",
    "MCP error -32602: Invalid arguments", "**Error:** The city is unknown.", "[ERROR] Disk is full",
    "\u274c Error: Quota exceeded", "fatal: not a git repository (or any of the parent directories): .git",
    "Failed to fetch https://a.example/: timed out", "Unable to connect to the server.", "HTTP error: 404 Not Found",
    "Error 503: Service Unavailable", "Request failed with status code 404",
    "Access denied - path outside allowed folders", "I was unable to open the page.",
    "Sorry, the request failed.", "Could not open the file 'a.txt'.",
    "An error occurred while reading: bad magic number",
    "java.lang.NullPointerException: name", "Tool execution error: bad input",
    "Error: invalid input\nExpected a number, got 'x'.\nSee the documentation.", '"Error: the id is unknown"',
    "Traceback (most recent call last):\n" + "  File 'a.py', line 1\n" * 8 + "KeyError: 'x'"])
def test_a_text_that_is_a_report_of_a_failure_is_one(text):
    assert status(text) == 400
    assert status(text, structured={"result": text}) == 400, "as servers repeat a text in a structure"
    assert reply_of(result(text)).body.decode() == text, "it is shown as it is"


@pytest.mark.parametrize("body", [
    {"error": "not found"}, {"error": {"code": 404, "message": "no such ship"}}, {"success": False, "data": None},
    {"ok": False, "error": "invalid_auth"}, {"status": "error", "message": "The date is in the past."},
    {"isError": True, "content": "x"}, {"errors": [{"message": "bad"}]}, {"error": "x", "hint": "try y"},
    {"error_code": 7, "error": "bad", "request_id": "r-1"}])
def test_an_object_about_an_error_is_a_failure(body):
    assert status(json.dumps(body)) == 400
    assert status(json.dumps(body), structured=body) == 400
    assert status(structured=body) == 400


@pytest.mark.parametrize("text", [
    "", "The tide is 2.5 m.", "Errors: 0", "Error rate: 5 %", "Standard error: 0.31",
    "No errors: all 12 checks passed.",
    "Errors: none", "Margin of error: 3 points", "Error handling in Go is explicit; see the guide.",
    "2026-01-04 10:00 ERROR disk full\n2026-01-04 10:01 INFO mounted\n2026-01-04 10:02 ERROR again\n"
    "2026-01-04 10:03 INFO ok", "Error: a\nError: b\nError: c\nError: d\nError: e", "[]", "{}", "null", "42", "true",
    "Comedy of Errors, a play by Shakespeare: first printed in 1623", "Failed states index 2024",
    "Tests failed: 3 of 20",
    "Error: " + "a long page about errors. " * 60, "The Terror is a novel: it tells of Franklin's expedition.",
    "No results found."])
def test_a_text_with_contents_is_a_result(text):
    assert status(text) == 200


@pytest.mark.parametrize("body", [
    {"error": None, "data": [1]}, {"errors": [], "count": 2},
    {"data": {"ship": "Rose"}, "errors": [{"message": "slow"}]},
    {"id": 5, "status": "failed"}, {"status": "failed"}, {"success": True, "error": ""}, [{"error": "x"}],
    {"error": "x", "rows": [1, 2]}, {"name": "Error", "plays": 3}])
def test_an_object_with_data_is_a_result(body):
    assert status(json.dumps(body)) == 200
    assert status(json.dumps(body), structured=body if isinstance(body, dict) else None) == 200


def test_a_structure_that_says_more_than_the_text_is_a_result():
    assert status("Error: see the rows", structured={"rows": [1, 2]}) == 200


def test_what_a_server_marks_is_a_failure_whatever_it_says():
    assert status("All is well.", is_error=True) == 400


def test_other_contents_are_results():
    image = SimpleNamespace(type="image", mime_type="image/png", data="iVBORw==")
    both = SimpleNamespace(content=[SimpleNamespace(type="text", text="Error: none"), image], structured_content=None,
                           is_error=False)
    assert reply_of(both).status == 200
