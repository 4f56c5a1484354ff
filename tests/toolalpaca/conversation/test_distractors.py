"""Distractors are functions of other APIs that could do none of the tasks; calls of them reach their own API."""

import json

from agent_fakes import RECORD, QueueModel, action, answer
from api_server import serve_api

from toolalpaca.agent.api import Api
from toolalpaca.agent.dialogue import TextDialogue
from toolalpaca.agent.environments.simulated import SimulatorClient
from toolalpaca.agent.instances import tasks_of
from toolalpaca.agent.loop import Conversation
from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.function_choice import draw_distractors, shown_to, with_distractors
from toolalpaca.conversation.functions import function_names, tool_schemas
from toolalpaca.verification.verification_stage import findings_of


def api(name, category, **functions):
    document = {"openapi": "3.0.3", "info": {"title": name, "version": "1"}, "paths": {
        f"/{function}": {"get": {"operationId": function, "summary": summary, "responses": {"200": {"description": ""}},
                                 "parameters": [{"name": "size", "in": "query", "schema": {"type": "integer"}}]}}
        for function, summary in functions.items()}}
    described = {function: f'{summary}\nParameters: {{"size": "integer."}}\nOutput: #Row'
                 for function, summary in functions.items()}
    return {"Name": name, "Category": category, "Documentation": json.dumps(document), "Instructions": [],
            "Function_Description": {**described, "components": "Formats:\n#Row: Object{id}"},
            "Function_Projection": {function: [f"/{function}", "get"] for function in functions}}


OTHERS = [api("Storms", "Weather", getGusts="Tell how hard it blows."),  # of the same category
          api("Trips", "Travel", searchParis="Search hotels.", listTemperatures="How warm seas are."),
          api("Pictures", "Art", listPaintings="List paintings.", getFrame="Get a frame.", setAlert="Ring a bell.")]


def drawn(most, seed=0):
    return draw_distractors([RECORD, *OTHERS], most, seed)


def test_what_could_do_a_task_is_not_drawn() -> None:
    assert set(drawn(9)[0]["Distractors"]) == {"listPaintings", "getFrame"}  # not gusts, Paris, warm, or a taken name
    assert drawn(9)[0]["Distractors"]["getFrame"] == {
        "api": "Pictures", "description": 'Get a frame.\nParameters: {"size": "integer."}\nOutput: #Row',
        "components": "Formats:\n#Row: Object{id}"}


def test_the_seed_decides_and_none_leaves_no_key() -> None:
    assert drawn(1, seed=3) == drawn(1, seed=3)
    assert {name for seed in range(9) for name in drawn(1, seed)[0]["Distractors"]} == {"listPaintings", "getFrame"}
    assert all("Distractors" not in record for record in draw_distractors(drawn(2), 0, 0))


def test_they_stand_among_the_own_functions_in_text_and_as_tools() -> None:
    record = drawn(2)[0]
    shown = with_distractors(record)
    names = function_names(shown, get_details=False)
    assert set(names) == {"getWeather", "setAlert", "listPaintings", "getFrame"}
    assert [name for name in names if name in RECORD["Function_Description"]] == ["getWeather", "setAlert"]
    assert shown == shown_to(record, {}) and shown["Function_Description"]["components"] == "Formats:\n#Row: Object{id}"
    frame = next(tool["function"] for tool in tool_schemas(shown) if tool["function"]["name"] == "getFrame")
    assert frame["description"] == "Get a frame." and frame["parameters"]["properties"]["size"]["type"] == "integer"


def test_a_call_of_one_reaches_its_own_api_and_is_refused_by_the_verification() -> None:
    record = drawn(2)[0]
    task = tasks_of([record, *OTHERS])[0]
    model = QueueModel(action("getFrame", {"sise": 3}), action("getFrame", {"size": 3}), answer("Here it is."))
    asked = []
    with serve_api(lambda request: asked.append(request.path) or {"frame": 1}) as server:
        seen = Api(with_distractors(record), others=task.others)
        seen.check()
        tools = Tools(seen, SimulatorClient(server.url).conversation(record["Name"], "s"), str)
        dialogue = TextDialogue.begin(model, seen, "A [0]", task.instruction, PROMPT_FORMS["train_v2"])
        instance = Conversation(tools, dialogue, task.instruction).run()
    assert "getFrame: Get a frame." in model.prompts[0]
    assert instance["intermediate_steps"][0][1].startswith('Unknown parameters: ["sise"]')
    assert instance["intermediate_steps"][1][1] == 'Status Code: 200. Response: {"frame": 1}'
    assert asked == ["/Pictures/getFrame?size=3"]
    [found] = findings_of({**record, "Instances": [instance]})
    assert found.reasons[0].code == "wrong_function"
