"""The line at the end of a stage."""

import json

from toolalpaca.core.run_log import Report


def test_few_files_are_named_and_many_shards_counted(tmp_path, capsys):
    one, two = tmp_path / "sft.json", tmp_path / "sft_eval.json"
    Report("stage", made=1, files=[one, two]).close(tmp_path)
    assert f"wrote {one} · wrote {two}" in capsys.readouterr().err
    shards = [tmp_path / "made" / f"part-{number:05d}.parquet" for number in range(1200)]
    Report("stage", made=1, files=shards).close(tmp_path)
    said = capsys.readouterr().err
    assert said.endswith(f"wrote 1,200 files to {tmp_path / 'made'}\n")
    logged = json.loads((tmp_path / "run_log.jsonl").read_text().splitlines()[-1])
    assert logged["files"] == [str(path) for path in shards]
