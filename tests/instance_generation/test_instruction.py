"""Stage 4 from its command line."""

import json
import sqlite3
import time
from pathlib import Path

import pytest
from chat_server import serve_chat
from stage_command import assert_usage_error, run_stage

TEN = "\n".join(f"{number}. \"Find lantern number {number} in Kyoto.\"" for number in range(1, 11))


@pytest.fixture
def api_file(tmp_path):
    path = tmp_path / "api_data.json"
    path.write_text(json.dumps([
        {"Name": name, "NLDocumentation": "find: Find lanterns.\nParameters: {}", "Introduction": "Lanterns."}
        for name in ("Lantern", "Kerze")]))
    return path


def instructions(api_file, url, *flags):
    result = run_stage("instance_generation/instruction.py", "-api", api_file, "-out", api_file.parent, *flags, url=url)
    return result, json.loads(api_file.read_text())


def test_ten_cleaned_instructions_each(api_file):
    with serve_chat(lambda request: TEN) as server:
        result, records = instructions(api_file, server.url)
    assert result.returncode == 0, result.stderr
    assert records[0]["Instructions"] == [f"Find lantern number {number} in Kyoto." for number in range(1, 11)]


def test_too_few_are_asked_for_again_and_those_given_are_kept(api_file):
    half = "\n".join(TEN.splitlines()[:6])
    with serve_chat(lambda request: half if len(request["messages"]) == 1 else TEN) as server:
        _, records = instructions(api_file, server.url)
        assert len(records[0]["Instructions"]) == 10
        assert "6 different instructions" in next(
            request["messages"][-1]["content"] for request in server.requests if len(request["messages"]) == 3)


def test_a_refusal_never_becomes_an_instruction(api_file):
    def reply(request):
        return "I cannot help with that." if "Name: Kerze" in request["messages"][0]["content"] else TEN

    with serve_chat(reply) as server:
        result, records = instructions(api_file, server.url)
    assert result.returncode == 0
    assert records[1]["Instructions"] == []
    assert "too_few_instructions" in records[1]["Errors"]["instruction"]


def test_later_keys_go_only_when_the_instructions_change(api_file):
    with serve_chat(lambda request: TEN) as server:
        _, records = instructions(api_file, server.url)
        api_file.write_text(json.dumps([{**record, "Instances": [{"input": "x"}]} for record in records]))
        _, records = instructions(api_file, server.url)
        assert records[0]["Instances"] == [{"input": "x"}]
    with serve_chat(lambda request: TEN.replace("Kyoto", "Nara")) as server:
        _, records = instructions(api_file, server.url, "--overwrite")
        assert "Instances" not in records[0]


def test_a_record_without_functions_costs_itself_only(api_file):
    records = json.loads(api_file.read_text())
    del records[0]["NLDocumentation"]
    api_file.write_text(json.dumps(records))
    with serve_chat(lambda request: TEN) as server:
        result, records = instructions(api_file, server.url)
    assert result.returncode == 0
    assert "no_documentation" in records[0]["Errors"]["instruction"]
    assert len(records[1]["Instructions"]) == 10


LONG = "Could you find me a red paper lantern with the number {} for the summer party in our garden in Kyoto?"
LISTS = ("Who sells candles?", "List the wicks.", "Any wax left?", "Order one taper.", "Is the shop open?")


def numbered(texts):
    return "\n".join(f"{place}. {text}" for place, text in enumerate(texts, 1))


def test_near_duplicates_are_replaced_by_new_ones(api_file):
    alike = numbered([LONG.format(number) for number in range(3)])
    with serve_chat(lambda request: alike if len(request["messages"]) == 1 else numbered(LISTS)) as server:
        result, records = instructions(api_file, server.url, "--per_api", "3")
    assert records[0]["Instructions"] == [LONG.format(0), *LISTS[:2]]
    assert "near-duplicates left out: 4 within an API" in result.stderr
    assert any("too close to" in request["messages"][-1]["content"] for request in server.requests)


def test_a_model_that_keeps_repeating_itself_gives_fewer_without_failing(api_file):
    alike = numbered([LONG.format(number) for number in range(3)])
    with serve_chat(lambda request: alike) as server:
        result, records = instructions(api_file, server.url, "--per_api", "3")
    assert result.returncode == 0
    assert records[0]["Instructions"] == [LONG.format(0)]
    assert "Errors" not in records[0]


def test_an_earlier_api_has_the_first_claim_whatever_comes_in_first(api_file):
    def reply(request):
        lantern = "Name: Lantern" in request["messages"][0]["content"]
        time.sleep(0.3 if lantern else 0)
        return numbered([LONG.format(1 if lantern else 2), *(LISTS if lantern else LISTS[::-1])])

    files = set()
    for workers in ("1", "8"):
        with serve_chat(reply) as server:
            result, records = instructions(api_file, server.url, "--per_api", "3", "--num_workers", workers,
                                           "--overwrite")
        files.add(api_file.read_text())
    assert len(files) == 1
    assert records[0]["Instructions"] == [LONG.format(1), *LISTS[:2]]
    assert records[1]["Instructions"] == [*LISTS[:1:-1]], "spare ones take the place of those left out"
    assert "1 of another API's; 0 fewer than asked for" in result.stderr


