"""`--help` of every script: quick, because nothing heavy is imported for it, and complete."""

import re
import subprocess
import sys

import pytest
from stage_command import ROOT, stage_environment

SCRIPTS = [
    "tool_maker/preprocess_public_apis.py", "tool_maker/get_elements.py",
    "tool_maker/natural_language_documentation.py", "instance_generation/instruction.py",
    "instance_generation/simulator.py", "instance_generation/generation.py", "build_dataset.py", "train.py",
    "evaluation.py", "report.py", "offline_llm/__main__.py",
]
HEAVY = {"openai", "httpx2", "requests", "flask", "waitress", "torch", "transformers", "datasets", "numpy", "scipy",
         "jsonschema", "jsonschema_rs", "openapi_spec_validator", "faker", "tqdm", "yaml", "pydantic", "sqlite3",
         "matplotlib", "jinja2", "nltk", "textblob", "datasketch"}


def show_help(script: str) -> "subprocess.CompletedProcess[str]":
    module = ["-m", "offline_llm"] if script.startswith("offline_llm") else [script]
    return subprocess.run([sys.executable, "-X", "importtime", *module, "--help"], cwd=ROOT, check=False,
                          env=stage_environment(COLUMNS="300"), capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_imports_nothing_heavy(script):
    shown = show_help(script)
    assert shown.returncode == 0
    imported = set(re.findall(r"\|\s+([\w]+)", shown.stderr))
    assert not imported & HEAVY


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_describes_every_option_and_shows_a_command(script):
    shown = show_help(script).stdout
    assert re.search(r"^\s+(python|deepspeed) \S+", shown, re.MULTILINE)
    options = re.findall(r"^  (-\S.*)$", shown, re.MULTILINE)
    assert len(options) > 1
    for option in options:
        assert len(re.split(r"\s{2,}", option.strip())) >= 2 or _continues(shown, option), option


def _continues(shown: str, option: str) -> bool:
    """A long option's text stands on the next line."""
    lines = shown.splitlines()
    following = lines[lines.index(f"  {option}") + 1]
    return following.startswith("      ") and bool(following.strip())
