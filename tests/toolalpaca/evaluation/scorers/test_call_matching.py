"""The calls scorer: what is credited, what is not, and that nothing makes it raise."""

import json

import pytest
from evaluation_cases import OK, RECORD, case, golden, step
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.evaluation.scorers.call_matching import score_calls
from toolalpaca.openapi.api_functions import functions_of

FIND = golden("findLanterns", {"query": "paper lantern", "maxPrice": 20})
GET = golden("getLantern", '{"id": ${id from findLanterns}}')
FOUND = 'Status Code: 200. Response: [{"id": "L-77", "name": "Moon"}]'
ASK = "Find me a paper lantern for at most 20 euros and tell me all about the first one."
FIND_STEP = step("findLanterns", {"query": "paper lantern", "maxPrice": 20}, FOUND)
GET_STEP = step("getLantern", {"id": "L-77"})


def verdict(*arguments, **record):
    made = case(*arguments, **record)
    return score_calls(made, functions_of(made.record)).verdict


def test_the_golden_calls_are_right():
    assert verdict(ASK, [FIND, GET], [FIND_STEP, GET_STEP]) == "Yes"


@pytest.mark.parametrize("steps", [
    [], [FIND_STEP], [GET_STEP], [None, 3, "x", [[]]],
    [[["", "", "I do not know what to do"], "Invalid format"]] * 3,
    [step("findLanterns", "no json", "Invalid format"), step("getLantern", "{", "Invalid format")],
    [GET_STEP, FIND_STEP],  # the id was not known yet
    [FIND_STEP, step("getLantern", {"id": "L-12"})],  # made up
    [FIND_STEP, step("getLantern", {})],
    [FIND_STEP, step("deleteLantern", {"id": "L-77"})],
    [FIND_STEP, GET_STEP, step("deleteLantern", {"id": "L-77"})],  # nobody asked for that
    [FIND_STEP, GET_STEP, step("getWeather", {"city": "Oslo"})],  # has nothing to do with it
    [step("findLanterns", {"query": "paper lantern", "maxPrice": 200}, FOUND), GET_STEP],
    [step("findLanterns", {"query": "paper lantern"}, FOUND), GET_STEP],
    [step("findLanterns", {"query": "lamp", "maxPrice": 20}, FOUND), GET_STEP],
    [FIND_STEP, step("getLantern", {"id": "L-77", "page": "x"}, "Parameter type error")],
    [FIND_STEP, GET_STEP, FIND_STEP, GET_STEP],
])
def test_what_is_not_right(steps):
    assert verdict(ASK, [FIND, GET], steps) == "No"


@pytest.mark.parametrize("steps", [
    [step("findLanterns", {"query": "Paper lanterns", "maxPrice": "20.0", "page": 1}, FOUND), GET_STEP],
    [step("findLanterns", {"query": "paper lantern for at most 20", "maxPrice": 20}, FOUND), GET_STEP],
    [step("findLanterns", {"maxPrice": "cheap"}, "Parameter type error"), FIND_STEP, GET_STEP],  # corrected
    [step("findLantern", {}, '"findLantern" is not a valid function.'), FIND_STEP, GET_STEP],
    [[FIND_STEP[0], "Status Code: 500. Response: {}"], FIND_STEP, GET_STEP],
    [FIND_STEP, step("getLantern", {"id": "L-77"}, "Status Code: 404. Response: {}")],
    [FIND_STEP, step("getLantern", {"id": "L-77"}, "Status Code: 400. Response: {}")],  # the API's fault
    [step("getDetails", {"Question": "Which?"}, "Any."), FIND_STEP, GET_STEP],
    [FIND_STEP, step("findLanterns", {"query": "paper lantern", "maxPrice": 20, "page": 2}), GET_STEP],
    [FIND_STEP, GET_STEP, step("getWeather", {})],
])
def test_harmless_variations_are_right(steps):
    assert verdict(ASK, [FIND, GET], steps) == "Yes"


def test_another_thing_of_a_list_than_the_one_that_was_meant():
    several = 'Status Code: 200. Response: [{"id": "L-77", "name": "Moon"}, {"id": "L-78", "name": "Comet"}]'
    found = step("findLanterns", {"query": "paper lantern", "maxPrice": 20}, several)
    assert verdict(ASK, [FIND, GET], [found, GET_STEP]) == "Yes"
    assert verdict(ASK, [FIND, GET], [found, step("getLantern", {"id": "L-78"})]) == "No"


