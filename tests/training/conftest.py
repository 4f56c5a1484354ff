"""Fixtures of the tests of training."""

from typing import Any

import pytest
from training_tokenizers import MAKERS, made


@pytest.fixture(scope="session", params=sorted(MAKERS))
def tokenizer(request: pytest.FixtureRequest) -> Any:
    """Each of the tokenizers in turn."""
    return made(request.param)


@pytest.fixture(scope="session")
def bytes_tokenizer() -> Any:
    """One tokenizer, for tests in which any serves: byte-level, without a padding token."""
    return made("byte_level")
