"""Stage 7 from its command line: segments, filters, formats, splits and bad input."""

import json
from pathlib import Path

import pytest
from stage_command import assert_usage_error, run_stage

DESCRIPTION = {"getTime": 'Tell the time.\nParameters: {"zone": "Required. string."}\nOutput: Time.', "components": ""}


def step(thought: str = " I ask.", action: str = "getTime", observation: str = "Status Code: 200. Response: 12:00",
         label: str = "") -> list:
    log = f"{thought}\n{label}Action: {action}\n{label}Action Input: {{}}"
    return [[action, '{"zone": "Rome"}', log], observation]


def instance(*steps: list, **changes: object) -> dict:
    return {"input": "What time is it?", "output": "It is noon.", "Final Thought": " I know.",
            "intermediate_steps": list(steps), **changes}


def record(name: str, *instances: dict, **changes: object) -> dict:
    return {"Name": name, "Introduction": f"About {name}.", "Function_Description": DESCRIPTION,
            "Instructions": ["What time is it?"] * len(instances), "Instances": list(instances), **changes}


@pytest.fixture
def build(tmp_path: Path):
    def run(records: object, *flags: str, out: str = "sft.json"):
        api = tmp_path / "api.json"
        api.write_text(records if isinstance(records, str) else json.dumps(records, ensure_ascii=False),
                       encoding="utf-8")
        return run_stage("build_dataset.py", "-api", api, "-out", tmp_path / out, *flags), tmp_path / out

    return run


def test_segments_of_the_test_form(build) -> None:
    result, out = build([record("Clock", instance(step(), step(" Again.", observation="Status Code: 500.")))])
    assert result.returncode == 0, result.stderr
    [[texts, trainable]] = json.loads(out.read_text())
    assert trainable == [False, True, False, True, False, True]
    assert texts[0].endswith("USER: What time is it?\nASSISTANT Thought:")
    assert texts[1:] == [
        ' I ask.\nASSISTANT Action: getTime\nASSISTANT Action Input: {"zone": "Rome"}\nASSISTANT Observation:',
        " Status Code: 200. Response: 12:00\nASSISTANT Thought:",
        ' Again.\nASSISTANT Action: getTime\nASSISTANT Action Input: {"zone": "Rome"}\nASSISTANT Observation:',
        " Status Code: 500.\nASSISTANT Thought:",
        " I know.\nASSISTANT Response: It is noon."]
    assert not any(text[-1].isspace() for text in texts)


@pytest.mark.parametrize(("thought", "label"), [
    (" I ask.", ""), ("I ask.", ""), ("Thought: I ask.", ""), (" Thought: I ask.", ""), ("I ask.\n", "ASSISTANT "),
    ("ASSISTANT Thought: I ask.", "ASSISTANT "), ("\nI ask.", "")])
def test_a_thought_is_whole_whatever_form_it_was_stored_in(build, thought: str, label: str) -> None:
    result, out = build([record("Clock", instance(step(thought, label=label)))], "--agent_prompt", "train_v2")
    assert result.returncode == 0, result.stderr
    [[texts, _]] = json.loads(out.read_text())
    assert texts[1] == ' I ask.\nAction: getTime\nAction Input: {"zone": "Rome"}\nObservation:'


def test_left_out_with_a_count_for_each_reason(build) -> None:
    result, out = build([
        record("Clock", instance(step()), instance(), instance(*[step()] * 6), {"input": "x", "error": "no answer"}),
        record("Watch", instance(step(action="getDetails")), instance(*[step()] * 5), instance(["broken"]),
               instance([["getTime", "{}"], "12:00"])),
        {"Name": "Bare", "Function_Description": DESCRIPTION}])
    assert result.returncode == 0, result.stderr
    assert len(json.loads(out.read_text())) == 3
    for line in ("8 instances: 3 kept, 5 left out", "no step: 1",
                 "more steps in a turn than --max_steps: 1", "ended in an error: 1",
                 "the only action is getDetails: 1", "not in the form of an instance: 1",
                 "steps that have no thought: 1", "APIs without instances: 1"):
        assert line in result.stderr, result.stderr
    log = json.loads((out.parent / "run_log.jsonl").read_text())
    assert (log["stage"], log["made"]) == ("build_dataset", 3)


def test_getDetails_stays_out_of_the_prompt_when_asked(build) -> None:
    prompts = []
    for flags in ([], ["--without_getDetails"]):
        _, out = build([record("Clock", instance(step()))], *flags)
        prompts.append(json.loads(out.read_text())[0][0][0])
    assert "getDetails" in prompts[0]
    assert "getDetails" not in prompts[1]


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".parquet"])
@pytest.mark.parametrize("name", ["segments", "messages", "sharegpt", "text"])
def test_every_format_in_every_file_form(build, name: str, suffix: str) -> None:
    from toolalpaca.data.example_files import read_examples

    result, out = build([record("Größe", instance(step()))], "--format", name, out="sft" + suffix)
    assert result.returncode == 0, result.stderr
    [example] = read_examples(out)
    keys = {"segments": ["segments", "trainable"], "messages": ["messages", "tools"],
            "sharegpt": ["conversations", "system", "tools"], "text": ["text"]}[name]
    assert isinstance(example, list) or sorted(example) == keys
    assert "Größe" in json.dumps(example, ensure_ascii=False)