def test_order_counts_only_where_a_result_is_needed():
    calls = [golden("getLantern", {"id": "A-1"}), golden("getLantern", {"id": "B-2"})]
    steps = [step("getLantern", {"id": "B-2"}), step("getLantern", {"id": "A-1"})]
    assert verdict("Compare lantern A-1 with lantern B-2.", calls, steps) == "Yes"
    assert verdict("Compare lantern A-1 with lantern B-2.", calls, steps[:1] * 2) == "No"


def test_changing_more_than_was_asked_for_is_not_right():
    delete = [step("deleteLantern", {"id": name}) for name in ("A-1", "B-2")]
    assert verdict("Delete lantern A-1.", [golden("deleteLantern", {"id": "A-1"})], delete[:1]) == "Yes"
    assert verdict("Delete lantern A-1.", [golden("deleteLantern", {"id": "A-1"})], delete) == "No"
    rename = [step("renameLantern", {"id": "A-1", "name": name}) for name in ("Mon", "Moon")]
    call = golden("renameLantern", {"id": "A-1", "name": "Moon"})
    assert verdict("Rename lantern A-1 to Moon.", [call], rename) == "Yes"  # corrected
    other = step("renameLantern", {"id": "B-2", "name": "Moon"})
    assert verdict("Rename lantern A-1 to Moon.", [call], [other, rename[1]]) == "No"


def test_one_call_made_again_does_not_stand_for_several():
    calls = [golden("findLanterns", {"colour": colour}) for colour in ("red", "green", "blue")]
    same = [step("findLanterns", {"colour": "red"})] * 3
    assert verdict("Show me some colours.", calls, same) == "No"
    different = [step("findLanterns", {"colour": colour}) for colour in ("pink", "red", "white")]
    assert verdict("Show me some colours.", calls, different) == "Yes"  # the instruction names none


def test_a_golden_answer_may_repeat_a_call():
    calls = [golden("getWeather")] * 2
    assert verdict("What is the weather? And again?", calls, [step("getWeather", {})] * 2) == "Yes"
    assert verdict("What is the weather? And again?", calls, [step("getWeather", {})]) == "No"


def test_reading_again_after_a_change_is_no_repeat():
    calls = [golden("findLanterns", {}), golden("createLantern", {"name": "Moon"})]
    create = step("createLantern", {"name": "Moon"})
    look = step("findLanterns", {})
    assert verdict("List the lanterns and add one called Moon.", calls, [look, create, look]) == "Yes"
    assert verdict("List the lanterns and add one called Moon.", calls, [look, create, create]) == "No"


@pytest.mark.parametrize(("golden_value", "made_value", "instruction", "wanted"), [
    ({"country": "Canada"}, {"country": "CA"}, "Lanterns from Canada?", "Yes"),
    ({"country": "CA"}, {"country": "Canada"}, "Lanterns from Canada?", "Yes"),
    ({"country": "CA"}, {"country": "US"}, "Lanterns from Canada?", "No"),
    ({"country": "US"}, {}, "Tell us about lanterns.", "Yes"),  # "us" is no country here
    ({"litBefore": "2025-07-04"}, {"litBefore": "July 4, 2025"}, "Lanterns lit before 4 July 2025?", "Yes"),
    ({"litBefore": "2025-07-04"}, {"litBefore": "2025-07-05"}, "Lanterns lit before 4 July 2025?", "No"),
    ({"litBefore": "2025-07-04"}, {"litBefore": "2025-07-05"}, "Lanterns lit before next Friday?", "Yes"),
    ({"tags": ["round", "small"]}, {"tags": ["small", "round"]}, "A round small one.", "Yes"),
    ({"tags": ["round", "small"]}, {"tags": ["small"]}, "A round small one.", "No"),
    ({"tags": ["round", "small"]}, {"tags": "small,round"}, "A round small one.", "Yes"),
    ({"tags": ["round", "nice"]}, {"tags": ["round"]}, "A round one.", "Yes"),
    ({"colour": "dark_blue"}, {"colour": "red"}, "A dark blue one.", "No"),  # a choice of the schema
    ({"query": "my_lantern"}, {"query": "lantern"}, "My lantern!", "Yes"),  # somebody's identifier
    ({"language": "en"}, {}, "In English please.", "Yes"),  # the default
    ({"language": "pt"}, {}, "In Portuguese please.", "No"),
    ({"language": "pt"}, {"language": "Portuguese"}, "In Portuguese please.", "Yes"),
    ({"page": 1}, {}, "Which one is best?", "Yes"),
    ({"page": 1}, {"page": 20}, "Which one is best, of 20?", "No"),
    ({"maxPrice": 3}, {"maxPrice": 4}, "Lanterns under three euros.", "No"),
    ({"maxPrice": 3}, {"maxPrice": 4}, "Lanterns of the 3rd of May.", "Yes"),
    ({"noSuchParameter": "red"}, {}, "A red one.", "Yes"),  # the golden answer is wrong
    ({"query": ""}, {}, "Anything.", "Yes"), ({"query": None}, {"query": "x"}, "Anything.", "Yes"),
    ({"Query": "moon"}, {"query": "moon"}, "The moon lantern.", "Yes"),
])
def test_arguments_count_where_the_instruction_gives_them(golden_value, made_value, instruction, wanted):
    assert verdict(instruction, [golden("findLanterns", golden_value)], [step("findLanterns", made_value)]) == wanted


