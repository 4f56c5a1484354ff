"""The templates of the prompt forms ask for the labels by which turns are read."""

import pytest

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.core.files import REPOSITORY


@pytest.mark.parametrize("form", PROMPT_FORMS.values(), ids=PROMPT_FORMS.keys())
def test_a_template_shows_each_label_of_its_form_at_the_beginning_of_a_line(form) -> None:
    lines = (REPOSITORY / "prompts" / f"Assistant_{form.name}.txt").read_text(encoding="utf-8").splitlines()
    labels = [label for part, label in form.labels.items() if part != "question"]
    places = {label: next((place for place, line in enumerate(lines) if line.startswith(f"{label} ")), None)
              for label in labels}
    assert None not in places.values(), f"{form.name} lacks {[label for label in labels if places[label] is None]}"
    assert sorted(labels, key=places.get) == labels, "in the order of a conversation"


def test_every_template_of_an_assistant_has_a_form() -> None:
    templates = {path.stem.removeprefix("Assistant_") for path in (REPOSITORY / "prompts").glob("Assistant_*.txt")}
    assert templates == {*PROMPT_FORMS, "tools"}
