"""Refusals of parameters in the words and shapes of many servers, read as the SDK hands them on."""

from typing import Any

import httpx2
import openai
import pytest

from toolalpaca.llm.completion import message_of
from toolalpaca.llm.unsupported_parameters import Parameters

REQUEST: dict[str, Any] = {
    "model": "m", "messages": [], "temperature": 0.5, "top_p": 0.9, "max_tokens": 1000, "stop": ["Observation:"],
    "seed": 3, "presence_penalty": 0.1, "frequency_penalty": 0.1, "response_format": {}, "tools": [{}]}
EXTRA = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted"}


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


@pytest.mark.parametrize(("body", "refused"), [
    (error("Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is "
           "supported.", param="temperature"), "temperature"),
    (error("Unrecognized request argument supplied: seed"), "seed"),
    (error("property 'presence_penalty' is unsupported"), "presence_penalty"),
    (error("Malformed input request: #: extraneous key [presence_penalty] is not permitted"), "presence_penalty"),
    (error("Invalid parameter: 'response_format' of type 'json_schema' is not supported"), "response_format"),
    (error("response_format: This response_format type is unavailable now at line 1 column 5"), "response_format"),
    (error("azure does not support parameters: ['seed'], for model=o1. To drop these, set drop_params=True"), "seed"),
    (error("`temperature` and `top_p` cannot both be specified for this model. Please use only one."), "top_p"),
    (error("Invalid 'stop': array too long. Expected an array with maximum length 4", param="stop"), "stop"),
    (error("This model does not support presence penalty."), "presence_penalty"),
    (error("Top-P sampling is not available for this deployment."), "top_p"),
    (error("Response MIME type application/json is not supported", param="responseMimeType"), "response_format"),
    ({"message": "Unsupported parameter 'frequency_penalty'", "param": "frequency_penalty"}, "frequency_penalty"),
    ({"message": "invalid request: stop sequences are not supported by this model"}, "stop"),
    ({"code": "invalid argument", "error": "Model x does not support parameter stop."}, "stop"),
    ({"code": "invalid argument", "error": "Argument not supported on this model: presencePenalty"},
     "presence_penalty"),
    ([{"error": {"code": 400, "message": "Unknown name \"seed\": Cannot find field."}}], "seed"),
    ({"detail": [{**EXTRA, "loc": ["body", "stop"]}]}, "stop"),
    ({"object": "error", "message": {"detail": [{**EXTRA, "loc": ["body", "frequency_penalty"]}]}},
     "frequency_penalty"),
    ({"errors": [{"message": "required properties at '/' are 'prompt', '/seed' is not allowed"}], "success": False},
     "seed"),
    (error("Der Parameter 'seed' wird von diesem Modell nicht unterstützt."), "seed"),
    (error("参数 stop 不支持，请移除该参数"), "stop"),
    ({"error": {"code": "unsupported", "message": "Bad request", "innererror": {"param": "seed"}}}, "seed"),
    ({"status_code": 400, "errors": {"stop": ["This field is not supported for the selected model."]}}, "stop"),
    ({"errors": [{"code": "unsupported", "field": "frequency_penalty", "detail": "no"}]}, "frequency_penalty"),
    ({"error": {"message": "Penalty is not enabled", "details": [{"fieldViolations": [
        {"field": "generation_config.presence_penalty", "description": "Not enabled"}]}]}}, "presence_penalty"),
    ({"error_code": 336003, "error_msg": "param seed not allowed"}, "seed"),
    ({"errorMessage": "stop is not supported", "errorCode": "E1"}, "stop"),
    ({"type": "about:blank", "title": "The field frequency_penalty is unknown"}, "frequency_penalty"),
    ({"title": "Bad Request", "invalid_params": [{"name": "seed", "reason": "must not be present"}]}, "seed"),
])
def test_a_refused_parameter_is_left_out(body: Any, refused: str) -> None:
    assert after_refusal(body) == {name: value for name, value in REQUEST.items() if name != refused}


def test_a_parameter_with_another_name_is_sent_under_it() -> None:
    sent = after_refusal(error("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                               "'max_completion_tokens' instead.", param="max_tokens"))
    assert "max_tokens" not in sent and sent["max_completion_tokens"] == 1000


@pytest.mark.parametrize("body", [
    error("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.", param="messages"),
    {"object": "error", "message": "'max_tokens' or 'max_completion_tokens' is too large: 1000. This model's maximum "
                                   "context length is 2048 tokens and your request has 1800 input tokens"},
    error("Invalid 'temperature': 2.5 is greater than the maximum of 2.", param="temperature"),
    error("\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set"),
    {"detail": [{"loc": ["body", "messages"], "msg": "Field required", "input": {"stop": ["Observation:"]}}]},
    error("gemma3:latest does not support tools"), {"error": None}, [], "no",
])
def test_another_refusal_changes_nothing(body: Any) -> None:
    assert after_refusal(body) == REQUEST


def after_refusal(body: Any) -> dict[str, Any]:
    """Return the request as it is sent after a first refusal with this body."""
    response = httpx2.Response(400, json=body, request=httpx2.Request("POST", "http://x/v1/chat/completions"))
    refusal = openai.OpenAI(api_key="x", base_url="http://x/v1")._make_status_error_from_response(response)
    parameters = Parameters()
    parameters.refused(REQUEST, message_of(refusal), refusal.body)
    return parameters.adapted(REQUEST)
