"""The user agent stays the user and is told what it said before."""

import pytest
from agent_fakes import QueueModel

from toolalpaca.agent.user_agent import FOLLOW_UP_PLACEHOLDERS, PLACEHOLDERS, UserAgent, UserScene, users_words
from toolalpaca.llm.prompts import Prompt


def follow_up(folder) -> Prompt:
    template = folder / "User_follow_up.txt"
    template.write_text("${instruction}|${left}|${history}")
    return Prompt(template, FOLLOW_UP_PLACEHOLDERS)


@pytest.mark.parametrize(("written", "words"), [
    ("In Paris, please.", "In Paris, please."), ('User: "In Paris."', "In Paris."), ("“In Paris.”", "In Paris."),
    ("**Answer:** In\nParis.", "In Paris."), ('"A" and "B"', '"A" and "B"'),
    ("In Paris. Let me know if you need the street!", "In Paris. Let me know if you need the street!"),
])
def test_the_users_words_alone(written: str, words: str) -> None:
    assert users_words(written) == words


@pytest.mark.parametrize("written", ["", "  ", "As an AI language model I cannot know.",
                                     "Sure! How can I help you today?",
                                     "It is in Paris. Let me know if you need any further assistance."])
def test_an_answer_out_of_role_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="user"):
        users_words(written)


def test_the_prompt_holds_instruction_history_and_question(tmp_path) -> None:
    template = tmp_path / "User.txt"
    template.write_text("${functions}|${instruction}|${day}|${history}|${question}")
    model = QueueModel("I am glad to help. How may I assist?", "In Paris.")
    user = UserAgent(model, Prompt(template, PLACEHOLDERS), follow_up(tmp_path))
    scene = UserScene("Weather", "f", "Friday, 14 March 2025")
    assert user.answer("Where?", scene, before=[("When?", "Today.")], record="A [0]") == "In Paris."
    assert model.prompts[0] == "f|Weather|Friday, 14 March 2025|Assistant: When?\nYou: Today.|Where?"


def test_the_next_thing_is_said_with_goal_and_answers_in_view_or_the_user_ends(tmp_path) -> None:
    (tmp_path / "User.txt").write_text("${functions}${instruction}${history}${question}")
    model = QueueModel("Let me know if you need more!", "User: And in Oslo?", "END.")
    user = UserAgent(model, Prompt(tmp_path / "User.txt", PLACEHOLDERS), follow_up(tmp_path))
    said = [("How warm is it in Paris?", "21 degrees.")]
    assert user.next_words(["Tell me the same of Oslo.", "Warn me\nthere."], said, record="A [0]") == "And in Oslo?"
    assert model.prompts[0] == ("How warm is it in Paris?|1. Tell me the same of Oslo.\n2. Warn me there.|"
                                "You: How warm is it in Paris?\nAssistant: 21 degrees.")
    assert user.next_words(["Warn me."], said, record="A [0]") is None
