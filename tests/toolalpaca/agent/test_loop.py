"""Whole conversations with a model whose answers are given, against a local API."""

import json

import pytest
from agent_fakes import RECORD, QueueModel, action, answer
from api_server import serve_api

from toolalpaca.agent.api import Api
from toolalpaca.agent.dialogue import TextDialogue, ToolDialogue
from toolalpaca.agent.environments.simulated import SimulatorClient
from toolalpaca.agent.loop import Conversation, ConversationLimits
from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.rendering import segments
from toolalpaca.core.errors import RecordError
from toolalpaca.llm.completion import Completion

FORM = PROMPT_FORMS["train_v2"]
SEEN = 'Status Code: 200. Response: {"temp": 21}'


def converse(model: QueueModel, form=FORM, clock=None, **limits) -> dict:
    with serve_api(lambda request: {"temp": 21}) as server:
        tools = Tools(Api(RECORD), SimulatorClient(server.url).conversation("A", "s"), lambda question: "In Paris.")
        dialogue = TextDialogue.begin(model, tools.api, "A [0]", RECORD["Instructions"][0], form)
        return Conversation(tools, dialogue, RECORD["Instructions"][0], ConversationLimits(**limits),
                            **({"clock": clock} if clock else {})).run()


def test_an_instance_in_the_exchange_format() -> None:
    model = QueueModel(action("getWeather", {"city": "Paris"}), answer("It is 21 degrees."))
    assert converse(model) == {
        "input": "How warm is it in Paris?", "output": "It is 21 degrees.",
        "Final Thought": "I now know the final answer",
        "intermediate_steps": [[
            ["getWeather", '{"city": "Paris"}', 'I look it up.\nAction: getWeather\nAction Input: {"city": "Paris"}'],
            SEEN]]}


@pytest.mark.parametrize("name", PROMPT_FORMS)
def test_what_the_model_is_shown_is_what_training_will_show(name: str) -> None:
    form = PROMPT_FORMS[name]
    model = QueueModel(f" Look.\n{form.action} getWeather\n{form.action_input} {{\"city\": \"Paris\"}}\n",
                       f" Done.\n{form.answer} 21.")
    instance = converse(model, form)
    pieces = segments(form, RECORD, instance)
    assert model.prompts == [pieces[0][0], "".join(text for text, _ in pieces[:3])]
    assert model.stops == [[form.observation]] * 2
    assert all(prompt.endswith(form.thought) for prompt in model.prompts)


def test_errors_are_shown_to_the_assistant_who_can_correct_itself() -> None:
    model = QueueModel("Let us talk about something else.", action("getWeather", {"town": "Paris"}),
                       action("getWether", {}), action("getDetails", {"Question": "Where?"}),
                       action("getWeather", {"city": "Paris"}), answer("21."))
    instance = converse(model)
    steps = instance["intermediate_steps"]
    assert steps[0][0] == ["", "", "Let us talk about something else."]
    assert steps[0][1].startswith("Invalid format: neither a call nor a final answer was found.")
    assert steps[1][1].startswith('Unknown parameters: ["town"]. Valid parameters: ["city", "days"].')
    assert steps[2][1].startswith('"getWether" is not a valid function.')
    assert [steps[3][1], steps[4][1]] == ["In Paris.", SEEN]
    assert model.prompts[1].endswith(f" Let us talk about something else.\nObservation: {steps[0][1]}\nThought:")


def test_what_was_fixed_is_noted_with_its_step() -> None:
    model = QueueModel(action("getWeather", {"city": "Oslo"}),
                       " Hm.\nAction: getWeather\nAction Input: {'city': 'Paris', 'days': '2'}\nObservation: sunny",
                       answer("21."))
    assert converse(model)["notes"] == [
        "step 2: cut: the assistant wrote the observation itself",
        "step 2: fixed: the action input was not valid JSON", 'step 2: days: sent "2" as 2']


