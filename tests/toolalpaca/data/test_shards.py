"""A corpus as the stages that call models go through it: file by file, checked as a whole before the first."""

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.data.records import write_records
from toolalpaca.data.shards import corpus_parts, record_name


@pytest.fixture
def shards(tmp_path):
    (tmp_path / "shards").mkdir()
    for shard in "ab":
        write_records(tmp_path / "shards" / f"{shard}.jsonl", [{"Name": f"{shard} {place}"} for place in range(2)])
    return tmp_path / "shards"


@pytest.mark.parametrize(("name", "made"), [("x.json", "api_data.json"), ("x.parquet", "api_data.parquet"),
                                            ("x.JSONL", "api_data.jsonl"), ("x.txt", "api_data.json")])
def test_a_file_is_made_into_one_of_its_form(tmp_path, name, made):
    write_records(tmp_path / name, [{"Name": "x"}])
    [part] = corpus_parts(tmp_path / name, tmp_path / "out" / "api_data.json")
    assert (part.records, part.output, part.title) == ([{"Name": "x"}], tmp_path / "out" / made, "")


def test_shards_are_made_into_shards_of_their_names(shards, tmp_path):
    write_records(shards / "c.jsonl", [])
    found = list(corpus_parts(shards / "*.jsonl", tmp_path / "out" / "api_data.json"))
    assert [list(map(record_name, part.records)) for part in found] == [["a 0", "a 1"], ["b 0", "b 1"], []]
    assert [part.output for part in found] == [tmp_path / "out" / f"{name}.jsonl" for name in "abc"]
    assert [part.title for part in found] == [f"{name}.jsonl ({place} of 3)" for place, name in enumerate("abc", 1)]


def test_what_is_wrong_anywhere_is_said_before_the_first_is_begun(shards, tmp_path):
    out = tmp_path / "out" / "api_data.json"
    write_records(shards / "c.jsonl", [{"Name": "a 1"}])
    with pytest.raises(UsageError, match=r"c.jsonl: record 0 and record 1 of .*a.jsonl are both named 'a 1'"):
        corpus_parts(shards, out)
    write_records(shards / "c.jsonl", [{"Name": "c"}])
    with pytest.raises(UsageError, match=r"a.jsonl: record 0 .* has no key 'Link'; .*public_apis.py makes it"):
        corpus_parts(shards, out, ("Name", "Link"))
    out.parent.mkdir()
    write_records(out.parent / "old.jsonl", [{"Name": "x"}])
    with pytest.raises(UsageError, match=r"old.jsonl: is where shards are to be written"):
        corpus_parts(shards, out)
