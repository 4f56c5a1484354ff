"""Whatever the assistant writes is read, fixed with a note, or refused with a reason; never guessed, never raised."""

import json

import pytest
from effort import at_most
from hypothesis import given, settings
from hypothesis import strategies as st

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.parsing import Action, FinalAnswer, Unreadable, parse_turn

FORM = PROMPT_FORMS["train_v2"]
FORMS = st.sampled_from(list(PROMPT_FORMS.values()))
LABELS = st.sampled_from(["Thought:", "Action:", "Action Input:", "Observation:", "Final Answer:", "ASSISTANT Action:",
                          "ASSISTANT Response:", "USER:", "\n", "{", "}", '"', "'", "```", "f", ": 1", ",", "[", "//"])
PROSE = st.text(st.characters(exclude_categories=["Cs", "Cc"],
                              exclude_characters=":`\uff1a\ufe55\ufe13\u2236\x85\u2028\u2029"),
                max_size=60).map(str.strip)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
                    | st.text(st.characters(exclude_categories=["Cs"])),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                    max_leaves=8)
ARGUMENTS = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), JSON, max_size=4)


@settings(deadline=None)
@given(st.text(), FORMS, st.booleans())
def test_no_text_raises(text: str, form, seen: bool) -> None:
    assert isinstance(parse_turn(text, form, has_observation=seen), Action | FinalAnswer | Unreadable)


@settings(deadline=None)
@given(st.lists(LABELS | st.text(max_size=5), max_size=25).map("".join), FORMS, st.booleans())
def test_no_jumble_of_labels_raises_or_yields_a_bad_turn(text: str, form, seen: bool) -> None:
    turn = parse_turn(text, form, has_observation=seen)
    if isinstance(turn, Action):
        assert turn.name and json.loads(turn.input_text) == turn.arguments
    elif isinstance(turn, FinalAnswer):
        assert turn.text
    else:
        assert turn.problem.startswith("Invalid format: ")


@settings(deadline=None)
@given(FORMS, PROSE, st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,20}", fullmatch=True), ARGUMENTS, st.booleans())
def test_an_action_is_read_back_as_it_was_rendered(form, thought: str, name: str, arguments: dict, seen: bool) -> None:
    text = form.call_text(thought, name, json.dumps(arguments, ensure_ascii=False))
    for written in (text, f"{text}\n{form.observation}"):
        assert parse_turn(written, form, has_observation=seen) == Action(
            thought, name, arguments, json.dumps(arguments, ensure_ascii=False))


@settings(deadline=None)
@given(FORMS, PROSE, PROSE.filter(bool), st.booleans())
def test_an_answer_is_read_back_as_it_was_rendered(form, thought: str, answer: str, seen: bool) -> None:
    assert parse_turn(form.answer_text(thought, answer), form, has_observation=seen) == FinalAnswer(thought, answer)


@pytest.mark.parametrize("text", [
    'Look.\nAction: f\nAction Input: {"a": 1}',
    'Thought: Look.\nACTION : f\naction_input:{"a": 1}',
    ' Look.\n**Action:** `f`\n**Action Input:** ```json\n{"a": 1}\n```',
    '```\nLook.\nAction: f\nAction Input: {"a": 1}\n```',
    'Look.\nASSISTANT Action: "f"\nASSISTANT Action Input: {"a": 1}\nASSISTANT Observation:',
    'Look. Action: f Action Input: {"a": 1}',
    'Look.\nAction: f({"a": 1})',
    'Look.\nAction: f\n{"a": 1}',
    'Look.\nAction: f {\n  "a": 1\n}',
    'Look.\nAction: [f]\nAction Input: "{\\"a\\": 1}"',
])
def test_ways_of_writing_that_need_no_guess(text: str) -> None:
    assert parse_turn(text, FORM) == Action("Look.", "f", {"a": 1}, '{"a": 1}')


