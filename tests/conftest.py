"""Fixtures that the whole suite shares."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The suite tries the same examples each time, so that it fails for what was changed; --slow looks for new ones.
settings.register_profile("searching")
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with the published reference data, where there is one."""
    folder = os.environ.get("TOOLALPACA_REFERENCE")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set TOOLALPACA_REFERENCE to the folder with the published reference files to run this")
    return Path(folder)


@pytest.fixture
def root() -> Path:
    """The repository root, where every script runs."""
    return ROOT
