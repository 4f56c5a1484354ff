"""Bodies that are forms: their fields read as the properties of an object, each in the style that the document says."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from toolalpaca.openapi.coercion import TextMember, TextReader
from toolalpaca.openapi.media_types import FORM
from toolalpaca.openapi.operations import PropertyEncoding
from toolalpaca.openapi.styles import encoded_value, parts_of_list, parts_of_object, separator_of


def read_form(content_type: str, data: bytes, reader: TextReader, encoding: Mapping[str, PropertyEncoding]
              ) -> list[dict[str, Any]]:
    """Return the objects that a form may be, likeliest first; raise ValueError if it cannot be read."""
    from werkzeug.formparser import FormDataParser
    from werkzeug.http import parse_options_header

    media, options = parse_options_header(content_type)
    try:
        _, fields, files = FormDataParser(silent=False).parse(io.BytesIO(data), media, len(data), options)
    except Exception as error:  # the parser meets broken forms with several kinds of error
        raise ValueError(type(error).__name__) from None
    pairs: dict[str, TextMember] = {key.removesuffix("[]"): fields.getlist(key) for key in fields}
    pairs |= {key: file.read().decode("utf-8", "replace") for key, file in files.items()}
    sent = data.decode("utf-8", "replace") if media == FORM else ""
    for name, how in encoding.items():
        if how.style and reader.property(name).is_object:
            _read_object(pairs, name, how, reader, sent)
        elif how.style and reader.property(name).is_array:
            _read_list(pairs, name, how, sent)
    return reader.objects(pairs)


def _read_list(pairs: dict[str, TextMember], name: str, how: PropertyEncoding, sent: str) -> None:
    """Replace the field of a list by its items."""
    texts = pairs.get(name)
    if texts == [""]:
        pairs[name] = []
    elif isinstance(texts, list) and len(texts) == 1 and not how.explode:
        text, separator = encoded_value(sent, name), separator_of(how.style)
        pairs[name] = parts_of_list(text, separator, unquote_plus) if text else texts[0].split(separator)


def _read_object(pairs: dict[str, TextMember], name: str, how: PropertyEncoding, reader: TextReader, sent: str) -> None:
    """Replace the fields of an object by its properties."""
    inner: dict[str, Any] = {}
    texts = pairs.get(name)
    if how.style == "deepObject":
        fields = {key: key[len(name) + 1:-1] for key in pairs if key.startswith(f"{name}[") and key[-1] == "]"}
        inner = {fields[key]: pairs.pop(key) for key in fields if isinstance(pairs[key], list)}
    elif how.explode and texts is None:
        own = reader.property(name).properties.keys() - reader.properties.keys()
        inner = {key: pairs.pop(key) for key in [*pairs] if key in own}
    elif isinstance(texts, list) and len(texts) == 1 and texts[0][:1] != "{":
        text = encoded_value(sent, name)
        parts = parts_of_object(text or texts[0], separator_of(how.style), False, unquote_plus if text else str)
        inner = {key: [value] for key, value in (parts or {}).items()}
    if inner or texts == [""]:
        pairs[name] = inner