def test_nested_arguments():
    call = golden("createLantern", {"name": "Moon", "owner": {"email": "ann@light.example"}})
    made = {"name": "moon", "owner": {"email": "ann@light.example", "phone": "1"}}
    instruction = "Add the lantern Moon of ann@light.example."
    assert verdict(instruction, [call], [step("createLantern", made)]) == "Yes"
    for owner in ({"email": "bob@light.example"}, {}, "ann"):
        assert verdict(instruction, [call], [step("createLantern", {"name": "Moon", "owner": owner})]) == "No"


@pytest.mark.parametrize(("made", "wanted"), [
    ("USD/JPY", "Yes"), ("USD-JPY", "Yes"), ("EUR/JPY", "No"), ("JPY/USD", "No"), ("USD/JPY/7", "No"),
    ("GoldMoon", "Yes"), ("goldmoon", "Yes"), ("gold moon", "Yes"), ("MoonGold", "No")])
def test_a_value_put_together_from_what_is_known_is_not_made_up(made, wanted):
    found = 'Status Code: 200. Response: [{"name": "Gold-Moon"}]'
    calls = [golden("findLanterns"), golden("getLantern", '{"id": ${id from findLanterns}}')]
    steps = [step("findLanterns", {}, found), step("getLantern", {"id": made})]
    assert verdict("Lanterns for changing USD to JPY.", calls, steps) == wanted


def test_an_optional_call_may_be_left_out_and_counts_when_made_wrong():
    calls = [golden("getLantern", {"id": "A-1"}), golden("[Optional]deleteLantern", {"id": "A-1"})]
    look, delete = step("getLantern", {"id": "A-1"}), step("deleteLantern", {"id": "A-1"})
    instruction = "Delete lantern A-1 if it is broken."
    assert verdict(instruction, calls, [look]) == verdict(instruction, calls, [look, delete]) == "Yes"
    assert verdict(instruction, calls, [look, step("deleteLantern", {"id": "A-2"})]) == "No"


def test_asking_the_user_where_the_golden_answer_does():
    calls = [golden("getDetails", {"Question": "Which id?"}), golden("getLantern", '{"id": ${id from getDetails}}')]
    asked = step("getDetails", {"Question": "What is its id?"}, "It is A-1.")
    assert verdict("Tell me about my lantern.", calls, [asked, step("getLantern", {"id": "A-1"})]) == "Yes"
    assert verdict("Tell me about my lantern.", calls, [asked, step("getLantern", {"id": "B-2"})]) == "No"
    assert verdict("Tell me about my lantern.", calls, [step("getLantern", {"id": "A-1"})]) == "No"


def test_the_user_is_to_be_asked_before_what_only_the_user_knows_is_used():
    calls = [golden("getDetails", {"Question": "Which id?"}), golden("deleteLantern", {"id": "A-1"})]
    ask, delete = step("getDetails", {"Question": "Which?"}, "A-1."), step("deleteLantern", {"id": "A-1"})
    assert verdict("Delete my old lantern.", calls, [ask, delete]) == "Yes"
    assert verdict("Delete my old lantern.", calls, [delete, ask]) == "No"
    assert verdict("Delete lantern A-1 after you asked me.", calls, [delete, ask]) == "Yes"  # it was known


def test_no_golden_call_means_that_none_is_needed():
    assert verdict("What is a lantern?", [], []) == "Yes"
    assert verdict("What is a lantern?", [], [step("getWeather", {"city": "Oslo"})]) == "No"


def test_without_a_golden_answer_or_a_solution_there_is_no_score():
    assert score_calls(case("x", None, []), {}) is None


def test_without_a_document_names_and_values_still_count():
    assert verdict(ASK, [FIND, GET], [FIND_STEP, GET_STEP], Documentation=None) == "Yes"
    assert verdict(ASK, [FIND, GET], [FIND_STEP], Documentation="{") == "No"


