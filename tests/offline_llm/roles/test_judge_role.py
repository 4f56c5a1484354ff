"""The judge: compares calls with the standard answer and the response with the results."""

import json

import pytest
from offline_roles import made_record, prompt, sample_apis

from offline_llm.roles.judge_role import judge, same_meaning, standard_calls
from toolalpaca.evaluation.judge import read_verdicts

GOLDEN = """Action: findShops
Action Input: {"city": "Lisbon", "limit": 3}
Action: getShopHours
Action Input: {"shopId": ${shopId from findShops}}"""
STEP = "Step {}\nThought: t\nAction: {}\nAction Input: {}\nObservation: {}"
FOUND = 'Status Code: 200. Response: {"shopId": "k7m2", "name": "Clay"}'


def _verdicts(*steps, final="The shop Clay has the key k7m2.", golden=GOLDEN):
    solution = "\n".join(
        [*(STEP.format(number, *step) for number, step in enumerate(steps, 1)), f"Final Response: {final}"]
    )
    read = read_verdicts(
        judge(
            prompt("Evaluation").substitute(
                functions="findShops: Find shops\nParameters: {}\nOutput: x",
                instruction="Find shops in Lisbon.",
                golden_answer=golden,
                solution=solution,
            )
        )
    )
    return read.process, read.response


GOOD = (("findShops", '{"city": "lisbon", "limit": "3"}', FOUND), ("getShopHours", '{"shopId": "k7m2"}', FOUND))


def test_the_expected_calls_are_right():
    assert _verdicts(*GOOD) == ("Yes", "Yes")


def test_further_and_corrected_calls_do_no_harm():
    assert _verdicts(("findShops", "{}", 'Missing required parameters: ["city"].'), *GOOD)[0] == "Yes"


@pytest.mark.parametrize(
    "steps",
    [
        (),
        GOOD[:1],
        (("findShops", '{"city": "Porto", "limit": 3}', FOUND), GOOD[1]),
        (("findShops", '{"city": "Lisbon", "limit": 3}', "Status Code: 500. Response: {}"), GOOD[1]),
    ],
)
def test_missing_wrong_and_failed_calls_are_wrong(steps):
    assert _verdicts(*steps)[0] == "No"


def test_a_figure_that_no_result_shows_is_wrong():
    assert _verdicts(*GOOD, final="The shop opens at 4711.")[1] == "No"
    assert _verdicts(*GOOD, final="(none)")[1] == "No"


def test_without_a_standard_answer_the_functions_decide():
    record = made_record(sample_apis()[0])
    text = judge(
        prompt("Evaluation").substitute(
            functions=record["NLDocumentation"],
            instruction='Describe the dog breed "Akita".',
            golden_answer="(none given)",
            solution=STEP.format(1, "describeDogBreed", json.dumps({"breedName": "Akita"}), FOUND)
            + "\nFinal Response: The Akita has the key k7m2.",
        )
    )
    assert read_verdicts(text).process == "Yes"


def test_values_that_mean_the_same():
    assert same_meaning("New York", "new york.") and same_meaning(3, "3") and same_meaning(["a", "b"], ["B", "A"])
    assert same_meaning("May 3, 2026", "2026-05-03") and same_meaning("the habits", "habit")
    assert not same_meaning("Lisbon", "Porto") and not same_meaning(3, 4)


def test_standard_answers_are_read():
    find, hours = standard_calls(GOLDEN)
    assert find.arguments == {"city": "Lisbon", "limit": 3} and hours.open == {"shopId"}
    assert standard_calls("(none given)") is None and standard_calls("(no call is needed)") == []


def test_published_verdicts_are_met_more_often_than_not(reference):
    runs = json.loads((reference / "judged_7b_run.json").read_text(encoding="utf-8"))
    verdicts = json.loads((reference / "judged_7b_verdicts.json").read_text(encoding="utf-8"))
    same = total = 0
    for record in runs:
        published = {entry["id"]: entry for entry in verdicts[record["Name"]]}
        for index, (instance, golden) in enumerate(zip(record["Instances"], record["Golden_Answers"], strict=True)):
            steps = [
                STEP.format(number, *step[0][:2], step[1])
                for number, step in enumerate(instance.get("intermediate_steps", []), 1)
            ]
            text = judge(
                prompt("Evaluation").substitute(
                    functions=record["NLDocumentation"],
                    instruction=record["Instructions"][index],
                    golden_answer="\n".join(
                        f"Action: {call['Action']}\nAction Input: {call['Action_Input']}" for call in golden
                    ),
                    solution="\n".join([*steps, f"Final Response: {instance.get('output')}"]),
                )
            )
            if index in published:
                total += 1
                same += read_verdicts(text).process == published[index]["process_correctness"]
    assert same / total > 0.65