def test_a_split_keeps_apis_apart(build) -> None:
    records = [record(f"Api {number}", *[instance(step())] * 3) for number in range(20)]
    result, out = build(records, "--split", "0.8", out="sft.jsonl")
    assert result.returncode == 0, result.stderr
    train, held_out = out.read_text(), out.with_name("sft_eval.jsonl").read_text()
    names = [{f"Api {number}" for number in range(20) if f"the Api {number} API" in text}
             for text in (train, held_out)]
    assert (len(names[0]), len(names[1]), names[0] & names[1]) == (16, 4, set())
    assert (len(train.splitlines()), len(held_out.splitlines())) == (48, 12)
    build([*records[::-1], record("One more", instance(step()))], "--split", "0.8", out="sft.jsonl")
    again = {f"Api {number}" for number in range(20) if f"the Api {number} API" in out.read_text()}
    assert len(again - names[0]) <= 1  # an API stays on its side when others come and go


@pytest.mark.parametrize(("records", "words"), [
    ([{"Name": "Clock"}], ["no record has the key 'Instances'", "generation.py"]),
    ([record("Clock"), record("Watch", Instances={})], ["record 1", "Watch", "'Instances'"]),
    ([{"Name": "Clock", "Instances": [instance(step())]}], ["record 0", "Clock", "'Function_Description'"]),
])
def test_bad_input_is_one_line_and_leaves_the_output_alone(build, tmp_path: Path, records: object,
                                                           words: list[str]) -> None:
    (tmp_path / "sft.json").write_text("old")
    result, out = build(records)
    assert_usage_error(result, *words)
    assert out.read_text() == "old"


def test_bad_output_is_one_line(build, tmp_path: Path) -> None:
    good = [record("Clock", instance(step()))]
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.json").mkdir()
    assert_usage_error(build(good, out="sft.txt")[0], ".json, .jsonl or .parquet")
    assert_usage_error(build(good, out="file/sft.json")[0], "is a file")
    assert_usage_error(build(good, out="folder.json")[0], "is a folder")
    assert_usage_error(run_stage("build_dataset.py", "-api", tmp_path / "none.json", "-out", tmp_path / "x.json"),
                       "none.json", "no such file")


def test_nothing_kept_is_a_failure(build) -> None:
    result, _ = build([record("Clock", instance())])
    assert result.returncode == 1
    assert "1 instances: 0 kept" in result.stderr


def test_published_runs_are_read(reference: Path, tmp_path: Path) -> None:
    result = run_stage("build_dataset.py", "-api", reference / "judged_7b_run.json", "-out", tmp_path / "sft.json")
    assert result.returncode == 0, result.stderr
    examples = json.loads((tmp_path / "sft.json").read_text())
    assert len(examples) == 98
    assert all(len(texts) == len(flags) >= 4 and flags[-1] for texts, flags in examples)


def test_verified_only_leaves_out_what_the_verification_has_not_passed(tmp_path):
    step = [["findShops", "{}", "I look.\nAction: findShops\nAction Input: {}"], "Status Code: 200. Response: {}"]
    whole = {"input": "Find shops.", "output": "Found.", "Final Thought": "", "intermediate_steps": [step]}
    instances = [{**whole, "Verification": {"passed": True}}, {**whole, "Verification": {"passed": False}}, whole]
    (tmp_path / "run.json").write_text(json.dumps([{
        "Name": "Shops", "Function_Description": {"findShops": "Find.", "components": ""}, "Instances": instances}]))
    for flags, kept in (([], 3), (["--verified_only"], 1)):
        done = run_stage("build_dataset.py", "-api", tmp_path / "run.json", "-out", tmp_path / "sft.json", *flags)
        assert done.returncode == 0, done.stderr
        assert len(json.loads((tmp_path / "sft.json").read_text())) == kept
    assert "refused by the verification: 1" in done.stderr
    assert "not looked at by instance_generation/verification.py: 1" in done.stderr


@pytest.mark.parametrize("form", ["segments", "messages", "sharegpt", "text"])
def test_a_refusal_is_kept_only_where_no_function_can_do_what_is_asked(build, form: str) -> None:
    refusal = instance(output="I have no function for that.")
    result, out = build([record("Clock", refusal, refusal, Instruction_Kinds=["none", "single"]),
                         record("Watch", refusal)], "--format", form)
    assert result.returncode == 0, result.stderr
    assert "3 instances: 1 kept, 2 left out" in result.stderr and "left out, no step: 2" in result.stderr
    [example] = json.loads(out.read_text())
    assert "I have no function for that." in json.dumps(example)


ASKED = "Please tell me what time it is in Rome right now and whether the museums there are still open this late"


