"""Realistic texts by kind, drawn once through Faker and picked from afterwards, which costs next to nothing.

Every pool is filled from a fixed seed and holds no value that depends on today's date, so that the same request gets
the same answer tomorrow.
"""

import base64
import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from toolalpaca.simulator.faker.kind_tables import VALUES

if TYPE_CHECKING:
    from faker import Faker

POOL_SIZE = 200
_DRAWING = threading.Lock()
_POOLS = dict(VALUES)
_BEGIN = datetime(2024, 1, 1)


@lru_cache(maxsize=1)
def _faker() -> "Faker":
    from faker import Faker

    return Faker("en_US")


def pool(kind: str) -> tuple[str, ...]:
    """Return the texts of a kind; for an unknown kind short sentences."""
    return _POOLS.get(kind) or _drawn_once(kind)


def _drawn_once(kind: str) -> tuple[str, ...]:
    with _DRAWING:  # the one Faker of all threads
        if kind not in _POOLS:
            _POOLS[kind] = _drawn(kind)
        return _POOLS[kind]


def _drawn(kind: str) -> tuple[str, ...]:
    fake = _faker()
    fake.seed_instance(f"pool of {kind}")
    make = _makers().get(kind, lambda fake: fake.sentence(nb_words=8))
    return tuple(make(fake) for _ in range(POOL_SIZE))


def _makers() -> dict[str, Callable[["Faker"], str]]:
    return {
        "email": lambda fake: fake.ascii_safe_email(), "phone": lambda fake: fake.numerify("+1-###-555-01##"),
        "url": lambda fake: f"https://www.{fake.domain_name()}/{fake.slug()}",
        "image": lambda fake: f"https://images.{fake.domain_name()}/{fake.slug()}.jpg",
        "hostname": lambda fake: fake.domain_name(), "zip": lambda fake: fake.postcode(),
        "apartment": lambda fake: fake.secondary_address(),
        "address": lambda fake: fake.address().replace("\n", ", "),
        "latitude": lambda fake: str(fake.latitude()), "longitude": lambda fake: str(fake.longitude()),
        "job": lambda fake: fake.job(), "person": lambda fake: fake.name(),
        "first_name": lambda fake: fake.first_name(), "last_name": lambda fake: fake.last_name(),
        "username": lambda fake: fake.user_name(), "date": lambda fake: _moment(fake).strftime("%Y-%m-%d"),
        "datetime": lambda fake: _moment(fake).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "time": lambda fake: _moment(fake).strftime("%H:%M"),
        "time_rfc": lambda fake: _moment(fake).strftime("%H:%M:%SZ"),
        "month": lambda fake: _moment(fake).strftime("%B"), "year": lambda fake: str(fake.random.randint(1995, 2025)),
        "color": lambda fake: fake.safe_color_name(), "hex_color": lambda fake: fake.hex_color(),
        "ipv4": lambda fake: fake.ipv4(), "ipv6": lambda fake: fake.ipv6(), "mac": lambda fake: fake.mac_address(),
        "uuid": lambda fake: fake.uuid4(), "token": lambda fake: fake.sha1()[:24], "hash": lambda fake: fake.sha256(),
        "password": lambda fake: fake.password(length=12), "isbn": lambda fake: fake.isbn13(),
        "iban": lambda fake: fake.iban(), "bic": lambda fake: fake.swift(),
        "sku": lambda fake: fake.bothify("??-#####").upper(), "barcode": lambda fake: fake.ean13(),
        "file_path": lambda fake: fake.file_path(), "base64": lambda fake: _base64(fake),
        "user_agent": lambda fake: fake.user_agent(),
        "product": lambda fake: f"{fake.last_name()} {fake.color_name()}",
        "title": lambda fake: " ".join(fake.words(nb=2)).title(), "word": lambda fake: fake.word(),
        "headline": lambda fake: fake.sentence(nb_words=6).rstrip("."), "slug": lambda fake: fake.slug(),
        "sentence": lambda fake: fake.sentence(nb_words=10), "paragraph": lambda fake: fake.paragraph(nb_sentences=3),
        "question": lambda fake: fake.sentence(nb_words=8).rstrip(".") + "?",
        "four_digits": lambda fake: fake.numerify("####"), "three_digits": lambda fake: fake.numerify("###"),
        "six_digits": lambda fake: fake.numerify("######"), "number_text": lambda fake: fake.numerify("%###"),
        "price_text": lambda fake: f"{fake.random.uniform(5, 500):.2f}",
        "html": lambda fake: f'<iframe src="https://{fake.domain_name()}/embed/{fake.numerify("%###")}"></iframe>',
        "connection": lambda fake: f"postgresql://{fake.user_name()}@{fake.domain_name()}/main",
    }


def _moment(fake: "Faker") -> datetime:
    return _BEGIN + timedelta(seconds=fake.random.randint(0, 2 * 365 * 86400))


def _base64(fake: "Faker") -> str:
    return base64.b64encode(fake.sentence(nb_words=4).encode()).decode()


def pick(kind: str, random_: random.Random) -> str:
    """One text of a kind."""
    values = pool(kind)
    return values[int(random_.random() * len(values))]
