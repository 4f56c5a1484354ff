"""Keys and passwords that a model server echoes or that stand in its URL: none is shown or kept."""

import json
import os

import pytest
from chat_server import Reply, serve_chat
from model_server import HELLO
from raw_server import raw_server

from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.core.urls import parse_urls, secrets_in, without_credentials

KEY = "sk-proj-Ab3dEf6hIj9kLmN0"


ECHOES = [KEY, KEY.upper(), " ".join(KEY), "".join(f"\\u{ord(char):04x}" for char in KEY), KEY.replace("-", "%2D"),
          "\0".join(KEY), KEY[:12] + "\n" + KEY[12:], KEY.encode().hex()]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("reply", [
    lambda echo: Reply(f"bad key {echo}", status=401), lambda echo: Reply(f"bad key {echo}", status=400),
    lambda echo: Reply(body=f"<html>{echo}".encode()), lambda echo: Reply(body=b" " * 60 + f"[{echo}]".encode()),
    lambda echo: Reply(body=json.dumps({"error": echo}).encode()), lambda echo: Reply("x", finish_reason=echo)])
def test_no_message_holds_the_key(model_for, monkeypatch, echo, reply):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serve_chat(lambda request: reply(echo)) as server:
        try:
            text = model_for(server.url).complete(HELLO, record="r")
        except (RecordError, UsageError) as error:
            text = str(error)
    assert echo not in text and KEY not in text and KEY[8:16].lower() not in text.lower()
    assert text.isprintable()


@pytest.mark.parametrize("echo", ECHOES)
def test_no_answer_holds_the_key(model_for, monkeypatch, echo):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    calls = [{"id": "1", "function": {"name": "f", "arguments": json.dumps({"a": echo})}}]
    with serve_chat(lambda request: Reply(f"The key is {echo}.", tool_calls=calls)) as server:
        message = model_for(server.url).chat(HELLO, record="r").message
    assert message["content"] == "The key is ***."
    assert echo not in json.dumps(message) and KEY not in json.dumps(message)


@pytest.mark.parametrize("key", ["EMPTY", "none", "token", "ollama", "test", "sk-no-key-required", "in",
                                 "prompt_tokens", "lm-studio", "dummy-key"])
