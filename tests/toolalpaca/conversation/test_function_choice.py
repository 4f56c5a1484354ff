"""A conversation shows as many functions as fit: the needed ones, those spoken of, others drawn by the seed."""

from toolalpaca.conversation.function_choice import limited, own_functions, shown_to, too_many_note

RECORD = {"Name": "N", "Function_Description": {
    **{f"list{index}": f"List the things {index}\nParameters: {{}}\nOutput: #Thing" for index in range(30)},
    "findTide": "Tell when the tide is high in a harbour\nParameters: {}\nOutput: #Tide",
    "components": "Shared:\n#Thing: Object{id}\n#Tide: Object{at: #Time}\n#Time: string"}}


def test_needed_and_spoken_of_functions_are_shown_and_the_rest_is_drawn_by_the_seed():
    text = "When is high tide in the harbour?"
    shown = limited(RECORD, 5, "seed", text=text, needed=["list7"])
    names = own_functions(shown)
    assert len(names) == 5 and {"findTide", "list7"} <= set(names)
    assert names == own_functions(limited(RECORD, 5, "seed", text=text, needed=["list7"]))
    assert names != own_functions(limited(RECORD, 5, "other", text=text))
    assert "findTide: Tell" in shown["NLDocumentation"] and "#Time: string" in shown["NLDocumentation"]


def test_all_functions_are_shown_if_they_fit_or_no_limit_is_given():
    assert limited(RECORD, None, "seed") is RECORD and limited(RECORD, 31, "seed") is RECORD
    assert too_many_note([RECORD], 31, "the writer is") is None
    assert "26 left out" in (too_many_note([RECORD], 5, "the writer is") or "")


def test_an_instance_shows_its_example_the_functions_it_had():
    shown = shown_to(RECORD, {"input": "x", "functions": ["list3"]})
    assert own_functions(shown) == ["list3"]
    assert shown["Function_Description"]["components"] == "Shared:\n#Thing: Object{id}"
    assert shown_to(RECORD, {"input": "x"}) is RECORD
