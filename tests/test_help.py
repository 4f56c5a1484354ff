"""`--help` of every script: quick, because nothing heavy is imported for it, and complete."""

import re
import subprocess
import sys
from functools import cache

import pytest
from stage_command import ROOT, TIMEOUT, stage_environment

SCRIPTS = [
    "tool_maker/preprocess_public_apis.py", "tool_maker/get_elements.py",
    "tool_maker/natural_language_documentation.py", "instance_generation/instruction.py",
    "instance_generation/simulator.py", "instance_generation/generation.py", "instance_generation/verification.py",
    "instance_generation/rewording.py", "build_dataset.py", "train.py", "evaluation.py", "report.py",
    "offline_llm/__main__.py", "toolalpaca/training/tiny_model.py", "toolalpaca/training/smollm2.py",
    "toolalpaca/environment/grpo.py",
]
MODULES = {"offline_llm/__main__.py": "offline_llm",
           "toolalpaca/training/tiny_model.py": "toolalpaca.training.tiny_model",
           "toolalpaca/training/smollm2.py": "toolalpaca.training.smollm2",
           "toolalpaca/environment/grpo.py": "toolalpaca.environment.grpo"}
HEAVY = {"openai", "httpx2", "requests", "flask", "waitress", "torch", "transformers", "datasets", "numpy", "scipy",
         "jsonschema", "jsonschema_rs", "openapi_spec_validator", "faker", "tqdm", "yaml", "pydantic", "sqlite3",
         "matplotlib", "jinja2", "nltk", "textblob", "datasketch"}


@cache
def show_help(script: str, columns: int = 300) -> "subprocess.CompletedProcess[str]":
    called = ["-m", MODULES[script]] if script in MODULES else [script]
    return subprocess.run([sys.executable, "-X", "importtime", *called, "--help"], cwd=ROOT, check=False,
                          env=stage_environment(COLUMNS=str(columns)), capture_output=True, text=True, timeout=TIMEOUT)


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


@pytest.mark.parametrize("script", sorted(MODULES))
def test_a_module_is_shown_as_it_is_called(script):
    assert show_help(script).stdout.startswith(f"usage: python -m {MODULES[script]} ")


@pytest.mark.parametrize("script", ["evaluation.py", "report.py", "offline_llm/__main__.py"])
def test_empty_defaults_are_not_shown(script):
    assert not re.search(r"\(default: (\[\])?\)", show_help(script).stdout)


@pytest.mark.parametrize("script", ["evaluation.py", "train.py"])
def test_what_stands_above_a_group_of_options_is_wrapped(script):
    shown = show_help(script, columns=80).stdout
    assert max(map(len, re.findall(r"^  (?=[A-Z]).*$", shown, re.MULTILINE))) <= 80


def _continues(shown: str, option: str) -> bool:
    """A long option's text stands on the next line."""
    lines = shown.splitlines()
    following = lines[lines.index(f"  {option}") + 1]
    return following.startswith("      ") and bool(following.strip())
