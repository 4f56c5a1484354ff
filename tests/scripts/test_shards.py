"""scripts/shards.py: cut, put together, cut again; bytes come back and bad input is one line."""

import pytest
from stage_command import ROOT, assert_usage_error, run_stage

from toolalpaca.data.records import read_records, write_records

SCRIPT = "scripts/shards.py"
DATA = ROOT / "data" / "eval_simulated.json"


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "json"])
def test_what_is_cut_and_put_together_is_the_same_file(tmp_path, kind):
    shards = tmp_path / "shards"
    cut = run_stage(SCRIPT, "split", "-api", DATA, "-out", shards, "--records", "8", "--format", kind)
    assert cut.returncode == 0, cut.stderr
    sizes = [len(read_records(path)) for path in sorted(shards.iterdir())]
    assert sizes[:-1] == [8] * (len(sizes) - 1)
    assert f"wrote {len(sizes)} shards" in cut.stderr
    merged = run_stage(SCRIPT, "merge", "-api", shards / f"*.{kind}", "-out", tmp_path / "new" / "all.json")
    assert merged.returncode == 0, merged.stderr
    assert (tmp_path / "new" / "all.json").read_bytes() == DATA.read_bytes()
    again = run_stage(SCRIPT, "split", "-api", shards, "-out", tmp_path / "other", "--records", "7", "--format", "json")
    assert again.returncode == 0, again.stderr
    assert read_records(tmp_path / "other") == read_records(DATA)
    assert run_stage(SCRIPT, "split", "-api", DATA, "-out", shards, "--records", "8", "--format", kind).returncode == 0


def test_bad_input_is_one_line(tmp_path):
    write_records(tmp_path / "a.json", [{"Name": "x"}, {"Name": "y"}])
    (tmp_path / "shards").mkdir()
    write_records(tmp_path / "shards" / "old.json", [{"Name": "z"}])
    for command, words in (
            (["split", "-out", tmp_path / "shards"], ["old.json", "remove it"]),
            (["split", "-out", tmp_path / "b.json"], ["b.json", "needs a folder"]),
            (["merge", "-out", tmp_path / "b"], ["b", ".json, .jsonl or .parquet"])):
        assert_usage_error(run_stage(SCRIPT, *command, "-api", tmp_path / "a.json"), *words)
    assert run_stage(SCRIPT, "split", "-api", "a.json", "-out", tmp_path / "c", "--records", "0").returncode == 2
    assert run_stage(SCRIPT).returncode == 2
