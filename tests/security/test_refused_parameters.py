"""A model that refuses a parameter: it is left out or renamed from then on; a wrong value is the user's to change."""

import json

import pytest
from chat_server import Reply, serve_chat
from model_server import HELLO

from toolalpaca.core.errors import RecordError

REFUSALS = {
    "openai": ("Unsupported parameter: 'stop' is not supported with this model.", {"param": "stop"}),
    "openai, a value": ("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) "
                        "value is supported.", {"param": "temperature"}),
    "grok": ("Model grok-4 does not support parameter stop.", {}),
    "groq": ("property 'seed' is unsupported", {}),
    "kimi": ("invalid temperature: only 1 is allowed for this model", {}),
    "bedrock": ("Malformed input request: extraneous key [stop_sequences] is not permitted", {}),
    "gemini": ('Invalid JSON payload received. Unknown name "seed": Cannot find field.', {}),
    "anthropic": ("`temperature` and `top_p` cannot both be specified for this model. Please use only one.", {}),
}


@pytest.mark.parametrize("server_kind", REFUSALS)
def test_a_refused_parameter_is_left_out_from_then_on_and_said_once(model_for, server_kind, capsys):
    message, more = REFUSALS[server_kind]
    word = {"bedrock": "stop", "anthropic": "top_p"}.get(server_kind)
    name = word or next(name for name in ("stop", "temperature", "seed") if name in message)

    def reply(request):
        if name not in request:
            return "well OBS made up"
        return Reply(status=400, body=json.dumps({"error": {"message": message, **more}}).encode())

    with serve_chat(reply) as server:
        model = model_for(server.url, temperature=0.2, seed=1, top_p=0.5)
        for record in ("a", "b", "c"):
            assert model.complete(HELLO, record=record, stop=["OBS"]) == "well "
        assert [name in request for request in server.requests] == [True, False, False, False]
        assert all("messages" in request and "model" in request for request in server.requests)
    said = capsys.readouterr().err
    assert said.count("refuses the parameter") == 1 and f"{name!r}" in said


@pytest.mark.parametrize("message", [
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "max_tokens is not permitted", "Unknown field maxTokens"])
def test_a_parameter_with_another_name_is_renamed_and_one_without_is_left_out(model_for, message):
    def reply(request):
        if "max_tokens" in request:
            return Reply(message, status=400)
        return "well"

    with serve_chat(reply) as server:
        assert model_for(server.url, max_completion_tokens=7).complete(HELLO, record="r") == "well"
        assert server.requests[-1]["max_completion_tokens"] == 7


def test_a_parameter_that_is_refused_under_both_names_is_left_out(model_for):
    def reply(request):
        name = next((name for name in ("max_tokens", "max_completion_tokens") if name in request), None)
        return Reply(f"Unrecognized request argument supplied: {name}", status=400) if name else "well"

    with serve_chat(reply) as server:
        assert model_for(server.url, max_completion_tokens=7).complete(HELLO, record="r") == "well"
        assert len(server.requests) == 3


def test_validation_errors_name_a_parameter_by_its_place(model_for):
    detail = [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
    with serve_chat(lambda request: Reply(status=422, body=json.dumps({"detail": detail}).encode())
                    if "seed" in request else "well") as server:
        assert model_for(server.url, seed=3).complete(HELLO, record="r") == "well"


@pytest.mark.parametrize("message", [
    "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
    "max_tokens is too large: 9000", "temperature must be between 0 and 1", "the prompt is too long", "no"])
def test_a_wrong_value_is_the_users_to_change(model_for, message):
    with serve_chat(lambda request: Reply(message, status=400)) as server:
        with pytest.raises(RecordError, match="http_4xx"):
            model_for(server.url, temperature=3.0, max_completion_tokens=9000).complete(HELLO, record="r")
        assert len(server.requests) == 1


@pytest.mark.parametrize("stated", [["stop", "seed"], {"stop": None, "seed": None}])
def test_the_roles_file_can_say_beforehand_what_a_model_refuses(model_for, stated):
    with serve_chat(lambda request: "well\nObservation: made up") as server:
        model = model_for(server.url, seed=5, refused_parameters=stated)
        assert model.complete(HELLO, record="r", stop=["\nObservation:"]) == "well"
        assert not {"stop", "seed"} & server.requests[0].keys()
