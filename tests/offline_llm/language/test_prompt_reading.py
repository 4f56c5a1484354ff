"""The prompts: every one is recognised by its first line and complete, and its sections can be told apart."""

from string import Template

import pytest
from offline_roles import ROOT

from offline_llm.language.prompt_reading import role_of, sections
from toolalpaca.conversation.forms import PROMPT_FORMS

NAMES = {
    "Introduction": "introduction",
    "Functions": "functions",
    "Documentation": "documentation",
    "Instruction": "instruction",
    "Instruction2": "instruction",
    "User": "user",
    "Simulator": "simulator",
    "Evaluation": "judge",
    **{f"Assistant_{form}": "assistant" for form in PROMPT_FORMS},
}
PLACEHOLDERS = {
    "Introduction": {"name", "description", "link", "category"},
    "Functions": {"name", "description", "link", "category", "introduction"},
    "Documentation": {"name", "description", "link", "category", "introduction", "functions"},
    "Instruction": {"name", "description", "introduction", "functions", "number", "kinds", "day"},
    "Instruction2": {"name", "description", "introduction", "functions", "number", "kinds", "day"},
    "User": {"instruction", "functions", "day", "history", "question"},
    "Simulator": {"name", "description", "operation", "history", "request", "instruction", "now"},
    "Evaluation": {"functions", "instruction", "golden_answer", "solution"},
}


def _template(name):
    return Template((ROOT / "prompts" / f"{name}.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "role"), NAMES.items())
def test_each_prompt_is_known_by_its_first_line(name, role):
    template = _template(name)
    assert template.is_valid()
    assert role_of(template.substitute({key: f"some {key}" for key in template.get_identifiers()})) == role


@pytest.mark.parametrize("name", NAMES)
def test_each_prompt_has_its_placeholders(name):
    wanted = PLACEHOLDERS.get(name, {"name", "introduction", "functions", "function_names"})
    assert set(_template(name).get_identifiers()) == wanted


def test_other_text_has_no_role():
    assert role_of("Hello") is None


def test_sections_are_told_apart_and_keep_headings_of_their_own():
    text = "Start\n\n## API\nName: a\n\n## Functions\none\n\n## API\nnot this\n\nWrite the list now.\n"
    assert sections(text) == {"API": "Name: a", "Functions": "one\n## API\nnot this"}
