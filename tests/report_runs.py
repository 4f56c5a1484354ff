"""Small runs and evaluations for tests of the report."""

import json
from pathlib import Path
from typing import Any

DESCRIPTION = "find: Find lanterns.\nParameters: {\"colour\": \"Required. string. Colour.\"}"
HOSTILE = ("<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\"></script> & "
           "\u2028 $x$ <!--")


OK = 'Status Code: 200. Response: {"ok": true}'


def step(function: str, arguments: dict[str, Any], observation: str = OK) -> list:
    """One step as stage 6 writes it."""
    text = json.dumps(arguments)
    return [[function, text, f"I should use {function}.\nAction: {function}\nAction Input: {text}"], observation]


def instance(question: str, *steps: list, answer: str = "Here it is.", **more: Any) -> dict[str, Any]:
    """One solved instruction."""
    return {"input": question, "output": answer, "Final Thought": "I now know the answer.",
            "intermediate_steps": list(steps), **more}


def record(name: str, *instances: dict[str, Any], category: str = "Light", **more: Any) -> dict[str, Any]:
    """One API with its instances."""
    return {"Name": name, "Description": f"{name} lights the way.", "Category": category,
            "Function_Description": {"find": DESCRIPTION, "components": ""},
            "Function_Projection": {"find": ["/f", "get"]},
            "Instructions": [one["input"] for one in instances], "Instances": list(instances), **more}


def verification(passed: bool, *reasons: str) -> dict[str, Any]:
    """Return what verification.py adds to an instance."""
    return {"passed": passed, "reasons": list(reasons), "format": True, "execution": passed, "semantics": True,
            "judge": None}


def small_run() -> list[dict[str, Any]]:
    """Two APIs and five instances: one and two calls, a failure, a hostile text, an asked user, a long observation."""
    long = "Status Code: 200. Response: " + json.dumps({"lanterns": [{"id": number} for number in range(40)]})
    return [
        record("Lantern", instance("Find a red lantern for the garden", step("find", {"colour": "red"}),
                                   Verification={**verification(True), "overruled": ["unsupported_answer: 'red'"]}),
               instance("Find a blue lantern and a green one", step("find", {"colour": "blue"}),
                        step("find", {"colour": "grey"}, long),
                        Verification=verification(False, "answer_breaks_request: step 2: asked for green")),
               {"input": "Find nothing", "error": "step_limit: 10 steps"},
               Golden_Answers=[[{"Action": "find", "Action_Input": '{"colour": "red"}'}],
                               [{"Action": "find", "Action_Input": '{"colour": "blue"}'},
                                {"Action": "find", "Action_Input": '{"colour": "green"}'}],
                               [{"Action": "find", "Action_Input": "{}"}]]),
        record("Lamp / Light & <b>", instance(HOSTILE, step("find", {"colour": HOSTILE}, HOSTILE), answer=HOSTILE),
               instance("Show my favourite lamp", step("getDetails", {"Question": "Which?"}, "The tall one."),
                        step("list", {"size": "tall"})), category="Home <i>"),
    ]


def small_evaluation(records: list[dict[str, Any]]) -> dict[str, Any]:
    """A results file in the published form, on the first API: right, wrong and without a solution."""
    verdicts = [("Yes", "Yes"), ("No", "Yes"), (None, None)]
    solved = records[0]["Instances"]
    return {"Lantern": [
        {"id": place, "input": one["input"], "output": one.get("output", ""), "process_correctness": process,
         "final_response_correctness": response, "judgement": f"Because of {place}.",
         **({"error": one["error"]} if "error" in one else {})}
        for place, (one, (process, response)) in enumerate(zip(solved, verdicts, strict=True))]}


def written(path: Path, value: Any) -> Path:
    """`value` as a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
