"""Records and their files: replaced in one step, checked when read, later keys dropped only when worthless."""

import json

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import read_json, replacing
from toolalpaca.data.merge import updated_record
from toolalpaca.data.records import read_records, write_records

LATER = {"NLDocumentation": "n", "Instructions": ["i"], "Instances": [{}]}


def test_a_written_file_reads_back(tmp_path):
    records = [{"Name": "A Bíblia Digital", "x": "\ud83d"}, {"Name": "What's on the menu?", "y": [1, None]}]
    write_records(tmp_path / "a.json", iter(records))
    assert read_records(tmp_path / "a.json") == records
    write_records(tmp_path / "a.json", [])
    assert read_json(tmp_path / "a.json") == []


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[1]")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write("[2")
        raise ZeroDivisionError
    assert path.read_text() == "[1]"
    assert list(tmp_path.iterdir()) == [path]


def test_a_byte_order_mark_is_no_error(tmp_path):
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf[{"Name": "x"}]')
    assert read_records(tmp_path / "a.json") == [{"Name": "x"}]


def test_equal_names_are_refused_with_the_way_out(tmp_path):
    (tmp_path / "a.json").write_text('[{"Name": "x"}, {"Name": "x"}]')
    with pytest.raises(UsageError, match="records 0 and 1 are both named 'x'.*preprocess"):
        read_records(tmp_path / "a.json")


def test_a_name_with_a_lone_surrogate_is_refused(tmp_path):
    (tmp_path / "a.json").write_text('[{"Name": "Lantern"}, {"Name": "half \\ud83d"}]')
    with pytest.raises(UsageError, match=r"record 1 .*'Name' contains a lone surrogate"):
        read_records(tmp_path / "a.json")


@pytest.mark.parametrize(("key", "value", "words"), [
    ("Instructions", ["Find one.", None], "1 of 'Instructions' is null, expected a string"),
    ("Function_Description", {"find": 5}, "'find' of 'Function_Description' is a number, expected a string"),
    ("Function_Projection", {"find": 5}, "'find' of 'Function_Projection' is a number, expected an array"),
])
def test_parts_of_the_wrong_kind_are_refused(tmp_path, key, value, words):
    write_records(tmp_path / "a.json", [{"Name": "Lantern", key: value}])
    with pytest.raises(UsageError, match=rf"record 0 \('Lantern'\): {words}"):
        read_records(tmp_path / "a.json")


def test_a_folder_and_bytes_that_are_no_text(tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        read_json(tmp_path)
    (tmp_path / "a.json").write_bytes(b"\xff\xfe[]")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_json(tmp_path / "a.json")
    (tmp_path / "b.json").write_text("[" * 100_000)
    with pytest.raises(UsageError, match="not valid JSON"):
        read_json(tmp_path / "b.json")


@pytest.mark.parametrize(("before", "made", "kept"), [
    ("same", "same", True), ("old", "new", False), (None, "new", True),
])
def test_later_keys_stay_while_the_own_ones_do(before, made, kept):
    elements = ("Introduction", "Functions", "Documentation")
    record = {"Name": "x"}
    previous = {**record, **LATER, **(dict.fromkeys(elements, before) if before else {})}
    new = updated_record(record, dict.fromkeys(elements, made), "get_elements", previous)
    assert ("Instances" in new, "NLDocumentation" in new) == (kept, kept)
    in_place = updated_record(previous, dict.fromkeys(elements, made), "get_elements", previous)
    assert json.dumps(in_place, sort_keys=True) == json.dumps(new, sort_keys=True)


def test_an_error_stays_until_its_stage_succeeds():
    failed = updated_record({"Name": "x"}, {}, "instruction", None, "timeout: late")
    assert failed["Errors"] == {"instruction": "timeout: late"}
    assert updated_record(failed, {"Instances": []}, "generation", None)["Errors"] == failed["Errors"]
    assert "Errors" not in updated_record(failed, {"Instructions": ["i"]}, "instruction", failed)
