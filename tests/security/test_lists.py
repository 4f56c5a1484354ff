"""Hostile lists of APIs and record files: read within bounds, or refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest
from effort import at_most

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import one_line
from toolalpaca.data.records import read_records
from toolalpaca.toolset.public_apis import read_source

CELLS = ["[a](http://h/" + "a" * 50_000 + ")", "![](x)" * 5_000, "|" * 20_000, "[[" * 10_000,
         "[" * 10_000 + "]" * 10_000,
         "a" * 150_000, "<a href=x>" * 20_000, "<tr><td>" * 20_000, "<tr>" * 50_000, "<h1>" * 5_000, "<!--" * 5_000,
         "\\|" * 10_000, "(" * 20_000, "*" * 20_000, "<" * 20_000, "[x](<" * 4_000, "http://u:p@h/" * 2_000]
PLACES = {
    "table": "|API|Description|Auth|\n|-|-|-|\n|[A](http://a.com)|{0}|No|\n|[{0}](http://b.com)|d|No|\n|[c]({0})|d|No|\n",
    "list": "# L\n- [{0}](http://b.com) - {0}\n* {0}\n", "values": 'Name,Link\n"{0}",http://x\nb,"{0}"\n',
    "html": '<table><tr><th>API</th><th>Description</th></tr>\n<tr>'
            '<td><a href="{0}">{0}</a></td><td>{0}</td></tr></table>',
    "yaml": '- Name: "{0}"\n  Link: http://x\n', "headings": "# {0}\n## {0}\n|API|{0}|\n|-|-|\n|[A](http://a.com)|{0}|\n"}


@pytest.mark.parametrize("cell", CELLS, ids=range(len(CELLS)))
@pytest.mark.parametrize("place", PLACES)
def test_a_list_is_read_in_time_linear_in_its_size(tmp_path: Path, place: str, cell: str) -> None:
    (tmp_path / "list").write_text(PLACES[place].format(cell))
    with at_most(40):
        try:
            read_source(str(tmp_path / "list"))
        except UsageError as error:
            assert len(one_line(error, None)) < 1_000


@pytest.mark.parametrize("text", ["", "\n", " \n\n", "<table>", "<!-- a -->", "\f", "<table></table>\n", "\x1c",
                                  "```\n```"])
def test_a_list_of_nothing_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "list").write_text(text)
    with pytest.raises(UsageError):
        read_source(str(tmp_path / "list"))


def parquet_values() -> dict[str, Any]:
    import pyarrow as pa

    return {"days": pa.array([-10**6], pa.date32()), "far days": pa.array([2**31 - 1], pa.date32()),
            "times": pa.array([10**18], pa.timestamp("us")), "nanoseconds": pa.array([1], pa.timestamp("ns")),
            "spans": pa.array([2**62], pa.duration("us")), "zones": pa.array([2**62], pa.timestamp("us", "Asia/Tokyo")),
            "texts of bytes": pa.array([b"\xff"]), "maps": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())),
            "numbers": pa.array([2**63], pa.uint64()), "nothing": pa.array([None]), "deep": pa.array(["[" * 100_000]),
            "no number": pa.array([float("nan")])}


@pytest.mark.parametrize("kind", parquet_values())
@pytest.mark.parametrize("column", ["Name", "Instances", "other"])
def test_a_column_of_any_type_is_read_or_refused_in_one_line(tmp_path: Path, kind: str, column: str) -> None:
    import pyarrow
    import pyarrow.parquet

    columns = {"Name": pyarrow.array(["a"]), "Documentation": pyarrow.array([json.dumps({"paths": {}})]),
               column: parquet_values()[kind]}
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "x.parquet", coerce_timestamps=None)
    try:
        list(read_records(tmp_path / "x.parquet"))
    except UsageError as error:
        assert len(str(error)) < 1_000


