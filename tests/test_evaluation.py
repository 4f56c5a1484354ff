"""Stage 9 from its command line: verdicts, statistics, running it again, what a failure costs."""

import json

import pytest
from chat_server import Reply, serve_chat
from stage_command import assert_usage_error, run_stage

GOOD = "It fits.\n\nProcess Correctness: Yes\nFinal Response Correctness: Yes"
BAD = "**Final Response Correctness:** no\n**Process Correctness:** uncertain"


def api(name, instances=3):
    return {"Name": name, "NLDocumentation": "find: Find lanterns.", "Instructions": [f"{name} {n}" for n in range(3)],
            "Golden_Answers": [[{"Action": "find", "Action_Input": "{}"}]] * 3,
            "Instances": [{"input": f"{name} {n}", "output": f"Lantern {n}", "Final Thought": "",
                           "intermediate_steps": [[["find", "{}", "Action: find"], "Status Code: 200."]]}
                          for n in range(instances - 1)] + [{"input": f"{name} 2", "error": "step_limit: 10"}]}


@pytest.fixture
def run_file(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps([api("Lantern"), api("Lamp & Light")]))
    return path


def judge(request):
    return BAD if "Lamp & Light 1" in request["messages"][0]["content"] else GOOD


def evaluate(run_file, out, url, *flags):
    result = run_stage("evaluation.py", "-api", run_file, "-out", out, *flags, url=url)
    output = out if out.is_file() or out.suffix == ".json" else out / "evaluation.json"
    return result, json.loads(output.read_text()) if output.suffix and output.exists() else None


def test_writes_verdicts_statistics_and_how_they_were_made(run_file, tmp_path):
    with serve_chat(judge) as server:
        result, results = evaluate(run_file, tmp_path / "eval", server.url)
        assert len(server.requests) == 4
    assert result.returncode == 0, result.stderr
    found = results["statistics"]
    assert (found["num"], found["error_num"], found["both"]) == (6, 2, 3)
    assert found["process"] == {"Yes": 3, "No": 0, "Uncertain": 1}
    assert found["response"] == {"Yes": 3, "No": 1, "Uncertain": 0}
    assert [entry["id"] for entry in results["Lantern"]] == [0, 1, 2]
    entry = results["Lamp & Light"][1]
    assert (entry["input"], entry["output"]) == ("Lamp & Light 1", "Lantern 1")
    assert (entry["process_correctness"], entry["final_response_correctness"]) == ("Uncertain", "No")
    assert results["Lantern"][2]["error"] == "step_limit: 10"
    assert results["run"]["settings"]["judge"]["model"] == "offline"
    assert results["run"]["command"].startswith("python evaluation.py -api ")
    assert "50.0 %   18.8 - 81.2" in result.stdout


def test_out_may_be_a_file_and_running_again_calls_nobody(run_file, tmp_path):
    out = tmp_path / "eval" / "7b.json"
    with serve_chat(judge) as server:
        evaluate(run_file, out, server.url)
        before = out.read_bytes()
        for _ in range(2):
            result, _ = evaluate(run_file, out, server.url)
            assert result.returncode == 0, result.stderr
            assert len(server.requests) == 4
        assert out.read_bytes() == before


def test_continue_run_takes_over_a_file_without_its_store(run_file, tmp_path):
    with serve_chat(judge) as server:
        _, results = evaluate(run_file, tmp_path / "first", server.url)
        results["Lantern"][0]["process_correctness"] = "Maybe"
        results["Lantern"][1]["output"] = "Another solution"
        (tmp_path / "second").mkdir()
        (tmp_path / "second" / "evaluation.json").write_text(json.dumps(results))
        result, again = evaluate(run_file, tmp_path / "second", server.url, "--continue_run")
        assert result.returncode == 0, result.stderr
        assert len(server.requests) == 4 + 2
        assert again["statistics"] == results["statistics"]
        assert_usage_error(evaluate(run_file, tmp_path / "second", server.url, "--continue_run", "--model", "other")[0],
                           "other settings", "judge")


def test_continue_run_without_anything_to_continue(run_file, tmp_path):
    with serve_chat(judge) as server:
        result, results = evaluate(run_file, tmp_path / "eval", server.url, "--continue_run")
    assert (result.returncode, results["statistics"]["num"]) == (0, 6)


