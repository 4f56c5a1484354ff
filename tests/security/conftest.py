"""What the tests of a model's endpoint share."""

import pytest
from model_server import model_at


@pytest.fixture
def model_for(tmp_path, monkeypatch):
    """Return a maker of chat models from a server's URL and a role's settings."""
    monkeypatch.setattr("toolalpaca.llm.chat.back_off", lambda failures: 0.01)
    return lambda url, **settings: model_at(url, tmp_path, **settings)