def test_a_conversation_that_goes_in_circles_ends_at_the_step_limit() -> None:
    model = QueueModel(*[action("getWeather", {"city": "Paris"})] * 5)
    with pytest.raises(RecordError, match="no final answer after 3 steps") as error:
        converse(model, steps=3)
    assert (error.value.kind, error.value.kind.retry_fresh, len(model.prompts)) == ("step_limit", True, 3)
    assert [step[0][0] for step in error.value.partial["intermediate_steps"]] == ["getWeather"] * 3


def test_a_conversation_that_our_own_code_ends_keeps_its_steps() -> None:
    model = QueueModel(action("getWeather", {"city": "Paris"}))  # and then the queue is empty
    with pytest.raises(RecordError, match="unexpected_error: IndexError") as error:
        converse(model)
    assert [step[1] for step in error.value.partial["intermediate_steps"]] == [SEEN]


def test_limits_of_length_and_time() -> None:
    with pytest.raises(RecordError, match="token_limit"):
        converse(QueueModel(action("getWeather", {"city": "Paris"})), tokens=100)
    ticks = iter([0.0, 1.0, 99.0])
    with pytest.raises(RecordError, match="time_limit"):
        converse(QueueModel(action("getWeather", {"city": "Paris"}), answer("x")), clock=lambda: next(ticks),
                 seconds=50.0)


class ToolModel:
    """Gives its messages one after the other and keeps what it was sent."""

    def __init__(self, *messages: dict) -> None:
        self.messages = list(messages)
        self.sent: list[list[dict]] = []
        self.tools: list[dict] = []

    def chat(self, messages: list, *, record: str, tools: list[dict]) -> Completion:
        self.sent.append(list(messages))
        self.tools = tools
        return Completion(self.messages.pop(0), "stop", {})


def converse_in_turns(model, dialogue, *follow_ups: str, **limits) -> dict:
    with serve_api(lambda request: {"temp": 21}) as server:
        tools = Tools(Api(RECORD), SimulatorClient(server.url).conversation("A", "s"), lambda question: "In Paris.")
        said = "How warm is it in Paris?"
        begun = dialogue.begin(model, tools.api, "A", said, *([FORM] if dialogue is TextDialogue else []))
        return Conversation(tools, begun, said, ConversationLimits(**limits),
                            lambda turns: dict(enumerate(follow_ups, start=1)).get(len(turns))).run()


def test_the_user_says_more_after_an_answer() -> None:
    model = QueueModel(action("getWeather", {"city": "Paris"}), answer("It is 21 degrees."),
                       action("getWeather", {"city": "Oslo"}), answer("It is 21 there, too."),
                       answer("You are welcome."))
    made = converse_in_turns(model, TextDialogue, "And in Oslo?", "Thank you.")
    assert made["input"] == "How warm is it in Paris?" and made["output"] == "It is 21 degrees."
    assert [(turn["input"], turn["output"], len(turn["intermediate_steps"])) for turn in made["Turns"]] == [
        ("And in Oslo?", "It is 21 there, too.", 1), ("Thank you.", "You are welcome.", 0)]
    shown = "".join(text for text, _ in segments(FORM, RECORD, made))
    assert shown.startswith(model.prompts[-1]) and "Final Answer: It is 21 degrees.\n\nQuestion: And in Oslo?" in shown


def test_a_later_turn_that_fails_keeps_what_came_before() -> None:
    model = QueueModel(action("getWeather", {"city": "Paris"}), answer("It is 21 degrees."),
                       *[action("getWeather", {"city": "Oslo"})] * 2)
    with pytest.raises(RecordError, match="no final answer after 2 steps") as caught:
        converse_in_turns(model, TextDialogue, "And in Oslo?", steps=2)
    partial = caught.value.partial
    assert partial["output"] == "It is 21 degrees." and len(partial["Turns"][0]["intermediate_steps"]) == 2