def test_an_unreadable_verdict_is_asked_for_again_and_never_counted_as_no(run_file, tmp_path):
    def reply(request):
        first = request["messages"][0]["content"]
        if "Lantern 1" in first and "Lamp & Light" not in first:
            return "Process Correctness: Yes and No\nFinal Response Correctness: Yes"
        return "hm" if len(request["messages"]) == 1 else judge(request)

    with serve_chat(reply) as server:
        result, results = evaluate(run_file, tmp_path / "eval", server.url)
        assert len(server.requests) == 3 * 2 + 3
    assert result.returncode == 0
    assert "unreadable_verdict 1" in result.stderr
    found = results["statistics"]
    assert (found["num"], found["unreadable"], sum(found["process"].values())) == (6, 1, 3)
    assert found["rates"]["process"]["of"] == 5
    entry = results["Lantern"][1]
    assert (entry["process_correctness"], entry["final_response_correctness"]) == (None, None)
    with serve_chat(judge) as server:  # the unreadable one alone is asked for again
        _, results = evaluate(run_file, tmp_path / "eval", server.url)
        assert (len(server.requests), results["statistics"]["unreadable"]) == (1, 0)


def test_votes_are_a_majority_and_add_to_those_that_were_cast(run_file, tmp_path):
    turn = iter(range(1000))

    def reply(request):
        return GOOD if next(turn) % 3 else GOOD.replace("Process Correctness: Yes", "Process Correctness: No")

    flags = ("--num_workers", "1")
    with serve_chat(reply) as server:
        evaluate(run_file, tmp_path / "eval", server.url, *flags)
        result, results = evaluate(run_file, tmp_path / "eval", server.url, "--votes", "3", *flags)
        assert len(server.requests) == 12
    assert "temperature 0" in result.stderr
    assert "votes on the process that agree" in result.stdout
    assert result.returncode == 0, result.stderr
    entry = results["Lantern"][0]
    assert len(entry["votes"]) == 3
    assert results["run"]["settings"]["votes"] == 3
    assert results["statistics"]["response"] == {"Yes": 4, "No": 0, "Uncertain": 0}


def test_golden_answers_may_come_from_another_file(run_file, tmp_path):
    records = json.loads(run_file.read_text())
    gold = [{"Name": record["Name"], "Golden_Answers": [[{"Action": "inspect", "Action_Input": "{}"}]] * 3}
            for record in records]
    (tmp_path / "gold.json").write_text(json.dumps(gold))
    with serve_chat(judge) as server:
        result, _ = evaluate(run_file, tmp_path / "eval", server.url, "-gold", tmp_path / "gold.json")
        assert result.returncode == 0, result.stderr
        assert all("Action: inspect" in request["messages"][0]["content"] for request in server.requests)


def test_a_run_without_golden_answers_is_judged_too(run_file, tmp_path):
    records = json.loads(run_file.read_text())
    for record in records:
        del record["Golden_Answers"]
    run_file.write_text(json.dumps(records))
    with serve_chat(judge) as server:
        result, results = evaluate(run_file, tmp_path / "eval", server.url)
        assert (result.returncode, results["statistics"]["both"]) == (0, 3)
        assert all("(none given)" in request["messages"][0]["content"] for request in server.requests)


def test_exit_code_1_and_old_results_kept_when_nothing_can_be_judged(run_file, tmp_path):
    records = json.loads(run_file.read_text())
    for record in records:
        del record["Instances"][2], record["Instructions"][2]
    run_file.write_text(json.dumps(records))
    with serve_chat(judge) as server:
        evaluate(run_file, tmp_path / "eval", server.url)
    before = (tmp_path / "eval" / "evaluation.json").read_bytes()
    with serve_chat(lambda request: Reply("no", status=400)) as server:
        result, _ = evaluate(run_file, tmp_path / "eval", server.url, "--overwrite")
    assert result.returncode == 1
    assert (tmp_path / "eval" / "evaluation.json").read_bytes() == before


def test_rules_need_no_model(run_file, tmp_path):
    result = run_stage("evaluation.py", "-api", run_file, "-out", tmp_path / "eval", "--judge", "none")
    assert result.returncode == 0, result.stderr
    results = json.loads((tmp_path / "eval" / "evaluation.json").read_text())
    assert results["statistics"]["process"] == {"Yes": 4, "No": 0, "Uncertain": 0}
    assert results["statistics"]["error_num"] == 2
    assert results["statistics"]["errors"]["gave_up"]["count"] == 2
    assert results["statistics"]["by_golden_calls"]["1"]["process"]["of"] == 6
    assert results["Lantern"][0]["scores"]["execution"] == "clean"
    assert results["run"]["settings"] == {"verdicts_of": "scorers"}
    assert "gave up" in result.stdout


def test_both_print_how_far_judge_and_rules_agree(run_file, tmp_path):
    with serve_chat(judge) as server:
        result, results = evaluate(run_file, tmp_path / "eval", server.url, "--judge", "both")
        assert len(server.requests) == 4
    assert result.returncode == 0, result.stderr
    agreement = results["statistics"]["scorer_agreement"]["process"]["agreement"]
    assert (agreement["count"], agreement["of"]) == (3, 4)
    assert results["Lamp & Light"][1]["process_correctness"] == "Uncertain"
    assert results["Lamp & Light"][1]["scores"]["process"] == "Yes"
    assert "Cohen's kappa" in result.stdout
    with serve_chat(judge) as server:  # the judge's calls are in the store
        evaluate(run_file, tmp_path / "eval", server.url)
        assert not server.requests


