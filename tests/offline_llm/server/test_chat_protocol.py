"""The protocol: what a request may hold, how an answer is cut and counted, what errors look like."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_roles import prompt

from offline_llm.server.chat_protocol import ApiError, ChatReply, completion, cut, parse_request
from offline_llm.server.web_app import ABOUT_ITSELF, ServerSettings, make_app, reply_to

HELLO = {"model": "offline", "messages": [{"role": "user", "content": "Hello"}]}


def _post(body, **settings):
    client = make_app(ServerSettings(**settings)).test_client()
    return client.post("/v1/chat/completions", data=body if isinstance(body, bytes) else json.dumps(body))


def test_an_answer_has_openais_shape():
    body = _post(HELLO).get_json()
    assert body["object"] == "chat.completion" and body["model"] == "offline"
    assert body["choices"][0]["message"] == {"role": "assistant", "content": ABOUT_ITSELF}
    assert body["choices"][0]["finish_reason"] == "stop"
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0


def test_it_says_that_it_is_no_language_model():
    assert "not a language model" in ABOUT_ITSELF


def test_stop_strings_cut_before_themselves():
    assert cut("one two three", ["three", "two"], None) == ("one ", "stop")
    assert cut("one two", ["four"], None) == ("one two", "stop")


def test_max_tokens_cuts_and_says_so():
    body = _post({**HELLO, "max_tokens": 3}).get_json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 3
    assert _post({**HELLO, "max_completion_tokens": 3}).get_json()["choices"] == body["choices"]


def test_n_choices():
    assert [choice["index"] for choice in _post({**HELLO, "n": 3}).get_json()["choices"]] == [0, 1, 2]


def test_another_sample_seed_gives_another_answer_but_not_at_temperature_0():
    text = prompt("Functions").substitute(name="N", description="d", link="", category="Books", introduction="")

    def answer(**more):
        return reply_to(
            parse_request({"model": "offline", "messages": [{"role": "user", "content": text}], **more})
        ).text

    assert len({answer(seed=seed) for seed in range(6)}) > 1
    assert len({answer(seed=seed, temperature=0) for seed in range(6)}) == 1
    assert answer(seed=3) == answer(seed=3)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"messages": [{"role": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"model": None}, "model"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"n": 0}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": [1]}, "stop"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"seed": "x"}, "seed"),
        ({"stream": True}, "stream"),
        ({"tools": [{}]}, "tools"),
    ],
)
def test_what_is_wrong_is_a_400_that_names_it(change, param):
    answer = _post({**HELLO, **change})
    assert answer.status_code == 400
    error = answer.get_json()["error"]
    assert error["param"] == param and error["message"] and error["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_400(body):
    assert _post(body).status_code == 400


def test_an_unknown_model_is_a_404_as_openai_words_it():
    answer = _post({**HELLO, "model": "gpt-4o"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "model_not_found")


def test_models_health_and_unknown_places():
    client = make_app(ServerSettings()).test_client()
    assert [model["id"] for model in client.get("/v1/models").get_json()["data"]] == ["offline"]
    assert client.get("/v1/models/offline").get_json()["id"] == "offline"
    assert client.get("/v1/models/other").status_code == 404
    assert client.get("/health").get_json()["language_model"] is False
    assert client.get("/nowhere").get_json()["error"]["message"]
    assert client.get("/v1/chat/completions").status_code == 405


def test_a_key_is_asked_for_only_when_one_is_set():
    assert _post(HELLO).status_code == 200
    client = make_app(ServerSettings(api_key="k")).test_client()
    refused = client.post("/v1/chat/completions", json=HELLO, headers={"Authorization": "Bearer wrong"})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "invalid_api_key")
    assert client.post("/v1/chat/completions", json=HELLO, headers={"Authorization": "Bearer k"}).status_code == 200


def test_content_in_parts_is_read_as_text():
    parts = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]
    request = parse_request({**HELLO, "messages": [{"role": "user", "content": parts}]})
    assert request.messages[0]["content"] == "Hello"


def test_a_reply_that_was_broken_keeps_its_reason():
    request = parse_request(HELLO)
    assert completion(request, [ChatReply("x", finish_reason="length")])["choices"][0]["finish_reason"] == "length"


def test_a_conversation_that_goes_on_gets_a_new_answer():
    text = prompt("Instruction").substitute(
        name="N",
        description="d",
        introduction="i",
        number=3,
        day="Friday, 14 March 2025",
        kinds="- 1 of the kind single: one.\n- 2 of the kind multi: two.",
        functions='getA: Get a\nParameters: {"city": "Required. string. City."}\nOutput: x',
    )
    first = {"role": "user", "content": text}
    again = [first, {"role": "assistant", "content": "1. x"}, {"role": "user", "content": "More, please."}]
    one = reply_to(parse_request({"model": "offline", "messages": [first]})).text
    two = reply_to(parse_request({"model": "offline", "messages": again})).text
    assert one != two and two.startswith("1. ")


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["model", "messages", "stop", "n", "seed", "tools", "max_tokens", "temperature"]),
        _JSON,
        max_size=8,
    )
)
def test_no_body_is_answered_with_a_server_error(body):
    try:
        request = parse_request({**HELLO, **body})
    except ApiError as error:
        assert 400 <= error.status < 500
    else:
        completion(request, [reply_to(request)])


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(
        [
            "Introduction",
            "Functions",
            "Documentation",
            "Instruction",
            "User",
            "Simulator",
            "Evaluation",
            "Assistant_train_v2",
            "Assistant_test_v1",
        ]
    ),
    st.data(),
)
def test_no_prompt_breaks_the_rules(name, data):
    template = prompt(name)
    text = template.substitute({key: data.draw(st.text(max_size=60)) for key in template.get_identifiers()})
    question = "\n\nUSER: " if name == "Assistant_test_v1" else "\n\nQuestion: "
    for content in (text, text + question + data.draw(st.text(max_size=40)) + "\nThought:"):
        request = parse_request({"model": "offline", "messages": [{"role": "user", "content": content}]})
        reply = reply_to(request)
        assert reply.text.strip() and reply == reply_to(request)