def tool_call(number: int, name: str, arguments: str) -> dict:
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


def converse_with_tools(model: ToolModel, record: dict = RECORD) -> dict:
    with serve_api(lambda request: {"temp": 21}) as server:
        tools = Tools(Api(record), SimulatorClient(server.url).conversation("A", "s"), lambda question: "In Paris.")
        dialogue = ToolDialogue.begin(model, tools.api, "A [0]", "How warm?")
        return Conversation(tools, dialogue, "How warm?").run()


def test_native_tool_calls_give_the_same_instance_format() -> None:
    model = ToolModel(
        {"content": "Both at once.", "tool_calls": [tool_call(1, "getWeather", '{"city": "Paris"}'),
                                                    tool_call(2, "getDetails", '{"Question": "Where?"}')]},
        {"tool_calls": [tool_call(3, "getWeather", "not json"), tool_call(4, "getWether", "{}")]},
        {"content": "It is 21 degrees."})
    instance = converse_with_tools(model)
    assert instance["output"] == "It is 21 degrees." and instance["Final Thought"] == ""
    steps = instance["intermediate_steps"]
    assert [step[0][:2] for step in steps] == [
        ["getWeather", '{"city": "Paris"}'], ["getDetails", '{"Question": "Where?"}'], ["", ""], ["getWether", "{}"]]
    assert steps[0][0][2] == 'Both at once.\nAction: getWeather\nAction Input: {"city": "Paris"}'
    assert [step[1] for step in steps[:2]] == [SEEN, "In Paris."]
    assert steps[2][1].startswith("Invalid format: the arguments of getWeather")
    assert model.sent[1][2:] == [
        {"role": "assistant", "content": "Both at once.", "tool_calls": model.sent[1][2]["tool_calls"]},
        {"role": "tool", "tool_call_id": "call_1", "content": SEEN},
        {"role": "tool", "tool_call_id": "call_2", "content": "In Paris."}]
    assert [tool["function"]["name"] for tool in model.tools] == ["getWeather", "setAlert", "getDetails"]


def test_native_tool_calls_go_on_after_an_answer() -> None:
    model = ToolModel(*[{"content": text} for text in ("It is 21 degrees.", "You are welcome.")])
    made = converse_in_turns(model, ToolDialogue, "Thank you.")
    assert [made["output"], made["Turns"][0]["output"]] == ["It is 21 degrees.", "You are welcome."]
    assert [one["role"] for one in model.sent[-1]] == ["system", "user", "assistant", "user"]


def test_tool_names_that_no_endpoint_allows_are_changed_and_changed_back() -> None:
    document = json.loads(RECORD["Documentation"])
    document["paths"]["/weather/{city}"]["get"]["operationId"] = "get weather.now"
    record = {**RECORD, "Documentation": json.dumps(document),
              "Function_Description": {"get weather.now": "Weather.\nParameters: {}\nOutput: OK."},
              "Function_Projection": {"get weather.now": ["/weather/{city}", "get"]}}
    model = ToolModel({"tool_calls": [tool_call(1, "get_weather_now", '{"city": "Paris"}')]}, {"content": "21"})
    instance = converse_with_tools(model, record)
    assert instance["intermediate_steps"][0][0][0] == "get weather.now"
    assert instance["intermediate_steps"][0][1] == SEEN


