"""The user: gives concrete values for what is asked, keeps to what was said, and never talks like an assistant."""

import json
import re

from offline_roles import made_record, prompt, sample_apis

from offline_llm.language.described_functions import parse_functions
from offline_llm.language.understanding import missing_from
from offline_llm.roles.user_role import answer_question
from toolalpaca.agent.user_agent import users_words

PARAMETERS = {
    "city": "Required. string. City.",
    "days": "Required. integer. Days, from 1 to 7.",
    "units": "Required. string. One of: [metric, imperial].",
}
FUNCTIONS = f"getForecast: Get the forecast for a city\nParameters: {json.dumps(PARAMETERS)}\nOutput: Forecast."


def _answer(question, instruction="What will the weather be like?", history="(nothing)"):
    return answer_question(
        prompt("User").substitute(functions=FUNCTIONS, instruction=instruction, history=history, question=question)
    )


def test_every_value_asked_for_is_given_in_its_type():
    (function,) = parse_functions(FUNCTIONS)
    told = missing_from(
        function, ["city", "days", "units"], _answer("Could you tell me the city, the days and the units?")
    )
    assert set(told) == {"city", "days", "units"}
    assert 1 <= told["days"] <= 7 and told["units"] in ("metric", "imperial")


def test_the_same_question_gets_the_same_value():
    (function,) = parse_functions(FUNCTIONS)
    first = missing_from(function, ["city"], _answer("Which city is it?"))
    again = missing_from(function, ["city"], _answer("Please name the city once more.", history="Assistant: x\nYou: y"))
    assert first == again and first["city"]


def test_what_was_said_is_kept_to():
    assert "Bergen" in _answer("Which city is it?", "What is the weather in the city Bergen?")
    assert "Lima" in _answer("The city, please?", history="Assistant: The city?\nYou: The city is Lima.")


def test_it_speaks_as_a_user():
    record = made_record(sample_apis()[0])
    for question in ("What is the breed?", "Which city?", "Anything else?", "", "How old is your grandmother?"):
        text = answer_question(
            prompt("User").substitute(
                functions=record["NLDocumentation"], instruction="Find a dog.", history="(nothing)", question=question
            )
        )
        assert users_words(text)
        assert not re.search(r"how can i help|function|parameter", text, re.IGNORECASE)
