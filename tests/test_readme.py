"""The README's commands are real: every script is there and knows every flag it is given."""

import re
import shlex

import pytest
from stage_command import ROOT, run_stage

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """Every command in the README that runs one of our scripts, its continued lines joined."""
    text = README.replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if re.match(r"^    +(python|deepspeed) ", line)]
    return [shlex.split(line) for line in lines]


def script_and_flags(command: list[str]) -> tuple[str, list[str]]:
    place = next(index for index, word in enumerate(command) if word.endswith(".py"))
    return command[place], [word for word in command[place + 1:] if re.match(r"^--?[a-zA-Z]", word)]


def test_all_nine_stages_are_there():
    scripts = {script_and_flags(command)[0] for command in commands()}
    assert scripts == {
        "tool_maker/preprocess_public_apis.py", "tool_maker/get_elements.py",
        "tool_maker/natural_language_documentation.py", "instance_generation/instruction.py",
        "instance_generation/simulator.py", "instance_generation/generation.py", "build_dataset.py", "train.py",
        "evaluation.py"}


@pytest.mark.parametrize("command", commands(), ids=lambda command: " ".join(command[:3]))
def test_a_command_uses_flags_that_the_script_has(command):
    script, flags = script_and_flags(command)
    shown = run_stage(script, "--help")
    assert shown.returncode == 0
    for flag in flags:
        assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", shown.stdout), f"{script} has no {flag}"


def test_the_demo_runs_the_same_scripts():
    demo = (ROOT / "scripts" / "demo.sh").read_text()
    for command in commands():
        assert script_and_flags(command)[0] in demo


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_links_to_files_lead_somewhere(link):
    assert (ROOT / link).exists()