def test_what_a_server_spoils_is_handed_back_whole() -> None:
    """Arguments that are not JSON, calls without an id, names with additions, and the reasoning and signatures that
    some servers insist on."""
    spoilt = {"type": "function", "function": {"name": " functions.getWeather\n", "arguments": "city is Paris"}}
    signed = {**spoilt, "id": "", "extra_content": {"google": {"thought_signature": "s"}}}
    details = [{"type": "reasoning.text", "text": "I look.", "signature": "s"}]
    model = ToolModel({"reasoning_content": "I look.", "reasoning_details": details, "tool_calls": [spoilt, signed]},
                      {"tool_calls": [tool_call(7, "getWeather<|im_end|>", '{}{"city": "Paris"}')]}, {"content": "21"})
    instance = converse_with_tools(model)
    assistant, *answers = model.sent[1][2:]
    assert (assistant["reasoning_content"], assistant["reasoning_details"]) == ("I look.", details)
    assert [call["function"] for call in assistant["tool_calls"]] == [{"name": "getWeather", "arguments": "{}"}] * 2
    assert assistant["tool_calls"][1]["extra_content"] == signed["extra_content"]
    assert [call["id"] for call in assistant["tool_calls"]] == [one["tool_call_id"] for one in answers] == [
        "call00001", "call00002"]
    assert answers[0]["content"].startswith("Invalid format: the arguments of getWeather must be a JSON object")
    assert instance["intermediate_steps"][2] == [
        ["getWeather", '{"city": "Paris"}', 'Action: getWeather\nAction Input: {"city": "Paris"}'], SEEN]
    assert instance["step_notes"] == [{"turn": 1, "reasoning": "I look."}, {"turn": 1}, {"turn": 2}]


@pytest.mark.parametrize("text", [
    '<tool_call>\n{"name": "getWeather", "arguments": {"city": "Paris"}}\n</tool_call>',
    '{"name": "getWeather", "parameters": {"city": "Paris"}}',
    'I look.\n[TOOL_CALLS][{"name": "getWeather", "arguments": {"city": "Paris"}}]'])
def test_a_call_that_a_server_left_in_the_text_is_made(text: str) -> None:
    model = ToolModel({"content": text}, {"content": "It is 21 degrees."})
    instance = converse_with_tools(model)
    assert instance["output"] == "It is 21 degrees."
    assert [step[0][0] for step in instance["intermediate_steps"]] == ["getWeather"]


def test_a_question_in_prose_is_asked_again_once() -> None:
    model = ToolModel({"content": "Which city do you mean?"}, {"content": "Which city do you mean?"})
    instance = converse_with_tools(model)
    assert instance["intermediate_steps"][0][1].startswith("Invalid format: this asks the user in prose")
    assert instance["output"] == "Which city do you mean?"
    model = ToolModel({"tool_calls": [tool_call(1, "getWeather", "{}")]}, {"content": "21. Anything else?"})
    assert converse_with_tools(model)["output"] == "21. Anything else?"


@pytest.mark.parametrize(("text", "is_answer"), [
    ("I'm sorry, I can't book beds. Would you like me to check whether any are free?", True),
    ("None of my functions does that – I can only tell the weather. **Shall I do that?**", True),
    ("I cannot change the weather.\n\nIs there anything else you'd like to know?", True),
    ("I can tell the weather. Should I take Paris or Oslo?", False),
    ("I can tell the weather. Which city do you mean?", False),
    ("It rains in Bonn. Would you like another city?", True), ("It is dry. Do you want to know more?", True),
    ("I can tell the weather. Would you like Celsius or Fahrenheit?", False),
    ("Would you like me to look for Paris?", False),
])
def test_an_answer_that_ends_with_an_offer_is_one(text: str, is_answer: bool) -> None:
    instance = converse_with_tools(ToolModel({"content": text}, {"content": "It is 21 degrees."}))
    assert instance["output"] == (text if is_answer else "It is 21 degrees.")


def test_reasoning_is_kept_in_the_step_and_shown_to_nobody() -> None:
    model = QueueModel("<think>\nHm.\n</think>\n" + action("getWeather", {"city": "Paris"}),
                       "So.\n</think>\n" + answer("It is 21."))
    instance = converse(model)
    assert (instance["step_notes"], instance["Final Reasoning"]) == ([{"turn": 1, "reasoning": "Hm."}], "So.")
    assert "Hm." not in model.prompts[1] and instance["output"] == "It is 21."