def test_mix_and_stories_reach_the_prompts_and_the_run_log(api_file):
    def reply(request):
        prompt = request["messages"][0]["content"]
        assert "- 1 of the kind single: " in prompt and "- 1 of the kind missing: " in prompt
        assert "of the kind multi" not in prompt
        story = "whole story" in prompt.splitlines()[0]
        place = 2 * story + 4 * ("Name: Kerze" in prompt)
        return "\n".join(TEN.replace("Kyoto", f"place {place}").splitlines()[:2]).replace("Find", f"Find{place}")

    flags = ("--per_api", "4", "--stories", "0.5", "--mix", "single=0.5,missing=0.5")
    with serve_chat(reply) as server:
        result, records = instructions(api_file, server.url, *flags)
        assert result.returncode == 0, result.stderr
        assert len(server.requests) == 4
        assert [len(record["Instructions"]) for record in records] == [4, 4]
        again, _ = instructions(api_file, server.url, "--per_api", "4")
    assert_usage_error(again, "begun with other settings", "stories was 0.5", "mix was")
    log = json.loads((api_file.parent / "run_log.jsonl").read_text().splitlines()[0])
    assert {kind: count for kind, count in log["counts"]["asked_for"].items() if count} == {"single": 4, "missing": 4}
    assert log["counts"]["written"] == {"unmarked": 8}
    assert log["settings"]["stories"] == 0.5


def test_a_story_template_takes_the_place_of_the_prompt_for_stories(api_file):
    template = api_file.parent / "story.txt"
    template.write_text("Write ballads.\n" + Path("prompts/Instruction2.txt").read_text(encoding="utf-8"))
    with serve_chat(lambda request: TEN) as server:
        result, _ = instructions(api_file, server.url, "--stories", "1", "--story_template", template)
        assert result.returncode == 0, result.stderr
        assert all(one["messages"][0]["content"].startswith("Write ballads.") for one in server.requests)


def test_kinds_and_what_is_said_later_are_kept_beside_the_instructions(api_file):
    told = "\n".join((
        "1. [single] Find a red lantern.", '2. **[Follow_up]** "List the wicks. || Order the first. || And two more."',
        "3. [none] Paint my house.", "4. Who sells candles? || And wax?", "5. [Kyoto] is where I live, any wax?"))
    with serve_chat(lambda request: told) as server:
        result, records = instructions(api_file, server.url, "--per_api", "5")
    assert result.returncode == 0, result.stderr
    assert records[0]["Instructions"] == ["Find a red lantern.", "List the wicks.", "Paint my house.",
                                          "Who sells candles?", "[Kyoto] is where I live, any wax?"]
    assert records[0]["Instruction_Kinds"] == ["single", "follow_up", "none", "follow_up", ""]
    assert records[0]["Follow_Ups"] == [[], ["Order the first.", "And two more."], [], ["And wax?"], []]
    assert "written single=1,follow_up=2,none=1,unmarked=1" in result.stderr


def test_a_template_without_room_for_the_mix_is_a_usage_error(api_file):
    mine = api_file.parent / "mine.txt"
    mine.write_text("Write ${number} instructions for ${name}: ${functions}")
    result, _ = instructions(api_file, "http://127.0.0.1:9", "-temp", mine, "--mix", "multi=1")
    assert_usage_error(result, "mine.txt", "--mix")


def test_of_a_large_api_each_call_is_shown_other_functions(api_file):
    names = [f"find{letter}" for letter in "ABCDEFGHIJ"]
    api_file.write_text(json.dumps([{"Name": "Lantern", "NLDocumentation": "all", "Introduction": "Lanterns.",
                                     "Function_Description": {**dict.fromkeys(names, "Find."), "components": ""}}]))
    shown = []

    def reply(request):
        prompt = request["messages"][0]["content"]
        shown.append({name for name in names if f"{name}: Find." in prompt})
        start = 10 * len(shown)
        return "\n".join(f"{number}. Light lantern {start + number} in Nara{start} {'o' * number}"
                         for number in range(1, 6))

    with serve_chat(reply) as server:
        result, [record] = instructions(api_file, server.url, "--max_functions", "4", "--per_api", "6")
    assert result.returncode == 0 and len(record["Instructions"]) == 6, result.stderr
    assert [len(one) for one in shown] == [4, 4, 4] and len(set().union(*shown)) > 4
    assert "the writer is shown 4 of them at a time (6 left out" in result.stderr
    assert f"; {10 - len(set().union(*shown))} functions are shown in no call" in result.stderr


def test_the_writer_is_told_the_day_and_the_record_keeps_it(api_file):
    with serve_chat(lambda request: TEN) as server:
        _, records = instructions(api_file, server.url, "--seed", "3")
        prompt = server.requests[0]["messages"][0]["content"]
    assert "## Today\nFriday, 14 March 2025\n" in prompt
    assert "getCurrentDateTime" not in prompt
    assert {record["Instruction_Day"] for record in records} == {"2025-03-14"}


def test_a_run_on_a_later_day_asks_nothing_again_and_keeps_the_day(api_file):
    with serve_chat(lambda request: TEN) as server:
        _, records = instructions(api_file, server.url)
        with sqlite3.connect(api_file.parent / "calls.sqlite") as store:
            rows = store.execute("SELECT key, value FROM calls WHERE value LIKE '%\"now\"%'").fetchall()
            assert len(rows) == 2
        asked = len(server.requests)
        api_file.write_text(json.dumps([{key: value for key, value in record.items() if key != "Instruction_Day"}
                                        for record in records]))
        _, again = instructions(api_file, server.url)
    assert again == records
    assert len(server.requests) == asked


def test_the_clock_is_among_the_functions_if_the_record_has_it(api_file):
    records = json.loads(api_file.read_text())
    api_file.write_text(json.dumps([{**records[0], "external_tools": ["datetime"]}]))
    with serve_chat(lambda request: TEN) as server:
        instructions(api_file, server.url)
        assert "getCurrentDateTime: Tell the current date" in server.requests[0]["messages"][0]["content"]