@pytest.mark.parametrize(("written", "arguments"), [
    ("{'a': 'x', 'b': True, 'c': None}", {"a": "x", "b": True, "c": None}),
    ('{"a": 1, // the first\n "b": 2,}', {"a": 1, "b": 2}),
    ('{"a": {"b": 1}', {"a": {"b": 1}}),
    ('{"a": "x" "b": 2}', {"a": "x", "b": 2}),
    ("{'place': 'King's Cross'} and that's it", {"place": "King's Cross"}),
    ("", {}), ("None", {}),
])
def test_broken_json_is_fixed_and_says_so(written: str, arguments: dict) -> None:
    turn = parse_turn(f"Look.\nAction: f\nAction Input: {written}", FORM)
    assert isinstance(turn, Action)
    assert turn.arguments == arguments
    assert any(note.startswith("fixed: ") for note in turn.notes)


@pytest.mark.parametrize(("written", "problem"), [
    ("Look.\nAction: f\nAction Input: five", "must be a JSON object"),
    ("Look.\nAction: f\nAction Input: [1, 2]", "must be a JSON object"),
    ("Look.\nAction:\nAction Input: {}", "names no function"),
    ("I would rather talk about the weather.", "neither a call nor a final answer"),
    ("", "neither a call nor a final answer"),
    ("I know.\nFinal Answer:", "final answer is empty"),
    ("Observation: all is done", "neither a call nor a final answer"),
])
def test_what_cannot_be_read_says_what_is_wrong_in_the_forms_own_labels(written: str, problem: str) -> None:
    turn = parse_turn(written, PROMPT_FORMS["test_v1"])
    assert isinstance(turn, Unreadable)
    assert problem in turn.problem
    assert '"ASSISTANT Action Input:"' in turn.problem and '"ASSISTANT Response:"' in turn.problem


def test_the_first_of_several_actions_counts_and_the_rest_is_cut() -> None:
    turn = parse_turn('A\nAction: f\nAction Input: {}\nThought: B\nAction: g\nAction Input: {"x": 1}', FORM)
    assert turn == Action("A", "f", {}, "{}", ("cut: another action after the action",))


def test_an_observation_the_model_made_up_is_cut_with_all_that_follows() -> None:
    turn = parse_turn("A\nAction: f\nAction Input: {}\nObservation: 21 degrees\nThought: B\nFinal Answer: 21", FORM,
                      has_observation=True)
    assert turn == Action("A", "f", {}, "{}", ("cut: the assistant wrote the observation itself",))


def test_an_answer_beside_an_action_counts_only_after_an_observation() -> None:
    text = "A\nAction: f\nAction Input: {}\nFinal Answer: 21"
    assert parse_turn(text, FORM) == Action("A", "f", {}, "{}", ("cut: a final answer after the action",))
    turn = parse_turn(text, FORM, has_observation=True)
    assert turn == FinalAnswer("A", "21", ("cut: an action in addition to the final answer",))


def test_a_run_on_into_the_next_question_is_cut() -> None:
    form = PROMPT_FORMS["test_v1"]
    turn = parse_turn(" I know.\nASSISTANT Response: It is 21.\nUSER: And tomorrow?\nASSISTANT Thought: hm", form)
    assert isinstance(turn, FinalAnswer)
    assert turn.text == "It is 21."


def test_plain_words_are_labels_only_where_the_form_uses_them() -> None:
    turn = parse_turn("I know.\nFinal Answer: The server said:\nResponse: 21\nUser: me", FORM)
    assert turn == FinalAnswer("I know.", "The server said:\nResponse: 21\nUser: me")


def test_a_heading_inside_an_answer_is_no_action() -> None:
    text = "I know.\nFinal Answer: Films for you:\n**Action:** Die Hard\n**Drama** Heat"
    turn = FinalAnswer("I know.", "Films for you:\n**Action:** Die Hard\n**Drama** Heat")
    assert parse_turn(text, FORM, has_observation=True) == turn
    assert parse_turn(text, FORM) == turn


def test_a_bold_label_needs_no_colon() -> None:
    assert parse_turn(" I know.\n**Final Answer** It is 21.", FORM) == FinalAnswer("I know.", "It is 21.")


