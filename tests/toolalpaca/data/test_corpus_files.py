"""Where a corpus lies: files, folders and patterns; what is no corpus; which files a stage makes of one."""

from pathlib import Path

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.data.corpus_files import Job, is_sharded, output_place, output_shards, shards_of
from toolalpaca.data.merge import previous_records
from toolalpaca.data.records import read_records, stream_records, write_records


@pytest.fixture
def shards(tmp_path):
    folder = tmp_path / "shards"
    folder.mkdir()
    for number in (1, 0):
        write_records(folder / f"part-{number}.parquet", [{"Name": f"{number} {place}"} for place in range(2)])
    for name in (".part-0.parquet.tmp", ".hidden.jsonl", "run_log.jsonl", "calls.sqlite", "notes.txt"):
        (folder / name).write_text("no shard")
    return folder


def test_a_file_a_folder_and_a_pattern(shards):
    files = [shards / "part-0.parquet", shards / "part-1.parquet"]
    assert shards_of(shards) == shards_of(shards / "*.parquet") == shards_of(shards.parent / "*" / "part-*") == files
    assert shards_of(files[0]) == [files[0]]
    assert shards_of(shards / "none.json") == [shards / "none.json"]
    assert [is_sharded(path) for path in (shards, shards / "*.parquet", files[0], shards / "none")] == [
        True, True, False, False]
    (shards / "[a]*.json").write_text("")
    assert shards_of(shards / "[a]*.json") == [shards / "[a]*.json"]


def test_the_records_of_shards_are_those_of_one_file(shards, tmp_path):
    names = ["0 0", "0 1", "1 0", "1 1"]
    assert [record["Name"] for record in read_records(shards)] == names
    assert [record["Name"] for record in stream_records(shards / "*.parquet")] == names
    assert list(previous_records(shards / "part-1.parquet")) == names[2:]
    write_records(tmp_path / "empty.json", [])
    write_records(shards / "part-2.parquet", [])
    assert len(read_records(shards)) == 4
    with pytest.raises(UsageError, match=r"empty\.json: holds no records"):
        read_records(tmp_path / "empty.json")


def test_names_are_unique_over_all_shards_and_keys_are_checked_in_each(shards):
    write_records(shards / "part-2.parquet", [{"Name": "2 0"}, {"Name": "0 1"}])
    with pytest.raises(UsageError, match=r"part-2.parquet: record 1 and record 1 of .*part-0.parquet are both named"):
        read_records(shards)
    write_records(shards / "part-2.parquet", [{"Name": "2 0", "Instances": {}}])
    with pytest.raises(UsageError, match=r"part-2.parquet: record 0 \('2 0'\): 'Instances' is an object"):
        read_records(shards)


def test_what_is_no_corpus(shards, tmp_path):
    (tmp_path / "bare").mkdir()
    with pytest.raises(UsageError, match=r"bare: this folder holds no .json, .jsonl or .parquet files"):
        shards_of(tmp_path / "bare")
    with pytest.raises(UsageError, match=r"none\*.parquet: no file has such a name"):
        shards_of(tmp_path / "none*.parquet")
    with pytest.raises(UsageError, match=r"calls.sqlite: is not a shard"):
        shards_of(shards / "*s*")
    write_records(shards / "x.jsonl", [{"Name": "x"}])
    with pytest.raises(UsageError, match=r"holds part-0.parquet and x.jsonl; shards have one format.*/\*.parquet"):
        shards_of(shards)


def test_parquet_shards_have_the_same_columns(shards):
    import pyarrow.parquet

    for columns, said in (({"Name": ["x"]}, "'Description' is missing, but string in part-0.parquet"),
                          ({"Name": [1]}, "'Name' is int64, but string in part-0.parquet")):
        pyarrow.parquet.write_table(pyarrow.table(columns), shards / "part-2.parquet")
        with pytest.raises(UsageError, match=f"part-2.parquet: its column {said}"):
            shards_of(shards)
    (shards / "part-2.parquet").write_bytes((shards / "part-1.parquet").read_bytes()[:-9])
    with pytest.raises(UsageError, match=r"part-2.parquet: not a whole Parquet file"):
        shards_of(shards)


def test_what_a_stage_makes_of_shards(shards, tmp_path):
    files, out = shards_of(shards), tmp_path / "out"
    assert output_shards(shards, None) == [Job([file], file) for file in files]
    assert output_shards(shards, out) == [Job([file], out / file.name) for file in files]
    assert output_shards(shards, tmp_path / "all.json") == [Job(files, tmp_path / "all.json")]
    assert output_shards(files[0], tmp_path / "one.json") == [Job([files[0]], tmp_path / "one.json")]
    assert [output_place(source, where) for source, where in (
        (shards, None), (shards / "*.parquet", None), (shards, out), (shards, tmp_path / "all.json"),
        (files[0], tmp_path / "one.json"), (files[0], None))] == [shards, shards, out, tmp_path, tmp_path, shards]


def test_shards_never_mix_with_others_or_become_one(shards, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "part-7.parquet").write_text("of an earlier corpus")
    with pytest.raises(UsageError, match=r"part-7.parquet: is where shards are to be written"):
        output_shards(shards, out)
    (out / "part-7.parquet").rename(out / "part-1.parquet")
    assert len(output_shards(shards / "part-0*", out)) == 1  # part-1 may be made in another run
    (out / "part-1.parquet").unlink()
    (tmp_path / "more").mkdir()
    write_records(tmp_path / "more" / "part-0.parquet", [{"Name": "x"}])
    with pytest.raises(UsageError, match=r"part-0.parquet: two shards have this name"):
        output_shards(tmp_path / "*" / "part-[01].parquet", tmp_path / "new")
    with pytest.raises(UsageError, match="is a folder, but -out needs a file"):
        output_shards(shards / "part-0.parquet", Path(tmp_path))