def test_a_placeholder_key_changes_no_answer(model_for, monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    text = "EMPTY none token ollama test sk-no-key-required in prompt_tokens lm-studio dummy-key"
    with serve_chat(lambda request: text) as server:
        model = model_for(server.url)
        assert model.complete(HELLO, record="r") == text
        assert model.meter.report()["tokens_in"] == 10


@pytest.mark.parametrize("key", ["sk-ab\ncd-0123456789", "sk-ab\rcd", "schlüssel-0123456789", "sk-\x00-1"])
def test_a_key_that_no_request_can_carry_is_not_shown(model_for, monkeypatch, key):
    monkeypatch.setattr("os.environ", {"OPENAI_API_KEY": key})
    with pytest.raises(UsageError, match="OPENAI_API_KEY") as caught:
        model_for("http://127.0.0.1:9/v1").complete(HELLO, record="r")
    assert key[:5] not in str(caught.value)


def test_a_line_break_at_the_end_of_a_key_does_not_count(model_for, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY + "\n")
    with serve_chat(lambda request: f"is {KEY}") as server:
        assert model_for(server.url).complete(HELLO, record="r") == "is ***"


@pytest.mark.parametrize("url", [
    "http://user:passw0rd@host/v1", "http://user:pass/w0rd@host/v1", "http://user:pass?w0rd@host/v1",
    "http://passw0rd@host/v1", "http://us@er:passw0rd@host/v1", "http://host/v1?api_key=passw0rd",
    "http://host/v1?u=http://x&key=passw0rd", "http://host/v1#passw0rd", "user:passw0rd@host/v1",
    "//a:passw0rd@host/v1", "http://user:pass#w0rd@host:80/v1", "https://:passw0rd@host/v1?x=1#y",
    "http://host/v1?user=me@x.org&key=passw0rd", "http://host?key=pass@w0rd", "http://u:v@host/v1?u=a@b&key=passw0rd",
    "http://host/v1?passw0rd", "http://u:p@ss?w0rd@host/v1", "http://host/v1#a@w0rd"])
def test_no_secret_of_a_base_url_is_shown(url):
    assert "w0rd" not in without_credentials(url) and "host" in without_credentials(url)
    if "/w0" not in url and "?w0" not in url and "#" not in url:
        assert any("w0rd" in secret for secret in secrets_in(url))


@pytest.mark.parametrize("text", [
    "http://user:pass,w0rd@host/v1", "http://user:pass w0rd@host/v1", "http://user:123,w0rd@host/v1",
    "http://host/v1?key=pass,w0rd", "http://host/v1?key=pass w0rd", "http://host:passw0rd/v1",
    "http://user:passw0rd%40host/v1", "http://user:passw0rd\uff20host/v1", "http://a:1 http://u:passw0rd,x@host/v1",
    "http://user:w0rd,w0rd,w0rd@host", "http:user:passw0rd%40host"])
def test_nor_of_a_list_of_urls_that_is_none(text):
    with pytest.raises(UsageError) as caught:
        parse_urls(text, "--server", "http://localhost:8000/v1")
    assert "pass" not in str(caught.value) and "w0rd" not in str(caught.value)


@pytest.mark.parametrize("key", [
    "sk-or-v1-8f3Kq92LmZx7Wn4Bv6Tc", "9f86d081884c7d659a2feaa0c55ad015", "AbC123dEf456GhI789jKl",
    "123e4567-e89b-12d3-a456-426614174000", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"])
@pytest.mark.parametrize("url", [
    "http://host/KEY/v1", "http://host/v1/KEY", "http://host/v1/KEY/", "http://host/v1/key=KEY/x", "http://host//KEY//v1",
    "http://host/v1/(KEY)", "http://host/api;key=KEY/v1", "http://host/v1/bot-KEY", "http://host/v1/%4BKEY",
    "http://host:8443/v1/KEY.json", "http://user:pass@host/KEY/v1?x=1", "http://host/v1/../KEY", "http://host/v1/@KEY",
    "http://host/v1/a:KEY@x/v1"])
def test_a_key_in_the_path_of_a_base_url_is_not_shown(url, key):
    assert key not in without_credentials(url.replace("KEY", key))
    if "@" not in url:
        assert any(key in secret for secret in secrets_in(url.replace("KEY", key)))


@pytest.mark.parametrize("url", [
    "http://localhost:8000/v1", "https://host/v1beta/openai", "https://host/openai/deployments/gpt-4o-2024-08-06",
    "https://host/compatible-mode/v1", "https://ec2-1a2b-3c4d-5e6f-7a8b.host/simulator/v12",
    "https://host/Meta-Llama-3.1-405B-Instruct-Turbo/v1", "https://host/Qwen3-30B-A3B-Instruct-2507/v1"])
def test_other_paths_are(url):
    assert without_credentials(url) == url and not secrets_in(url)


@pytest.mark.parametrize("key", ["live_hxyzqezvkylocabc_defg", KEY.replace("-", "_"), "live_51HxYzQ2eZvKYlo2C8"])
@pytest.mark.parametrize("said", ["use {} instead of temperature", "temperature was renamed to '{}'",
                                  "temperature: replaced by {}"])
def test_no_name_of_a_parameter_is_the_key(model_for, monkeypatch, capsys, key, said):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with serve_chat(lambda request: Reply(said.format(key), status=400)) as server, pytest.raises(RecordError):
        model_for(server.url, temperature=0.5).complete(HELLO, record="r")
    assert key not in capsys.readouterr().err and not any(key in request for request in server.requests)


@pytest.fixture
def without_proxies(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("said", [b"407 no KEY", b"502 KEY\x1b[2J", b"403 user:KEY@proxy", b"407 \r\nX: KEY"])
def test_no_message_holds_a_proxys_password(model_for, monkeypatch, without_proxies, name, said):
    def refuse(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 " + said.replace(b"KEY", KEY.encode()) + b"\r\nContent-Length: 0\r\n\r\n")

    monkeypatch.setattr("toolalpaca.llm.endpoint.PROBE_TRIES", 1)
    with raw_server(refuse) as url:
        monkeypatch.setenv(name, url.replace("//", f"//user:{KEY}@"))
        with pytest.raises(UsageError, match="no answer") as caught:
            model_for("https://192.0.2.1/v1").complete(HELLO, record="r")
    assert KEY not in str(caught.value) and str(caught.value).isprintable()


@pytest.mark.parametrize("proxy", ["ftp://user:KEY@host", "http://user:KEY@[::1", "http://user:KEY@host:99999", "ftp://x",
                                   "socks4://user:KEY@host", "KEY://host", "http://user:KEY@:x"])
def test_a_proxy_that_is_none_is_said_in_one_line_without_its_password(model_for, monkeypatch, without_proxies, proxy):
    monkeypatch.setenv("ALL_PROXY", proxy.replace("KEY", KEY))
    with pytest.raises(UsageError) as caught:
        model_for("http://192.0.2.1/v1", timeout=0.5).complete(HELLO, record="r")
    assert KEY not in str(caught.value) and len(str(caught.value)) < 400 and str(caught.value).isprintable()