def test_the_card_says_what_the_files_hold_and_what_was_found_in_tests(build, tmp_path: Path) -> None:
    test = tmp_path / "test.json"
    test.write_text(json.dumps([{"Name": "Hidden", "Instructions": [f"Well then. {ASKED}!"],
                                 "Function_Description": {"other": "Something else altogether.", "components": ""}}]))
    known = instance(step(), Verification={"passed": True})
    records = [record("Clock", known, known, Category="Time", Instructions=["What time is it?", ASKED]),
               record("Watch", known, Category="Time")]
    result, out = build(records, "--split", "0.5", "--card", "apache-2.0", "--against", str(test))
    assert result.returncode == 0, result.stderr
    card = (out.parent / "README.md").read_text(encoding="utf-8")
    assert "instructions that occur in a test: 1" in result.stderr
    assert len(json.loads(out.read_text())) + len(json.loads(out.with_name("sft_eval.json").read_text())) == 2
    for text in ("license: apache-2.0", 'path: "sft.json"', 'path: "sft_eval.json"', "| examples | 2 |",
                 "| examples that passed the verification | 2 |", "| left out: the instruction occurs in a test | 1 |",
                 "Time (2)", "`test.json`, `eval_simulated.json`, `eval_real.json`",
                 "| Clock [1] | Hidden [0] | instructions: 13 words in a row |"):
        assert text in card, card
    again, _ = build(records, "--card")
    assert again.returncode == 0 and "license: other" in (out.parent / "README.md").read_text(encoding="utf-8")


def test_a_card_replaces_no_other_readme(build, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    assert_usage_error(build([record("Clock", instance(step()))], "--card")[0], "README.md", "not a card")
    assert (tmp_path / "README.md").read_text() == "mine"


def test_calls_that_were_refused_can_be_left_out_or_read_without_being_trained(build) -> None:
    right = step()
    refused = step(action="getTimes", observation='"getTimes" is not a valid function. Valid functions: ["getTime"]. '
                   "You need to change the input and try again.")
    records = [record("Clock", instance(refused, right), instance(right))]
    result, out = build(records, "--refused_calls", "leave_out")
    assert result.returncode == 0 and "a call was refused before it was sent: 1" in result.stderr, result.stderr
    assert len(json.loads(out.read_text())) == 1
    trained = {}
    for choice in ("train", "read"):
        result, out = build(records, "--refused_calls", choice)
        assert result.returncode == 0, result.stderr
        trained[choice] = [[text for text, learned in zip(*example, strict=True) if learned]
                           for example in json.loads(out.read_text())]
    assert trained["train"][1] == trained["read"][1]
    assert any("getTimes" in text for text in trained["train"][0])
    assert trained["read"][0] == [text for text in trained["train"][0] if "getTimes" not in text] != []
    refused_format = build(records, "--refused_calls", "read", "--format", "messages")[0]
    assert_usage_error(refused_format, "--refused_calls read", "segments")
    assert_usage_error(build(records, "--mistakes", "0.5")[0], "--mistakes", "add --refused_calls read")
    assert_usage_error(build(records, "--mistakes_of", "run.json")[0], "--mistakes_of", "add --refused_calls read")
    missing_run = build(records, "--mistakes_of", "run.json", "--refused_calls", "read")[0]
    assert_usage_error(missing_run, "run.json", "no such file")


def test_keep_draws_from_the_kinds_it_names_and_always_the_same(build) -> None:
    right = step()
    records = [record("Clock", *[instance(right)] * 200, Instruction_Kinds=["single", "multi"] * 100)]
    kept = []
    for _ in range(2):
        result, out = build(records, "--keep", "multi=0.3")
        assert result.returncode == 0, result.stderr
        kept.append(out.read_text())
    assert kept[0] == kept[1] and 115 < len(json.loads(kept[0])) < 145


@pytest.mark.parametrize("value", ["none", "nones=0.3", "none=2", "none=0.3,none=0.4"])
def test_keep_of_no_kind_or_no_fraction_is_a_usage_error(build, value: str) -> None:
    result, _ = build([record("Clock", instance())], "--keep", value)
    assert result.returncode == 2 and "--keep" in result.stderr


def test_the_most_steps_can_be_set_and_a_turn_that_was_not_understood_is_left_out(build) -> None:
    lost = [["", "", "Action: find it"], 'Invalid format: no input. Write "Action:" and "Action Input:".']
    result, out = build([record("Clock", instance(*[step()] * 6, lost))], "--max_steps", "7")
    assert result.returncode == 0, result.stderr
    [[texts, trainable]] = json.loads(out.read_text())
    assert trainable == [False, True] * 7 and "Invalid format" not in "".join(texts[1:])


def test_combinations_that_cannot_work_are_refused(build) -> None:
    good = [record("Clock", instance(step()))]
    assert_usage_error(build(good, "--format", "sharegpt", "--thoughts", "content")[0], "choose think or drop")
    assert_usage_error(build(good, "--format", "dpo", "--verified_only")[0], "leave it out")