def test_a_lone_surrogate_does_not_reach_the_trace() -> None:
    turn = parse_turn('A\nAction: f\nAction Input: {"a": "\\ud800"}', FORM)
    assert isinstance(turn, Action)
    turn.input_text.encode("utf-8")


def test_an_endless_nesting_is_refused() -> None:
    turn = parse_turn('A\nAction: f\nAction Input: {"a": ' + "[" * 50_000, FORM)
    assert isinstance(turn, Unreadable)


FUNCTIONS = {"getTide": ["port", "day"], "listPorts": []}


@pytest.mark.parametrize("written", [
    '<tool_call>{"name": "getTide", "arguments": {"port": "Moss", "day": 3}}</tool_call>',
    "Action: getTide\nAction Input: port: Moss, day: 3", "Action Name: getTide\nAction Input: {port: Moss, day: 3}",
    'Action:\n<tool_call>{"tool": "getTide", "input": {"port": "Moss", "day": 3}}</tool_call>',
    'Action: getTide\nAction Input is {"port": "Moss", "day": 3}', "```python\ngetTide(port='Moss', day=3)\n```",
    '<|tool_call>call:getTide{port:<|"|>Moss<|"|>,day:3}<tool_call|>',
    '<reasoning>Action: listPorts</reasoning>\nAction: getTide\nAction Input: {"port": "Moss", "day": 3}',
])
def test_other_ways_of_one_call(written: str) -> None:
    turn = parse_turn(written, FORM, functions=FUNCTIONS)
    assert isinstance(turn, Action)
    assert (turn.name, turn.arguments) == ("getTide", {"port": "Moss", "day": 3})


@pytest.mark.parametrize("written", [
    "Action: getTide[Moss]", "Action: call getTide with port=Moss", 'Action: getTide\nAction Input: {"port": "Mo',
    'Action: getTide\nAction Input: {"port": "Moss", "day": 3', 'Action: getTide\nAction Input: {"day": 2**3}',
    'Action: getTide\nAction Input: {"port": "A" + "B"}', 'Action: getTide\nAction Input: {"port": undefined}',
    'Action: getTide\nAction Input: {"port": "Moss"} or {"port": "Bodo"}', 'Action: getTide("Moss")',
    "<think>\nAction: listPorts\nAction Input: {}", "Action: None\nAction Input: {}",
])
def test_what_is_not_certain_is_refused(written: str) -> None:
    assert isinstance(parse_turn(written, FORM, functions=FUNCTIONS), Unreadable)


@pytest.mark.parametrize(("written", "arguments"), [
    ('["a", "b"]', {"body": ["a", "b"]}), ('[{"n": 1}]', {"body": [{"n": 1}]}), ('[{"body": [1]}]', {"body": [1]}),
    ('[{"arguments": {"body": [1]}}]', {"body": [1]})])
def test_a_list_is_the_only_argument_of_a_function(written: str, arguments: dict) -> None:
    turn = parse_turn(f"Action: f\nAction Input: {written}", PROMPT_FORMS["train_v2"], functions={"f": ["body"]})
    assert isinstance(turn, Action) and turn.arguments == arguments


def test_an_answer_as_json_is_an_answer() -> None:
    assert parse_turn('{"thought": "I know.", "final_answer": "It is high."}', FORM) == FinalAnswer("I know.",
                                                                                                    "It is high.")


@pytest.mark.parametrize("text", ["<think></think>" * 20_000, "Input:\n" * 8_000, "{" * 45_000, "Action: f\n" * 5_000,
                                  "f(\n" * 20_000, 'Action: f\nAction Input: {"a": ' + '"' * 15_000, "<" * 45_000,
                                  "Thought: " + "<tool " * 8_000, "x" * 300_000,
                                  "\n" * 45_000, " " * 45_000, "<f>" * 15_000, "-" * 45_000])
def test_hostile_turns_take_little_time(text: str) -> None:
    with at_most(50):
        assert isinstance(parse_turn(text, FORM, functions=FUNCTIONS), Action | Unreadable)
