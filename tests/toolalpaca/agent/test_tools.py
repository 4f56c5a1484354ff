"""One action of the assistant, carried out against a local API."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from agent_fakes import RECORD
from api_server import Answer, ApiServer, serve_api

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.simulated import SimulatorClient, SimulatorClients
from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.observation import LONGEST_SHOWN, KeptFiles
from toolalpaca.core.errors import RecordError, UsageError


def tools(server: ApiServer, record: dict = RECORD, files: Path | None = None) -> Tools:
    simulated = SimulatorClient(server.url, pause=0.001).conversation(record["Name"], "s1")
    return Tools(Api(record), simulated, lambda question: f"You ask {question}", lambda: datetime(2025, 3, 14, 9, 30),
                 files=KeptFiles(files))


def test_a_call_reaches_the_operation_under_the_apis_encoded_name() -> None:
    with serve_api(lambda request: {"temp": 21}) as server:
        seen, notes = tools(server).call("getWeather", {"city": "Aix/en Provence", "days": "2"})
    assert seen == 'Status Code: 200. Response: {"temp": 21}'
    assert notes == ['days: sent "2" as 2']
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/Weather%20%2F%20Now%3F/weather/Aix%2Fen%20Provence?days=2")
    assert request.headers["X-Simulator-Session"] == "s1"


def test_a_body_is_sent_as_json_and_an_error_status_is_an_observation() -> None:
    with serve_api(lambda request: Answer({"error": "no"}, status=404)) as server:
        seen, _ = tools(server).call("setAlert", {"city": "Osló", "above": 30})
    assert seen == 'Status Code: 404. Response: {"error": "no"}'
    assert json.loads(server.requests[0].body) == {"city": "Osló", "above": 30}
    assert server.requests[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("name", "arguments", "seen"), [
    ("foo", {}, '"foo" is not a valid function. Valid functions: ["getWeather", "setAlert", "getDetails"]. '
                "You need to change the input and try again."),
    ("getWeather", {}, 'Missing required parameters: ["city"]. You need to change the input and try again.'),
    ("getWeather", {"city": "Paris", "days": "five"},
     'Parameter type error: "days", expected integer, but got "five". You need to change the input and try again.'),
    ("getDetails", {}, 'Missing required parameters: ["Question"]. You need to change the input and try again.'),
    ("getDetails", {"Question": "where?"}, "You ask where?"),
    ("getDetails", {"question": "where?"}, "You ask where?"),
    ("getDetails", {"Question": 3},
     'Parameter type error: "Question", expected string, but got 3. You need to change the input and try again.'),
])
def test_what_needs_no_request_is_answered_without_one(name: str, arguments: dict, seen: str) -> None:
    with serve_api(lambda request: {}) as server:
        assert tools(server).call(name, arguments) == (seen, [])
        assert server.requests == []


def test_date_and_time_come_from_the_clock_where_the_record_has_the_tool() -> None:
    with serve_api(lambda request: {}) as server:
        assert "not a valid function" in tools(server).call("getCurrentDateTime", {})[0]
        seen, _ = tools(server, {**RECORD, "external_tools": ["datetime"]}).call("getCurrentDateTime", {})
    assert seen == "2025-03-14 09:30:00, Friday"


def test_a_long_answer_is_cut_or_kept_for_retrieval() -> None:
    items = [{"id": number, "name": f"item {number}"} for number in range(1000)]
    with serve_api(lambda request: Answer(items)) as server:
        seen, _ = tools(server).call("getWeather", {"city": "Paris"})
        assert len(seen) < LONGEST_SHOWN + 100 and seen.endswith("characters shown]")
        with_file = tools(server, {**RECORD, "external_tools": ["retrieval"]})
        seen, _ = with_file.call("getWeather", {"city": "Paris"})
        assert '"response_1.txt"' in seen
        found, _ = with_file.call("retrievalDataFromFile", {"file_name": "response_1.txt", "query": "item 777"})
        assert '"name": "item 777"' in found and len(found) < LONGEST_SHOWN
        for name in ("../etc/passwd", "/etc/passwd", "response_2.txt"):
            refused, _ = with_file.call("retrievalDataFromFile", {"file_name": name, "query": "x"})
            assert refused.startswith("There is no file")


@pytest.mark.parametrize(("answer", "seen"), [
    (Answer("line one\nline two"), "line one line two"), (Answer(b"", status=204), "(no content)"),
    (Answer('{\n "a": [1,\n 2]\n}', headers={"Content-Type": "application/json"}), '{"a": [1, 2]}'),
    (Answer("{\n broken", headers={"Content-Type": "application/json"}), "{ broken"),
    (Answer("caf\xe9".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin-1"}), "café"),
    (Answer(b"\xff\xfe", headers={"Content-Type": "text/plain; charset=nobody"}), "��"),
    (Answer("café".encode(), headers={"Content-Type": "text/plain; charset=idna"}), "café"),
    (Answer(b"%PDF\0\1", headers={"Content-Type": "application/pdf"}), "[application/pdf, 6 bytes]"),
])
def test_answers_of_every_kind_become_one_line(answer: Answer, seen: str) -> None:
    with serve_api(lambda request: answer) as server:
        text, _ = tools(server).call("getWeather", {"city": "Paris"})
    assert text == f"Status Code: {answer.status}. Response: {seen}"


def test_an_image_is_saved_and_named(tmp_path: Path) -> None:
    with serve_api(lambda request: Answer(b"\x89PNG\0", headers={"Content-Type": "image/png"})) as server:
        seen, _ = tools(server, files=tmp_path / "files").call("getWeather", {"city": "Paris"})
    (saved,) = (tmp_path / "files").iterdir()
    assert saved.read_bytes() == b"\x89PNG\0"
    assert seen == f"Status Code: 200. Response: [image/png, 5 bytes, saved as files/{saved.name}]"


def test_a_failure_of_the_simulator_is_tried_again_and_then_costs_the_instance() -> None:
    answers = [Answer(status=503, headers={"X-Simulator-Error": "model_failed"}), Answer(drop=True), Answer({"ok": 1})]
    with serve_api(lambda request: answers.pop(0)) as server:
        assert tools(server).call("getWeather", {"city": "Paris"})[0] == 'Status Code: 200. Response: {"ok": 1}'
    with serve_api(lambda request: Answer(status=503, headers={"X-Simulator-Error": "model_failed"})) as server:
        with pytest.raises(RecordError, match="model_failed") as error:
            tools(server).call("getWeather", {"city": "Paris"})
        assert error.value.kind == "simulator_unavailable"
        assert len(server.requests) == 4


@pytest.mark.parametrize(("code", "advice"), [
    ("unknown-api", "does not serve this API; start it with the same -api file"),
    ("no-document", "cannot be used"), ("replay-miss", "is not recorded")])
def test_what_no_other_try_changes_is_said_at_once_with_what_to_do(code: str, advice: str) -> None:
    with serve_api(lambda request: Answer(status=404, headers={"X-Simulator-Error": code})) as server:
        with pytest.raises(RecordError, match=advice) as error:
            tools(server).call("getWeather", {"city": "Paris"})
        assert error.value.kind == "simulator_unavailable"
        assert len(server.requests) == 1


def test_an_api_that_says_503_itself_is_an_observation() -> None:
    with serve_api(lambda request: Answer({"error": "busy"}, status=503)) as server:
        assert tools(server).call("getWeather", {"city": "Paris"})[0].startswith("Status Code: 503.")


def test_no_simulator_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="does not answer"):
        SimulatorClients("http://127.0.0.1:9").check(patience=0)


def test_cookies_of_one_conversation_do_not_reach_the_next() -> None:
    with serve_api(lambda request: Answer({}, headers={"Set-Cookie": "who=me; Path=/"})) as server:
        simulator = SimulatorClient(server.url)
        for session in ("s1", "s2"):
            Tools(Api(RECORD), simulator.conversation("A", session), str).call("getWeather", {"city": "Paris"})
    assert all("Cookie" not in request.headers for request in server.requests)
