"""The user agent stays the user and is told what it said before."""

import pytest
from agent_fakes import QueueModel

from toolalpaca.agent.user_agent import PLACEHOLDERS, UserAgent, users_words
from toolalpaca.llm.prompt_templates import Prompt


@pytest.mark.parametrize(("written", "words"), [
    ("In Paris, please.", "In Paris, please."), ('User: "In Paris."', "In Paris."), ("“In Paris.”", "In Paris."),
    ("**Answer:** In\nParis.", "In Paris."), ('"A" and "B"', '"A" and "B"'),
])
def test_the_users_words_alone(written: str, words: str) -> None:
    assert users_words(written) == words


@pytest.mark.parametrize("written", ["", "  ", "As an AI language model I cannot know.",
                                     "Sure! How can I help you today?"])
def test_an_answer_out_of_role_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="user"):
        users_words(written)


def test_the_prompt_holds_instruction_history_and_question(tmp_path) -> None:
    template = tmp_path / "User.txt"
    template.write_text("${functions}|${instruction}|${history}|${question}")
    model = QueueModel("I am glad to help. How may I assist?", "In Paris.")
    user = UserAgent(model, Prompt(template, PLACEHOLDERS))
    assert user.answer("Where?", instruction="Weather", functions="f", before=[("When?", "Today.")],
                       record="A [0]") == "In Paris."
    assert model.prompts[0] == "f|Weather|Assistant: When?\nYou: Today.|Where?"