def test_arguments_nested_beyond_reason_are_unreadable():
    deep = '{"query": ' * 300 + "1" + "}" * 300
    assert verdict(ASK, [golden("findLanterns", deep)], [step("findLanterns", deep)]) == "No"


def test_counts_behind_the_shares():
    steps = [step("findLanterns", {"query": "lamp", "maxPrice": 20}, FOUND), step("fly", {}, "No.")]
    made = case(ASK, [FIND, GET], steps)
    found = score_calls(made, functions_of(made.record))
    assert [call.function for call in found.hallucinated] == ["fly"]
    assert [one.path for match in found.wrong for one in match.wrong] == ["query"]
    assert found.steps_over == 0


names = st.sampled_from(["findLanterns", "getLantern", "deleteLantern", "getDetails", "fly", ""])
keys = st.sampled_from(["id", "query", "tags", "x"])
anything = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(
    inner, max_size=2) | st.dictionaries(keys, inner, max_size=3), max_leaves=5)
observations = st.sampled_from([OK, FOUND, "Status Code: 404.", "Status Code: 500. x", "Invalid format", ""])
steps = st.builds(step, names, anything.map(json.dumps) | st.text(max_size=10), observations)
goldens = st.builds(golden, names.map(lambda name: f"[Optional]{name}") | names, anything.map(json.dumps) | st.just(
    '{"id": ${id from findLanterns}}') | st.text(max_size=10))


@given(st.text(max_size=40), st.lists(goldens, max_size=4), st.lists(steps | anything, max_size=5))
def test_nothing_raises(instruction, calls, made):
    assert verdict(instruction, calls, made) in ("Yes", "No")


@given(st.lists(goldens, max_size=3), st.lists(steps, max_size=3))
def test_a_needed_call_that_was_not_made_is_never_credited(calls, made):
    assert verdict("Do it.", [*calls, golden("createLantern", {})], made) == "No"


def test_a_body_that_is_given_whole_is_compared():
    document = {"openapi": "3.0.0", "paths": {"/tags": {"put": {"operationId": "setTags", "requestBody": {"content": {
        "application/json": {"schema": {"type": "array", "items": {"type": "string"}}}}}, "responses": {}}}}}
    ask, record = "Tag it as red and festive.", {"Documentation": json.dumps(document)}
    for tags, right in ((["festive", "red"], "Yes"), (["red", "cheap"], "No")):
        steps = [step("setTags", {"body": tags})]
        assert verdict(ask, [golden("setTags", {"body": ["red", "festive"]})], steps, **record) == right


def test_a_call_of_a_distractor_counts_against_a_solution() -> None:
    one = case("What is the weather in Oslo?", [golden("getWeather", {"city": "Oslo"})],
               [step("findTrains", {"city": "Oslo"}), step("getWeather", {"city": "Oslo"})],
               Distractors={"findTrains": {"api": "Trains", "description": "Find trains."}})
    score = score_calls(one, functions_of(one.record))
    assert score.verdict == "No" and not score.hallucinated
    assert [extra.penalty for extra in score.penalised] == ["call_of_another_api"]


@pytest.mark.parametrize(("query", "is_right"), [("paper lantern", True), ("lantern of paper", True), ("lamp", False)])
def test_any_of_several_golden_values_is_right(query: str, is_right: bool) -> None:
    wanted = golden("findLanterns", '{"query": {"$any": ["paper lantern", "lantern of paper"]}}')
    assert (verdict(ASK, [wanted], [step("findLanterns", {"query": query}, FOUND)]) == "Yes") is is_right


@pytest.mark.parametrize(("made", "wanted"), [
    ({"litFrom": "2026-03-01", "litBefore": "2026-03-31"}, "Yes"),
    ({"litFrom": "1 March 2026", "litBefore": "31 March 2026"}, "Yes"),
    ({"litFrom": "2026-05-01", "litBefore": "2026-05-31"}, "No"),
    ({"litFrom": "2026-03-31", "litBefore": "2026-03-01"}, "No"),
    ({"litFrom": "2026-03-01", "litBefore": "2026-03-30"}, "No"),
    ({"litFrom": "2025-03-01", "litBefore": "2025-03-31"}, "No"),
    ({"litFrom": "2026-03-01"}, "No"),
])
def test_days_that_follow_from_a_month_are_checked(made, wanted):
    call = golden("findLanterns", {"litFrom": "2026-03-01", "litBefore": "2026-03-31"})
    assert verdict("Which lanterns were lit in March 2026?", [call], [step("findLanterns", made)]) == wanted


