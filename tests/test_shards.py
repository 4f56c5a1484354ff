"""A corpus in shards goes through the stages as the same corpus in one array does; bad shards are one clear line."""

import json
from pathlib import Path

import pytest
from chat_server import serve_chat
from stage_command import ROOT, assert_usage_error, run_stage

from toolalpaca.data.corpus_files import shards_of
from toolalpaca.data.example_files import read_examples
from toolalpaca.data.records import read_records, write_records

DOCUMENT, VERIFY, BUILD = ("tool_maker/natural_language_documentation.py", "instance_generation/verification.py",
                           "build_dataset.py")
KINDS = ("parquet", "jsonl", "json")
COUNT, SIZE = 7, 3


def done(*command):
    result = run_stage(*command)
    assert result.returncode == 0, result.stderr
    return result


@pytest.fixture(scope="module")
def array(tmp_path_factory):
    """A corpus as one array and what stages 3, 7 and the verification make of it."""
    folder = tmp_path_factory.mktemp("array")
    records = json.loads((ROOT / "data" / "train_data.json").read_text(encoding="utf-8"))[:COUNT]
    records[1]["Documentation"] = None
    records[2]["mine"] = {"kept": [1, None]}
    records[4].pop("Instances")
    write_records(folder / "api.json", records)
    done(DOCUMENT, "-api", folder / "api.json", "-out", folder / "documented.json")
    done(VERIFY, "-api", folder / "api.json", "-out", folder / "verified.json")
    done(BUILD, "-api", folder / "api.json", "-out", folder / "sft.json", "--split", "0.6")
    return folder


def in_shards(folder, records, kind):
    folder.mkdir(parents=True)
    for number in range(0, COUNT, SIZE):
        write_records(folder / f"part-{number}.{kind}", records[number:number + SIZE])
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_the_stages_make_of_shards_what_they_make_of_an_array(array, tmp_path, kind):
    shards = in_shards(tmp_path / "shards", read_records(array / "api.json"), kind)
    pattern = shards / f"*.{kind}"
    names = [shard.name for shard in shards_of(shards)]
    for script, name in ((DOCUMENT, "documented"), (VERIFY, "verified")):
        expected = (array / f"{name}.json").read_bytes()
        for source, out in ((shards, tmp_path / name), (pattern, tmp_path / f"{name}.json")):
            done(script, "-api", source, "-out", out)
            write_records(tmp_path / "merged.json", read_records(out))
            assert (tmp_path / "merged.json").read_bytes() == expected
        assert [shard.name for shard in shards_of(tmp_path / name)] == names
    said = done(BUILD, "-api", pattern, "-out", tmp_path / "sft", "--split", "0.6").stderr
    assert f"wrote {tmp_path / 'sft'} · wrote {tmp_path / 'sft_eval'}" in said
    for side in ("sft", "sft_eval"):
        assert [shard.name for shard in shards_of(tmp_path / side)] == names
        assert [list(example.values()) if isinstance(example, dict) else example
                for example in read_examples(tmp_path / side)] == list(read_examples(array / f"{side}.json"))
    done(BUILD, "-api", shards, "-out", tmp_path / "all.jsonl")
    assert len(list(read_examples(tmp_path / "all.jsonl"))) == len(
        [*read_examples(array / "sft.json"), *read_examples(array / "sft_eval.json")])


@pytest.mark.parametrize("kind", KINDS)
def test_stage_3_in_place_keeps_what_later_stages_made_of_unchanged_records(array, tmp_path, kind):
    records = read_records(array / "documented.json")
    records[5]["Documentation"] = records[6]["Documentation"]
    shards = in_shards(tmp_path / "shards", records, kind)
    done(DOCUMENT, "-api", shards)
    again = read_records(shards)
    assert [record for number, record in enumerate(again) if number != 5] == records[:5] + records[6:]
    assert "Instances" not in again[5]
    assert again[5]["NLDocumentation"] == again[6]["NLDocumentation"]


def test_stage_3_finds_records_of_the_output_in_another_order_and_form(array, tmp_path):
    records = read_records(array / "api.json")
    write_records(tmp_path / "out.parquet", [record for record in read_records(array / "documented.json")[::-1]
                                             if record["Name"] != records[3]["Name"]])
    early = [{key: record[key] for key in ("Name", "Description", "Documentation")} for record in records]
    write_records(tmp_path / "early.jsonl", early)
    done(DOCUMENT, "-api", tmp_path / "early.jsonl", "-out", tmp_path / "out.parquet")
    kept = ["Instructions" in record for record in read_records(tmp_path / "out.parquet")]
    assert kept == [number != 3 for number in range(COUNT)]