def test_two_runs_are_compared(run_file, tmp_path):
    flags = ("--judge", "none")
    evaluate(run_file, tmp_path / "first.json", "http://x/v1", *flags)
    result, results = evaluate(run_file, tmp_path / "second.json", "http://x/v1", *flags,
                               "--compare", tmp_path / "first.json")
    assert result.returncode == 0, result.stderr
    assert "cannot tell the two apart" in result.stdout
    assert results["statistics"]["comparison"]["process"]["p_value"] == 1.0
    assert_usage_error(evaluate(run_file, tmp_path / "third.json", "http://x/v1", *flags, "--compare", run_file)[0],
                       "no results")


def test_rules_see_no_dry_run(run_file):
    result = run_stage("evaluation.py", "-api", run_file, "--judge", "none", "--dry_run")
    assert result.returncode == 2
    assert "--judge none" in result.stderr


def test_a_dry_run_calls_nobody(run_file, tmp_path):
    result = run_stage("evaluation.py", "-api", run_file, "-out", tmp_path / "eval", "--dry_run", "--votes", "2")
    assert result.returncode == 0, result.stderr
    assert "about 8 calls" in result.stderr
    assert not (tmp_path / "eval" / "evaluation.json").exists()


@pytest.mark.parametrize(("content", "words"), [
    ('[{"Name": "x"}]', ["no record has Instances"]), ('[{"Instances": []}]', ["record 0", "'Name'"]),
    ('[{"Name": "x", "Instances": {}}]', ["'x'", "'Instances'"]),
    ('[{"Name": "x", "Instances": [{}], "Golden_Answers": [1]}]', ["'x'", "Golden_Answers[0]"]),
])
def test_bad_input_is_one_line(tmp_path, content, words):
    path = tmp_path / "run.json"
    path.write_text(content)
    result = run_stage("evaluation.py", "-api", path, "-out", tmp_path / "eval", url="http://x/v1")
    assert_usage_error(result, str(path), *words)


def test_a_results_file_that_is_none_is_one_line(run_file, tmp_path):
    (tmp_path / "evaluation.json").write_text("[]")
    result, _ = evaluate(run_file, tmp_path, "http://x/v1", "--continue_run")
    assert_usage_error(result, "evaluation.json", "no results")


def test_an_out_that_is_a_file_and_a_missing_template_are_one_line(run_file, tmp_path):
    (tmp_path / "mine").write_text("mine")
    assert_usage_error(evaluate(run_file, tmp_path / "mine", "http://x/v1")[0], "is a file")
    missing = evaluate(run_file, tmp_path / "out", "http://x/v1", "-temp", tmp_path / "none.txt")[0]
    assert_usage_error(missing, "none.txt")


def test_help_needs_no_heavy_import():
    code = ("import sys, runpy\nsys.argv = ['evaluation.py', '--help']\n"
            "try: runpy.run_path('evaluation.py', run_name='__main__')\n"
            "except SystemExit: pass\n"
            "assert not {'scipy', 'openai', 'jsonschema', 'numpy'} & set(sys.modules)")
    result = run_stage("-c", code)
    assert result.returncode == 0, result.stderr
    for flag in ("-api", "-gold", "--golden_answer_path", "-out", "-temp", "--continue_run", "--votes", "--model"):
        assert flag in result.stdout


def test_check_golden_lists_what_cannot_be_carried_out(tmp_path):
    from evaluation_cases import RECORD, golden

    path = tmp_path / "gold.json"
    good, bad = golden("findLanterns", {"query": "moon"}), golden("findLanterns", {"color": "red"})
    path.write_text(json.dumps([{**RECORD, "Instructions": ["One.", "Two."], "Golden_Answers": [[good], [bad]]}]))
    result = run_stage("evaluation.py", "--check_golden", "-api", path)
    assert (result.returncode, result.stderr) == (1, "")
    assert "Lanterns [1] findLanterns: Unknown parameters" in result.stdout
    assert "2 golden calls, 1 finding\n" in result.stdout
    path.write_text(json.dumps([{**RECORD, "Instructions": ["One."], "Golden_Answers": [[good]]}]))
    result = run_stage("evaluation.py", "--check_golden", "-api", path)
    assert (result.returncode, result.stdout) == (0, f"{path}: 1 golden calls, no findings\n")
    path.write_text(json.dumps([RECORD]))
    assert_usage_error(run_stage("evaluation.py", "--check_golden", "-api", path), "no record has Golden_Answers")