@pytest.mark.parametrize(("made", "wanted"), [
    ("The glass is cracked; the lantern still burns.", "Yes"),
    ("Cracked glass, but the lantern L-77 still burns.", "Yes"),
    ("Crack in the glass. It burns all the same.", "Yes"),
    ("The handle is cracked, but the lantern still burns.", "No"),
    ("Crack", "No"),
    ("The glass has a crack and the lantern no longer burns.", "No"),
    ("The glass has 3 cracks, but the lantern still burns.", "No"),
    ("The glass of Berta has a crack, but the lantern still burns.", "No"),
    ("Please send me my money back.", "No"),
    ("", "No"),
])
def test_a_text_in_own_words_has_to_say_the_same(made, wanted):
    call = golden("reportFault", {"id": "L-77", "text": "The glass has a crack, but the lantern still burns."})
    ask = "Lantern L-77 has got a crack in the glass, but it burns all the same. Report that."
    assert verdict(ask, [call], [step("reportFault", {"id": "L-77", "text": made})]) == wanted


def test_what_was_put_in_quotes_is_not_worded_otherwise():
    call = golden("reportFault", {"id": "L-77", "text": "Glass cracked while lantern burns"})
    steps = [step("reportFault", {"id": "L-77", "text": "Lantern burns while the glass cracked"})]
    assert verdict("Report a fault of L-77: glass cracked while lantern burns.", [call], steps) == "Yes"
    assert verdict('Report a fault of L-77: "Glass cracked while lantern burns".', [call], steps) == "No"


def test_a_value_is_taken_from_the_thing_that_the_golden_call_looks_for():
    several = 'Status Code: 200. Response: [{"id": "L-1", "name": "Moon"}, {"id": "L-2", "name": "Paper moon"}]'
    calls = [golden("findLanterns", {"query": "paper moon"}), GET]
    for looked_for, taken, wanted in (("moon", "L-2", "Yes"), ("moon", "L-1", "No"), ("paper moon", "L-2", "Yes")):
        found = step("findLanterns", {"query": looked_for}, several)
        assert verdict("Tell me all about the lantern of paper that is called moon.", calls,
                       [found, step("getLantern", {"id": taken})]) == wanted


@pytest.mark.parametrize("function", ["createLantern", "reportFault", "planWalk", "checkIn"])
def test_a_second_write_counts_against_a_solution_whatever_its_verb(function):
    created = 'Status Code: 201. Response: {"id": "N-1"}'
    record = json.loads(json.dumps(RECORD))
    document = json.loads(record["Documentation"])
    document["paths"]["/other"] = {"post": {"operationId": function, "responses": {"201": {"description": "Made."}}}}
    if function in ("createLantern", "reportFault"):
        del document["paths"]["/other"]
    record["Documentation"] = json.dumps(document)
    asked, call = "Tell me all about L-77.", golden("getLantern", {"id": "L-77"})
    steps = [GET_STEP, step(function, {"id": "L-77", "text": "Old"}, created)]
    assert verdict(asked, [call], steps[:1], **record) == "Yes"
    assert verdict(asked, [call], steps, **record) == "No"


def test_another_thing_than_was_asked_for_made_besides_it():
    created = 'Status Code: 201. Response: {"lanternId": "N-1"}'
    calls = [golden("createLantern", {"name": "Moon"})]
    made = [step("createLantern", {"name": name}, created) for name in ("Moon", "Comet")]
    assert verdict("Add the lantern Moon.", calls, made[:1]) == "Yes"
    assert verdict("Add the lantern Moon.", calls, made) == "No"


@pytest.mark.parametrize(("question", "reply", "wanted"), [
    ("It is dark blue, then. Shall I look for dark_blue?", "Yes, that's it.", "Yes"),
    ("Do you mean dark_blue?", "Exactly.", "Yes"), ("Shall I take dark_blue?", "No, not at all.", "No"),
])
def test_a_value_that_the_user_confirmed_is_known(question, reply, wanted):
    calls = [golden("getDetails", {"Question": "Which colour?"}),
             golden("findLanterns", '{"colour": ${colour from getDetails}}')]
    steps = [step("getDetails", {"Question": "Which colour is it?"}, "What the sky has at night."),
             step("getDetails", {"Question": question}, reply), step("findLanterns", {"colour": "dark_blue"})]
    assert verdict("Find me a lantern of the colour that I like.", calls, steps) == wanted