def test_a_judge_goes_from_shard_to_shard_and_pays_once(array, tmp_path):
    source = in_shards(tmp_path / "shards", read_records(array / "api.json"), "jsonl")
    with serve_chat(lambda request: "Process Correctness: Yes\nFinal Response Correctness: No") as chat:
        for api, out in ((array / "api.json", tmp_path / "one" / "all.json"), (source, tmp_path / "many")):
            result = run_stage(VERIFY, "-api", api, "-out", out, "--with_judge", url=chat.url)
            assert "judge_response" in result.stdout, result.stderr
        asked = len(chat.requests)
        assert read_records(tmp_path / "one" / "all.json") == read_records(tmp_path / "many")
        again = run_stage(VERIFY, "-api", source, "-out", tmp_path / "many", "--with_judge", url=chat.url)
        assert again.stdout == result.stdout
        assert len(chat.requests) == asked
        foreseen = run_stage(VERIFY, "-api", source, "-out", tmp_path / "new", "--with_judge", "--dry_run",
                             url=chat.url)
        assert f"{asked // 2} calls" in foreseen.stderr, foreseen.stderr
    assert asked % 2 == 0 and asked > 0


def test_a_report_and_an_evaluation_read_shards(array, tmp_path):
    shards = in_shards(tmp_path / "run", read_records(array / "api.json"), "parquet")
    statistics = []
    for source, out in ((array / "api.json", tmp_path / "one.json"), (shards / "*.parquet", tmp_path / "many.json")):
        done("evaluation.py", "-api", source, "-out", out, "--judge", "none")
        statistics.append(json.loads(out.read_text())["statistics"])
    assert statistics[0] == statistics[1]
    (shards / "run_log.jsonl").write_text(json.dumps({"stage": "generation", "made": 4, "failed": 0, "calls": 12,
                                                      "cost": 0.125}) + "\n")
    done("report.py", "-api", shards / "*.parquet", "-out", tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "0.1250" in page


def broken(kind):
    """A folder of two shards with something wrong, and what is to be said about it."""
    def make(folder):
        folder.mkdir()
        record = json.loads((ROOT / "data" / "train_data.json").read_text(encoding="utf-8"))[0]
        ending = "jsonl" if kind == "broken line" else "parquet"
        for name in "ab":
            write_records(folder / f"{name}.{ending}", [{**record, "Name": name}])
        if kind == "broken line":
            with open(folder / "b.jsonl", "a", encoding="utf-8") as file:
                file.write('{"Name": "c", \n')
        elif kind == "columns":
            import pyarrow.parquet

            pyarrow.parquet.write_table(pyarrow.table({"Name": ["b"]}), folder / "b.parquet")
        elif kind == "cut off":
            (folder / "b.parquet").write_bytes((folder / "b.parquet").read_bytes()[:-50])
        elif kind == "twice":
            (folder / "b.parquet").write_bytes((folder / "a.parquet").read_bytes())
        else:
            for path in folder.iterdir():
                path.unlink()
        return folder

    return make


@pytest.mark.parametrize(("make", "pattern", "words"), [
    (broken("broken line"), "", ["b.jsonl", "line 2"]),
    (broken("columns"), "*.parquet", ["b.parquet", "'Description'"]),
    (broken("cut off"), "", ["b.parquet", "not a whole Parquet file"]), (broken("twice"), "*", ["b.parquet", "'a'"]),
    (broken("empty"), "", ["shards", "holds no .json"]), (broken("empty"), "*.parquet", ["*.parquet", "no file"]),
], ids=["line", "columns", "cut-off", "twice", "empty-folder", "no-match"])
@pytest.mark.parametrize("command", [
    [DOCUMENT], [VERIFY, "-out", "OUT"], [BUILD, "-out", "OUT"], ["scripts/shards.py", "merge", "-out", "OUT.json"],
], ids=lambda command: f"{Path(command[0]).stem}-{command[1] if len(command) > 1 else ''}")
def test_bad_shards_are_one_line_and_nothing_is_written(tmp_path, command, make, pattern, words):
    shards = make(tmp_path / "shards")
    before = {path: path.read_bytes() for path in shards.iterdir()}
    script, *flags = [word.replace("OUT", str(tmp_path / "out")) for word in command]
    assert_usage_error(run_stage(script, *flags, "-api", shards / pattern), *words)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_outputs_that_do_not_fit_are_one_line(array, tmp_path):
    shards = in_shards(tmp_path / "shards", read_records(array / "api.json"), "jsonl")
    (tmp_path / "out").mkdir()
    write_records(tmp_path / "out" / "old.jsonl", [{"Name": "x"}])
    for script in (DOCUMENT, VERIFY, BUILD):
        assert_usage_error(run_stage(script, "-api", shards, "-out", tmp_path / "out"), "old.jsonl", "remove it")
    assert_usage_error(run_stage(BUILD, "-api", shards, "-out", tmp_path / "sft.txt"), ".json, .jsonl or .parquet")
    assert_usage_error(run_stage("tool_maker/preprocess_public_apis.py", "-api", shards / "*.jsonl"), "pattern",
                       "scripts/shards.py")
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out" / "old.jsonl"]
