"""Secrets in every form in which a server, a library or a model may echo them, and texts that hold none."""

import base64
import codecs
import html
import json
import unicodedata
from urllib.parse import quote, quote_plus

import pytest
from effort import at_most

from toolalpaca.data.redaction import MASK, Redactor, is_random

KEYS = ["sk-proj-Ab3dEf6hIj9kLmN0", "k3y/with+signs&more=1==", "clé-secrète-42-ü/ß&<'\">",
        "0123456789abcdef0123456789abcdef", "live_51HxYzQ2eZvKYlo2C8", "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"]


def lines_of(text, width):
    return "\n".join(text[at:at + width] for at in range(0, len(text), width))


FORMS = {
    "as it is": lambda key: key,
    "upper case": str.upper,
    "lower case": str.lower,
    "percent": lambda key: quote(key, safe=""),
    "percent in lower case": lambda key: "".join(f"%{byte:02x}" for byte in key.encode()),
    "percent twice": lambda key: quote(quote(key, safe=""), safe=""),
    "plus": quote_plus,
    "json": json.dumps,
    "json in json": lambda key: json.dumps({"a": json.dumps({"b": key})}),
    "json, all escaped": lambda key: "".join(f"\\u{ord(char):04X}" for char in key),
    "json, slashes escaped": lambda key: json.dumps(key).replace("/", "\\/").replace("&", "\\u0026"),
    "html": html.escape,
    "html by number": lambda key: "".join(f"&#{ord(char)};" for char in key),
    "html by hexadecimal number": lambda key: "".join(f"&#x{ord(char):x};" for char in key),
    "html twice": lambda key: html.escape(html.escape(key)),
    "python": lambda key: repr(key.encode()),
    "NUL inside": lambda key: "\0".join(key),
    "UTF-16 read as Latin-1": lambda key: key.encode("utf-16").decode("latin-1"),
    "UTF-8 read as Latin-1": lambda key: key.encode().decode("latin-1"),
    "cut into lines": lambda key: lines_of(key, 7),
    "cut into lines with a margin": lambda key: lines_of(key, 5).replace("\n", "\r\n    | "),
    "cut into a list": lambda key: json.dumps([key[:6], key[6:13], key[13:]]),
    "spelled out": lambda key: " ".join(key),
    "zero-width spaces": lambda key: "\\u200b".join([key[:4], key[4:9], key[9:]]),
    "hexadecimal": lambda key: key.encode().hex(),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 in a longer text": lambda key: base64.b64encode(f"user:{key}:more".encode()).decode(),
    "base64 of another beginning": lambda key: base64.b64encode(f"u:{key}".encode()).decode(),
    "base64 for URLs, in lines": lambda key: lines_of(base64.urlsafe_b64encode(f"x{key}y".encode()).decode(), 20),
    "base64 in lines of JSON": lambda key: json.dumps(lines_of(base64.b64encode(key.encode()).decode(), 12)),
    "comments between": lambda key: "<!-- a -->".join([key[:6], key[6:12], key[12:]]),
    "octal escapes without zeros": lambda key: "".join(f"\\{byte:o}" for byte in key.encode()),
    "escapes of a style sheet": lambda key: "".join(f"\\{byte:06x}" for byte in key.encode()),
    "calls of chr": lambda key: " + ".join(f"chr({byte})" for byte in key.encode()),
    "with a line break": lambda key: f"Invalid header value {key + chr(10)!r}",
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_key_gets_through(key, form):
    echoed = FORMS[form](key)
    text = Redactor([key]).text(f"The server says: <{echoed}> and more.")
    assert MASK in text and text.startswith("The server says: <") and text.endswith("> and more.")
    if "longer" not in form and "break" not in form and "another" not in form and "in lines" not in form:
        letters = [part for part in (echoed[at:at + 6] for at in range(0, len(echoed) - 6, 3)) if part.isalnum()]
        assert not any(part in text for part in letters)


RARE_FORMS = {
    "base32": lambda key: base64.b32encode(key.encode()).decode(),
    "base64 twice": lambda key: base64.b64encode(base64.b64encode(key.encode())).decode(),
    "base64 of UTF-16": lambda key: base64.b64encode(key.encode("utf-16-le")).decode(),
    "quoted-printable": lambda key: "".join(f"={byte:02X}" for byte in key.encode()),
    "UTF-7": lambda key: key.encode("utf-7").decode(),
    "reversed": lambda key: key[::-1],
    "bytes in decimals": lambda key: str(list(key.encode())),
    "bytes in hexadecimals": lambda key: ", ".join(hex(byte) for byte in key.encode()),
    "octal escapes": lambda key: "".join(f"\\{byte:03o}" for byte in key.encode()),
    "escapes of eight digits": lambda key: "".join(f"\\U{ord(char):08x}" for char in key),
    "escapes in braces": lambda key: "".join(f"\\u{{{ord(char):x}}}" for char in key),
    "percent and u": lambda key: "".join(f"%u{ord(char):04X}" for char in key),
    "code points": lambda key: " ".join(f"U+{ord(char):04X}" for char in key),
    "references without an end": lambda key: "".join(f"&#{ord(char)}" for char in key),
    "references with zeros": lambda key: "".join(f"&#{ord(char):09};" for char in key),
    "full width": lambda key: "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in key),
    "decomposed": lambda key: unicodedata.normalize("NFD", key),
    "accents between": lambda key: "\u0301".join(key),
    "terminal colours between": lambda key: "\x1b[1m".join(key),
    "tags between": lambda key: "<br/>".join(key),
    "title case": str.title,
    "base32 with extended hexadecimal digits": lambda key: base64.b32hexencode(key.encode()).decode(),
    **{f"base32 after {count} bytes": lambda key, count=count: base64.b32encode(b"k" * count + key.encode()).decode()
       for count in (1, 3)},
    **{f"base85 after {count} bytes": lambda key, count=count: base64.b85encode(b"k" * count + key.encode()).decode()
       for count in range(4)},
    "Ascii85 in a longer text": lambda key: base64.a85encode(f"the key is {key} now".encode(), adobe=True).decode(),
    "ROT13": lambda key: codecs.encode(key, "rot13"),
    "bits": lambda key: " ".join(f"{byte:08b}" for byte in key.encode()),
    "base64, reversed": lambda key: base64.b64encode(key.encode()).decode()[::-1],
    "reversed, in base64": lambda key: base64.b64encode(key[::-1].encode()).decode(),
    "base64 of hexadecimal": lambda key: base64.b64encode(key.encode().hex().encode()).decode(),
    "hexadecimal of base64": lambda key: base64.b64encode(key.encode()).hex(),
    "base64 of base64 of a longer text": lambda key: base64.b64encode(base64.b64encode(f"is {key}".encode())).decode(),
}


@pytest.mark.parametrize("key", [*KEYS[:1], *KEYS[2:]])
@pytest.mark.parametrize("form", RARE_FORMS)
def test_nor_does_a_rare_form(key, form):
    assert MASK in Redactor([key]).text(f"The server says: ({RARE_FORMS[form](key)}) and more.")


@pytest.mark.parametrize("ending", ["\n", "\r\n", " ", "\t\n"])
@pytest.mark.parametrize("key", KEYS[:3])
def test_a_key_that_ends_in_a_blank_is_masked_without_it_too(key, ending):
    redactor = Redactor([key + ending])
    for text in (key, f"x{key}y", repr(key + ending), f"Bearer {key}"):
        assert key not in redactor.text(text) and MASK in redactor.text(text)


@pytest.mark.parametrize("scheme", ["Basic ", "basic ", ""])
def test_user_and_password_of_a_basic_credential_are_masked(scheme):
    redactor = Redactor([scheme + base64.b64encode(b"annalena:correct horse 77").decode()])
    for text in ("user annalena", "correct horse 77", "annalena:correct horse 77", "Correct%20Horse%2077"):
        assert MASK in redactor.text(f"<{text}>")


@pytest.mark.parametrize("size", [5, 6, 8, 15, 23])
def test_a_key_that_was_cut_with_its_text_is_masked(size):
    redactor = Redactor([KEYS[0]])
    assert redactor.text(f"the key is {KEYS[0][:size]}", cut=True) == f"the key is {MASK}"
    assert redactor.text("nothing of it at the end", cut=True) == "nothing of it at the end"


PARTS = {
    "without its end": lambda key: key[:-3],
    "without its beginning": lambda key: key[5:],
    "without its middle": lambda key: f"{key[:16]}...{key[20:]}",
    "base64 without its end": lambda key: base64.b64encode(key.encode()).decode()[:-6],
    "hexadecimal without its beginning": lambda key: key.encode().hex()[9:],
    "in a dump with its bytes": lambda key: "\n".join(
        f"{at:08x}: {key[at:at + 16].encode().hex(' ', 2)}  {key[at:at + 16]}" for at in range(0, len(key), 16)),
}


@pytest.mark.parametrize("key", ["sk-proj-Xw3pTr6vQj9kZmN0yHb7", KEYS[5], "ghp_16C7e42F292c6912E7710c838347Ae178B4a"])
@pytest.mark.parametrize("part", PARTS)
def test_a_large_part_of_a_key_is_masked(key, part):
    shown = Redactor([key]).text(f"The server says: ({PARTS[part](key)}) and more.")
    assert MASK in shown and key[6:18] not in shown


@pytest.mark.parametrize("key", ["my-production-server-key-1", "sk-1234567890abcdef", "local-llm-server-2024"])
def test_words_and_counting_are_no_part_of_a_key(key):
    text = "The production server has key number 1, llm server 20 and the identifier 1234567890abcd."
    assert Redactor([key]).text(text) == text


def test_values_are_masked_and_keys_only_if_asked_for():
    value = {KEYS[0]: [1, None, {"a": f"is {KEYS[0]}"}], "prompt_tokens": 5}
    assert Redactor([KEYS[0]]).value(value) == {KEYS[0]: [1, None, {"a": f"is {MASK}"}], "prompt_tokens": 5}
    assert Redactor([KEYS[0]]).value(value, keys=True) == {MASK: [1, None, {"a": f"is {MASK}"}], "prompt_tokens": 5}


@pytest.mark.parametrize("placeholder", [
    "EMPTY", "none", "token", "ollama", "test", "sk-no-key-required", "lm-studio", "not-needed", "dummy", "xxx",
    "sk-xxx", "your-api-key-here", "sk-1234", "anything", "fake-key", "changeme", "no-key", "placeholder", "NA",
    "token-abc123", "sk-xxxxxxxxxxxxxxxxxxxx", "00000000000000000000"])
def test_a_placeholder_is_not_taken_for_a_key(placeholder):
    assert not is_random(placeholder)


@pytest.mark.parametrize("key", [
    "user:password for server 1", "admin:admin1234567890", "Basic dXNlcjpwYXNzd29yZA==", "local vllm server 1 in the",
    "sk-local-1234567890 name", "api key 1234567890", "not a real key 42 password", "name:get:12345678 function"])
def test_of_a_key_that_is_put_together_no_word_is_masked_in_what_a_model_writes(key):
    text = "The name in the user password 1234567890 of admin get function api key: the server."
    assert Redactor([key], only_random=True).text(text) == text
    assert MASK in Redactor([key]).text(key)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is(key):
    assert is_random(key)


@pytest.mark.parametrize("text", [
    "100% of 20%25 \\u12 &amp &nosuch; %zz \\", "a" * 50_000, "\\u0000" * 5000, "%25" * 5000, "&amp;" * 5000,
    "\\" * 20_000, "%" * 20_000, "&#1114112; &#55296; \\ud800 \\udc00"])
def test_odd_texts_without_a_key_stay_and_take_no_time(text):
    with at_most(20):
        assert Redactor(KEYS).text(text) == text
