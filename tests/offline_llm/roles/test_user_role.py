"""The user: gives concrete values for what is asked, keeps to what was said, and never talks like an assistant."""

import json
import random
import re

import pytest
from offline_roles import DAY, made_record, prompt, sample_apis

from offline_llm.language.described_functions import parse_functions
from offline_llm.language.parameter_values import drawn_argument, in_order
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
        prompt("User").substitute(functions=FUNCTIONS, day=DAY, instruction=instruction, history=history,
                                  question=question)
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
                functions=record["NLDocumentation"], day=DAY, instruction="Find a dog.", history="(nothing)",
                question=question,
            )
        )
        assert users_words(text)
        assert not re.search(r"how can i help|function|parameter", text, re.IGNORECASE)


REPORT = """report: Report a broken lamp
Parameters: {"street": "Required. string. Street and number.", "country": "Required. string. Country."}
Output: It."""


@pytest.mark.parametrize("frame", ["{}", "{}.", "It's {}.", "That's {}, I think.", "Oh, it is {}", "The {} is {}.",
                                   "I'd say {}, please.", "Make it {}!", '"{}"'])
@pytest.mark.parametrize("name, value", [("street", "7 Mill Lane"), ("country", "Chile"), ("country", "Costa Rica")])
def test_the_value_is_taken_out_of_a_reply_whatever_its_frame(frame, name, value):
    (function,) = parse_functions(REPORT)
    reply = frame.format(name, value) if frame.count("{}") == 2 else frame.format(value)
    assert missing_from(function, [name], reply) == {name: value}


def test_no_range_ends_before_it_starts():
    days = {f"{side}Date": "Required. string. Day, in the form YYYY-MM-DD." for side in ("start", "end")}
    (function,) = parse_functions(f"count: Count the days\nParameters: {json.dumps(days)}\nOutput: Days.")
    start, end = function.parameters
    roll = random.Random(5)
    for _ in range(200):
        first = drawn_argument(function, start, {}, roll)
        assert first <= drawn_argument(function, end, {"startDate": first}, roll)
        assert first >= drawn_argument(function, start, {"endDate": first}, roll)
    assert in_order({"endDate": "2026-01-01", "n": 2, "startDate": "2026-02-01"}) == {
        "endDate": "2026-02-01", "n": 2, "startDate": "2026-01-01"}
