"""Fixtures that the whole suite shares."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from stage_command import close_fork_server

# The suite tries the same examples each time, so that it fails for what was changed; --slow looks for new ones.
settings.register_profile("searching")
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")

# They take longest, so they come first: else one process would be busy with them after the other has finished.
LONG = ("runner/test_ray_executor.py", "test_guides.py", "benchmarks/", "test_faults.py", "test_crash.py",
        "test_train.py", "training/", "test_credentials.py", "test_generation.py", "test_shards",
        "test_schemathesis.py", "test_browser.py", "test_documents.py", "test_rewards.py")

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the long files to the front; the order is otherwise kept."""
    items.sort(key=lambda item: next((place for place, name in enumerate(LONG) if name in item.nodeid), len(LONG)))


def pytest_sessionfinish() -> None:
    close_fork_server()
