"""Runs a stage as its user does, as a process in the repository root, with an endpoint of the test's choice."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def stage_environment(**variables: str) -> dict[str, str]:
    """The environment without any key or endpoint of the machine, plus `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return {**kept, "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1", **variables}


def run_stage(*command: str | Path, url: str | None = None, timeout: float = 120, **variables: str,
              ) -> "subprocess.CompletedProcess[str]":
    """`python COMMAND...`, run to its end; `url` is the chat endpoint's."""
    if url:
        variables = {"OPENAI_BASE_URL": url, "OPENAI_DEFAULT_MODEL": "offline", **variables}
    return subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, env=stage_environment(**variables),
                          capture_output=True, text=True, timeout=timeout, check=False)


def assert_usage_error(result: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """Exit code 2 and one clear line on standard error that holds `words`."""
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr
