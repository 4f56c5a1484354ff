"""What a field holds, told by its name, its format or its description: an e-mail address, a price, a city."""

import re
from functools import lru_cache

from toolalpaca.core.text import id_noun, name_words, singular

FORMATS = {"date": "date", "date-time": "datetime", "time": "time_rfc", "email": "email", "idn-email": "email",
           "uuid": "uuid", "uri": "url", "url": "url", "iri": "url", "uri-reference": "url", "hostname": "hostname",
           "idn-hostname": "hostname", "ipv4": "ipv4", "ip": "ipv4", "ipv6": "ipv6", "byte": "base64",
           "binary": "base64", "password": "password", "duration": "duration_iso", "phone": "phone",
           "json-pointer": "json_pointer", "regex": "regex"}

_KINDS: dict[str, str] = {
    "email": "email", "mail": "email", "phone": "phone", "telephone": "phone", "mobile": "phone", "fax": "phone",
    "url": "url", "uri": "url", "link": "url", "href": "url", "website": "url", "homepage": "url", "webpage": "url",
    "endpoint": "url", "image": "image", "picture": "image", "photo": "image", "avatar": "image", "logo": "image",
    "icon": "image", "thumbnail": "image", "poster": "image", "cover": "image", "banner": "image", "img": "image",
    "trailer": "url", "domain": "hostname", "hostname": "hostname", "host": "hostname", "server": "hostname",
    "city": "city", "town": "city", "capital": "city", "country": "country", "nation": "country",
    "nationality": "country", "state": "state", "province": "state", "region": "state", "zip": "zip", "zipcode": "zip",
    "postcode": "zip", "postal": "zip", "street": "street", "address": "address", "location": "city", "place": "city",
    "venue": "company", "latitude": "latitude", "lat": "latitude", "longitude": "longitude", "lng": "longitude",
    "lon": "longitude", "timezone": "timezone", "continent": "continent", "airport": "airport", "origin": "city",
    "destination": "city",
    "company": "company", "organization": "company", "organisation": "company", "publisher": "company",
    "employer": "company", "brand": "company", "manufacturer": "company", "vendor": "company", "merchant": "company",
    "job": "job", "occupation": "job", "profession": "job", "position": "job", "role": "role",
    "department": "department",
    "author": "person", "artist": "person", "actor": "person", "director": "person", "owner": "person",
    "creator": "person", "user": "person", "customer": "person", "contact": "person", "person": "person",
    "player": "person", "character": "person", "sender": "person", "recipient": "person", "member": "person",
    "fullname": "person", "firstname": "first_name", "forename": "first_name", "lastname": "last_name",
    "surname": "last_name", "username": "username", "login": "username", "nickname": "username", "handle": "username",
    "discriminator": "four_digits", "gender": "gender", "sex": "gender",
    "date": "date", "day": "weekday", "birthday": "date", "deadline": "date", "datetime": "datetime",
    "timestamp": "datetime", "created": "datetime", "updated": "datetime", "modified": "datetime",
    "published": "datetime", "expires": "datetime", "expiration": "datetime", "expiry": "date", "time": "time",
    "hour": "time", "month": "month", "year": "year", "duration": "duration", "runtime": "duration",
    "currency": "currency", "symbol": "symbol", "ticker": "symbol", "pair": "currency_pair", "exchange": "company",
    "language": "language", "locale": "locale", "lang": "language_code", "color": "color", "colour": "color",
    "hex": "hex_color", "ip": "ipv4", "mac": "mac", "uuid": "uuid", "guid": "uuid", "token": "token", "key": "token",
    "secret": "token", "hash": "hash", "checksum": "hash", "signature": "hash", "password": "password",
    "isbn": "isbn", "iban": "iban", "bic": "bic", "vin": "token", "sku": "sku", "barcode": "barcode",
    "reference": "sku", "version": "version", "status": "status", "priority": "priority", "level": "priority",
    "severity": "priority", "size": "size", "format": "file_format", "extension": "file_format", "file": "file",
    "filename": "file", "path": "file_path", "mime": "mime", "unit": "unit", "category": "category",
    "genre": "genre", "tag": "tag", "keyword": "tag", "label": "tag", "topic": "category", "type": "type",
    "kind": "type", "breed": "breed", "species": "species", "animal": "species", "cuisine": "cuisine",
    "ingredient": "ingredient", "team": "team", "club": "team", "sport": "sport", "weather": "weather",
    "condition": "weather", "product": "product", "title": "title", "headline": "headline", "subject": "title",
    "name": "title", "slug": "slug", "description": "sentence", "summary": "sentence", "synopsis": "paragraph",
    "overview": "paragraph", "bio": "sentence", "biography": "paragraph", "text": "sentence", "content": "paragraph",
    "body": "paragraph", "comment": "sentence", "note": "sentence", "message": "message",
    "confirmation": "message", "detail": "sentence",
    "review": "sentence", "fact": "sentence", "quote": "sentence", "verse": "sentence", "caption": "sentence",
    "explanation": "sentence", "reason": "sentence", "question": "question", "answer": "sentence",
    "abstract": "paragraph",
    "lyric": "paragraph", "instruction": "sentence", "step": "sentence", "source": "source", "code": "code",
    "number": "number_text", "price": "price_text", "amount": "price_text", "album": "title", "song": "title",
    "movie": "title", "film": "title", "book": "title", "event": "title", "dashboard": "title", "project": "title",
    "model": "product", "course": "title", "recipe": "title", "service": "product", "airline": "airline",
    "carrier": "airline", "constellation": "title", "definition": "sentence", "word": "word", "synonym": "word",
    "rhyme": "word", "joke": "sentence", "punchline": "sentence", "setup": "question", "provider": "company",
}
_PAIRS = {("first", "name"): "first_name", ("last", "name"): "last_name", ("full", "name"): "person",
          ("user", "name"): "username", ("screen", "name"): "username", ("display", "name"): "person",
          ("company", "name"): "company", ("city", "name"): "city", ("country", "name"): "country",
          ("country", "code"): "country_code", ("currency", "code"): "currency", ("language", "code"): "language_code",
          ("zip", "code"): "zip", ("postal", "code"): "zip", ("area", "code"): "three_digits",
          ("phone", "number"): "phone", ("ip", "address"): "ipv4", ("mac", "address"): "mac",
          ("email", "address"): "email", ("street", "address"): "street", ("time", "zone"): "timezone",
          ("user", "agent"): "user_agent", ("currency", "pair"): "currency_pair", ("file", "name"): "file",
          ("host", "name"): "hostname", ("domain", "name"): "hostname", ("release", "date"): "date",
          ("line", "1"): "street", ("line1",): "street", ("line", "2"): "apartment", ("line2",): "apartment",
          ("account", "number"): "iban", ("tracking", "number"): "sku", ("created", "at"): "datetime",
          ("updated", "at"): "datetime", ("published", "at"): "datetime", ("expires", "at"): "datetime",
          ("last", "updated"): "datetime", ("last", "modified"): "datetime", ("embed", "code"): "html",
          ("verification", "code"): "six_digits", ("airport", "code"): "airport", ("iso", "code"): "country_code",
          ("connection", "string"): "connection", ("start", "time"): "datetime", ("end", "time"): "datetime",
          ("phone", "type"): "type", ("data", "type"): "type"}
_CODES = {"country": "country_code", "language": "language_code", "currency": "currency", "airport": "airport",
          "locale": "locale", "nation": "country_code"}
_PEOPLE = frozenset({"user", "person", "member", "author", "actor", "artist", "customer", "employee", "contact",
                     "player", "cast", "crew", "owner", "student", "patient", "doctor", "driver", "character",
                     "director", "creator", "guest", "attendee", "teacher", "agent", "participant", "profile",
                     "follower", "friend", "reviewer", "candidate", "client", "lead", "astronaut", "singer",
                     "politician", "legislator", "sender", "recipient", "passenger", "winner"})
_OPTIONS = re.compile(r"[\"'\u2018\u201c]([\w .+#/-]{1,30})[\"'\u2019\u201d]")


@lru_cache(maxsize=20000)
def kind_of(name: str, context: str, description: str) -> str:
    """The kind of text in a field; `context` is the noun of the thing it belongs to; "" where nothing tells."""
    parts = tuple(singular(word) for word in name_words(name))
    if not parts:
        return _described(description)
    if id_noun(name) is not None:
        return "id"
    if parts[-1] in ("url", "uri", "link", "href"):
        return "image" if _KINDS.get(parts[0]) == "image" else "url"
    if parts[-2:] in _PAIRS or parts[-1:] in _PAIRS:
        return _PAIRS.get(parts[-2:]) or _PAIRS[parts[-1:]]
    if parts[-1] == "name":
        return _name_kind(parts[-2] if len(parts) > 1 else context)
    if parts == ("code",) and context in _CODES:
        return _CODES[context]
    return _KINDS.get(parts[-1]) or _described(description) or next(
        (_KINDS[word] for word in reversed(parts) if word in _KINDS), "")


def _name_kind(noun: str) -> str:
    """What the name of such a thing looks like."""
    if noun in _PEOPLE:
        return "person"
    kind = _KINDS.get(noun, "")
    return kind if kind in ("city", "country", "state", "company", "language", "currency", "team", "product", "breed",
                            "species", "color", "genre", "category", "ingredient", "file", "airline", "role",
                            "department") else "title"


def _described(description: str) -> str:
    """The kind that a description names first: "The URL of the image" is a URL."""
    for word in name_words(description)[:16]:
        kind = _KINDS.get(singular(word))
        if kind and kind not in ("title", "type", "person", "number_text", "code", "source"):
            return kind
    return ""


@lru_cache(maxsize=20000)
def options_in(description: str) -> tuple[str, ...]:
    """The values that a description lists as examples in quotes: "format (e.g., 'csv', 'json')"."""
    found = tuple(dict.fromkeys(option.strip() for option in _OPTIONS.findall(description)))
    return found if len(found) > 1 else ()
