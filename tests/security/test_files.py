"""Files under attack and under accident: planted links, killed writers, two processes, torn lines, damaged stores."""

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from toolalpaca.core.errors import StageStopped, UsageError
from toolalpaca.core.files import append_line, replacing, replacing_file, write_json
from toolalpaca.core.jsons import to_json
from toolalpaca.core.log import one_line, print_text
from toolalpaca.core.run_log import LOG_NAME, Report, read_log
from toolalpaca.data.records import read_records
from toolalpaca.evaluation.results import read_results
from toolalpaca.llm.store import STORE_NAME, CallStore
from toolalpaca.report.evaluations import evaluation_figures
from toolalpaca.report.inputs import Evaluation
from toolalpaca.report.runs import stage_costs
from toolalpaca.runner.ray_executor import connect, private_folder
from toolalpaca.sft.card import CardFacts, card_text, check_card
from toolalpaca.sft.selection import Overlap

HOLD = """
import sys, time
from pathlib import Path
from toolalpaca.core.cli import locked_folder, run_main
def main():
    locked_folder(Path(sys.argv[1]))
    print("works", flush=True)
    time.sleep(float(sys.argv[2]))
    return 0
run_main(main)
"""
WRITE = """
import sys, time
from pathlib import Path
from toolalpaca.core.files import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write("secret")
    file.flush()
    print("writes", flush=True)
    time.sleep(60)
"""


def start(root, program, *arguments):
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], cwd=root, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_of_many_processes_one_works_and_the_others_say_so(tmp_path, root):
    processes = [start(root, HOLD, tmp_path, 20) for _ in range(8)]
    refused = []
    while len(refused) < len(processes) - 1:
        refused += [one for one in processes if one.poll() is not None and one not in refused]
        time.sleep(0.05)
    [worker] = [one for one in processes if one not in refused]
    assert worker.stdout.readline() == "works\n"
    worker.kill()
    for process in refused:
        said = process.communicate()[1]
        assert process.returncode == 2
        assert len(said.splitlines()) == 1 and f"{tmp_path}: " in said and "is writing to this folder" in said
    worker.communicate()
    heir = start(root, HOLD, tmp_path, 0)  # takes over what the killed one held
    assert heir.communicate()[0] == "works\n" and heir.returncode == 0
    assert not list(tmp_path.iterdir())


def test_the_second_process_names_the_first(tmp_path, root):
    with start(root, HOLD, tmp_path, 20) as first:
        first.stdout.readline()
        second = start(root, HOLD, tmp_path, 0)
        assert f"process {first.pid} on " in second.communicate()[1]
        first.kill()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_a_temporary_file_is_as_private_as_its_target_and_a_killed_writers_is_taken_over(tmp_path, root, mode):
    path = tmp_path / "records.json"
    path.write_text("old")
    path.chmod(mode)
    with start(root, WRITE, path) as writer:
        writer.stdout.readline()
        [temporary] = [one for one in tmp_path.iterdir() if one != path]
        assert stat.S_IMODE(temporary.stat().st_mode) & ~mode == 0
        writer.send_signal(signal.SIGKILL)
    with replacing(path) as file:
        file.write("new")
    assert path.read_text() == "new" and stat.S_IMODE(path.stat().st_mode) == mode
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_file_do_not_mix(tmp_path):
    path, texts = tmp_path / "records.json", ["a" * 200_000, "b" * 300_000, "c" * 100_000]

    def write(text):
        for _ in range(5):
            with replacing(path) as file:
                file.write(text[:1000])
                file.flush()
                file.write(text[1000:])

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


def test_an_output_that_is_a_link_stays_one(tmp_path):
    (tmp_path / "disk").mkdir()
    link = tmp_path / "records.json"
    link.symlink_to("disk/real.json")
    for text in ("first", "second"):
        with replacing(link) as file:
            file.write(text)
        assert link.is_symlink() and (tmp_path / "disk" / "real.json").read_text() == text


@pytest.mark.parametrize("planted", [".records.json.tmp"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_planted_temporary_file_is_not_written_through(tmp_path, planted, link):
    victim, path = tmp_path / "victim", tmp_path / "records.json"
    victim.write_text("mine")
    link(victim, tmp_path / planted)
    with replacing_file(path) as temporary:
        temporary.write_text("new")
    assert (path.read_text(), victim.read_text()) == ("new", "mine")


def special(kind, path):
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.relpath(path))
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/null")


@pytest.mark.parametrize("kind", ["fifo", "socket", "folder", "device"])
@pytest.mark.parametrize("write", [
    lambda path: write_json(path, {}), lambda path: append_line(path, "x"),
    lambda path: Report("s", made=1).close(path.parent) if path.name == LOG_NAME else append_line(path, "x")])
def test_what_is_not_a_regular_file_is_neither_replaced_nor_waited_for(tmp_path, monkeypatch, kind, write):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / LOG_NAME
    special(kind, path)
    before = os.lstat(path), os.stat("/dev/null").st_rdev
    with pytest.raises(UsageError, match=LOG_NAME):
        write(path)
    assert os.path.samestat(before[0], os.lstat(path)) and os.stat("/dev/null").st_rdev == before[1]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["fifo", "socket", "folder", "device"])
def test_a_planted_temporary_that_is_not_a_file_is_left_alone(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    special(kind, tmp_path / ".records.json.tmp")
    write_json(tmp_path / "records.json", {"a": 1})
    assert json.loads((tmp_path / "records.json").read_text()) == {"a": 1}
    assert os.stat("/dev/null").st_rdev == os.makedev(1, 3)


def test_a_link_of_another_user_is_not_followed(tmp_path, monkeypatch):
    (tmp_path / "victim").write_text("mine")
    link = tmp_path / "records.json"
    link.symlink_to("victim")
    monkeypatch.setattr(os, "geteuid", lambda: link.lstat().st_uid + 1)
    if link.lstat().st_uid == 0:
        os.chown(link, 12345, -1, follow_symlinks=False)
    with pytest.raises(UsageError, match="symbolic link of another user"), replacing(link):
        pass
    assert (tmp_path / "victim").read_text() == "mine"


@pytest.mark.parametrize("torn", ['{"stage": "x", "se', "\0\0\0\0", '"text"', "[1, 2]", "\ud800"])
def test_a_torn_line_of_the_run_log_costs_that_line(tmp_path, torn, capsys):
    log = tmp_path / LOG_NAME
    Report("first", made=1).close(tmp_path)
    log.write_bytes(log.read_bytes() + torn.encode(errors="surrogatepass"))
    Report("second", made=1).close(tmp_path)
    capsys.readouterr()
    assert [entry["stage"] for entry in read_log(tmp_path)] == ["first", "second"]
    assert "1 incomplete lines" in capsys.readouterr().err


@pytest.mark.parametrize("change", [
    {"stage": 5}, {"stage": None}, {"made": "3"}, {"calls": float("nan")}, {"tokens_in": 10**400}, {"retries": 5},
    {"retries": {"timeout": []}}, {"failed_by_reason": [1]}, {"failed_by_reason": {"x": "1"}}, {"seconds": "1"},
    {"cost": float("inf")}, {"files": 5}])
def test_a_line_of_the_run_log_with_values_of_another_type_costs_that_line(tmp_path, change, capsys):
    Report("first", made=1).close(tmp_path)
    entry = json.loads((tmp_path / LOG_NAME).read_text()) | change
    (tmp_path / LOG_NAME).write_text((tmp_path / LOG_NAME).read_text() + json.dumps(entry) + "\n")
    entries = read_log(tmp_path)
    assert [one["stage"] for one in entries] == ["first"] and len(stage_costs(entries)) == 1
    assert "1 incomplete lines" in capsys.readouterr().err


@pytest.mark.parametrize("run", [5, "x", [1], {"settings": 1.5}, {"versions": [1]}])
def test_results_whose_run_is_not_a_block_are_refused_in_one_line(tmp_path, run):
    write_json(tmp_path / "e.json", {"N": [{"id": 0, "process_correctness": "Yes"}], "run": run})
    with pytest.raises(UsageError, match="e.json: its 'run' is not the block"):
        read_results(tmp_path / "e.json")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_does_not_have_become_text(tmp_path, value):
    def refuse(name):
        raise AssertionError(name)

    write_json(tmp_path / "x.json", [{"a": [value, 1.5]}])
    text = (tmp_path / "x.json").read_text()
    assert json.loads(text, parse_constant=refuse) == [{"a": [json.dumps(value), 1.5]}]
    assert to_json({"a": 1.0, "ü": [True, None]}) == '{"a": 1.0, "ü": [true, null]}'


def record(**more):
    instance = {"input": "a", "output": "b", "Final Thought": "c", "intermediate_steps": []}
    return {"Name": "N", "Description": "d", "Instances": [instance | more.pop("instance", {})], **more}


@pytest.mark.parametrize("more", [
    {"instance": {"input": 1}}, {"instance": {"output": [1]}}, {"instance": {"Final Thought": {}}},
    {"instance": {"intermediate_steps": "x"}}, {"instance": {"Turns": 5}}, {"instance": {"Samples": "x"}},
    {"instance": {"Verification": []}}, {"Instances": [5]}, {"Instances": [None]}, {"Instances": [[]]},
    {"Function_Projection": {"f": [["/a"], "get"]}}, {"Function_Projection": {"f": ["/a", None]}},
    {"Follow_Ups": [[1]]}, {"Follow_Ups": ["x"]}, {"instance": {"Turns": [{"input": 5}]}},
    {"instance": {"Turns": [{"intermediate_steps": 5}]}}, {"instance": {"Samples": [{"output": []}]}},
    {"instance": {"Samples": [{"Turns": [{"Final Thought": 1}]}]}}, {"instance": {"Verification": {"reasons": 5}}},
    {"instance": {"Samples": [{"Verification": {"reasons": {}}}]}}, {"Distractors": {"f": 5}},
    {"Distractors": {"f": {}}}, {"Distractors": {"f": {"api": "A", "description": []}}},
    {"Distractors": {"f": {"api": ["A"], "description": "d"}}}])
def test_a_record_whose_parts_have_another_type_is_refused_in_one_line(tmp_path, more):
    write_json(tmp_path / "x.json", [record(**more)])
    with pytest.raises(UsageError, match="record 0 \\('N'\\)") as caught:
        read_records(tmp_path / "x.json")
    assert "\n" not in str(caught.value)


def results_with(change):
    rate = {"count": 1, "of": 2, "share": 0.5, "low": 0.1, "high": 0.9}
    rates = {name: dict(rate) for name in ("process", "response", "both")}
    found = {"num": 2, "error_num": 0, "unreadable": 0, "not_judged": 0, "rates": rates,
             "by_api": {"N": {"num": 2, **{name: dict(rate) for name in rates}}}}
    change(found)
    return {"N": [{"id": 0, "process_correctness": "Yes"}], "statistics": found}


@pytest.mark.parametrize("change", [
    lambda found: found["rates"].update(process=5), lambda found: found["rates"]["both"].update(share={}),
    lambda found: found["rates"]["both"].pop("low"), lambda found: found["by_api"]["N"].update(both=None),
    lambda found: found["by_api"]["N"]["both"].update(high=None), lambda found: found.update(by_api=[1]),
    lambda found: found["rates"]["both"].update(share=float("nan")), lambda found: found.update(state=10**400),
    lambda found: found["rates"]["both"].update(count="1"), lambda found: found.pop("num")])
def test_statistics_that_no_evaluation_writes_are_refused_in_one_line(tmp_path, change):
    assert evaluation_figures(Evaluation("e", tmp_path / "e.json", results_with(lambda found: None))).rates
    with pytest.raises(UsageError, match="e.json: its statistics are not") as caught:
        evaluation_figures(Evaluation("e", tmp_path / "e.json", results_with(change)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 5000, "1" + "0" * 400, "[" * 5000])
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_number_or_a_depth_that_no_json_has_is_refused_or_read(tmp_path, number, form):
    line = f'{{"Name": "N", "more": {number}}}'
    (tmp_path / f"x.{form}").write_text(f"[{line}]" if form == "json" else line)
    try:
        read_records(tmp_path / f"x.{form}")
    except UsageError as error:
        assert "\n" not in str(error) and len(str(error)) < 500


@pytest.mark.parametrize("hostile", [
    "\x1b[2J", "\x1b]8;;http://evil.example\x07here\x1b]8;;\x07", "\x9b31m", "\x90q", "a\rb", "a\x08\x08b", "\u202eabc",
    "\u2066x\u2069", "\u061c", "\u200f", "\x7f", "\x00", "\x0b\x0c", "\x85", "\ud800"])
def test_a_table_moves_no_cursor_and_hides_nothing(hostile, capsys):
    print_text(f"API {hostile} 1.0\nAPI 2  0.5")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and all(line.isprintable() for line in lines)


@pytest.mark.parametrize("hostile", ["\x1b[2J\x1b]0;owned\x07", "\x9b31m", "\r\x08\x08", "a\u202eb\u2066c", "\x00\x7f"])
def test_no_terminal_escape_reaches_a_line(hostile):
    assert one_line(f"server: {hostile} end").isprintable()


@pytest.mark.parametrize("accident", ["deleted", "replaced"])
def test_a_store_that_is_no_longer_there_stops_the_stage(tmp_path, accident):
    store = CallStore(tmp_path)
    store.put("k", stage="s", record="r", value={"a": 1})
    (tmp_path / STORE_NAME).unlink()
    if accident == "replaced":
        (tmp_path / STORE_NAME).write_bytes(b"")
    with pytest.raises(StageStopped, match="deleted or replaced"):
        store.put("l", stage="s", record="r", value={"a": 1})


def test_a_damaged_value_is_asked_for_again(tmp_path):
    CallStore(tmp_path).put("k", stage="s", record="r", value={"a": 1})
    with sqlite3.connect(tmp_path / STORE_NAME) as database:
        database.execute("UPDATE calls SET value = substr(value, 2)")
    store = CallStore(tmp_path)
    assert store.get("k") is None and not list(store.calls_of("s", ["r"]))


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_store_says_so_and_what_to_do(tmp_path, seed):
    store = CallStore(tmp_path)
    for number in range(200):
        store.put(f"k{number}", stage="s", record="r", value={"a": "x" * 500})
    store.close()
    path = tmp_path / STORE_NAME
    damaged = bytearray(path.read_bytes())
    for place in range(100 + 37 * seed, len(damaged), 4096 // (seed + 1)):
        damaged[place] ^= 0xFF
    path.write_bytes(damaged)
    try:
        store = CallStore(tmp_path)
        for number in range(200):
            store.get(f"k{number}")
        list(store.calls_of("s", ["r"]))
    except (UsageError, StageStopped) as error:
        assert "move it away" in str(error) or "fixed" in str(error)


def test_memory_that_runs_out_is_not_blamed_on_the_store(tmp_path, monkeypatch):
    store = CallStore(tmp_path)

    class Full:
        def execute(self, *_):
            raise MemoryError

    monkeypatch.setattr(store, "_db", Full())
    with pytest.raises(StageStopped, match="more memory"):
        store.get("k")


HOSTILE_NAMES = [
    "a|b", "a\n\n# Title", "a\n---\nlicense: mit", "<script>alert(1)</script>", "![i](http://evil.example/x.png)",
    "[x](javascript:alert(1))", "`a` <img src=x>", "-->\n<!-- x", "a\x1b[2J\u202e", "&lt;b&gt;", "\\| a \\`",
    "{{ 7*7 }}"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_adds_markup_to_a_card(name):
    def card(text):
        return card_text(CardFacts(
            "Title", "other", {"train": "x.json"}, "segments", 1, 1, {text: 1}, {text: 1}, 1, tests=[text],
            overlaps=[Overlap("functions", f"{text}.f", f"{text} [0]", "near")],
            stages=[{"stage": "s", "settings": {text: text}}]))

    plain, written = card("word"), card(name)
    assert len(written.splitlines()) == len(plain.splitlines()) and "49" not in written
    assert all(line.isprintable() for line in written.splitlines())
    for before, line in zip(plain.splitlines(), written.splitlines(), strict=True):
        outside = re.sub(r"`[^`]*`", "", line.replace("\\`", ""))  # what is no code
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == before.count("|")
        assert not re.search(r"(?<!\\)\]\(", outside) and outside.count("<") == before.count("<")
        assert line.count("`") - line.count("\\`") == before.count("`")


@pytest.mark.parametrize("kind", ["fifo", "socket", "folder", "device"])
def test_what_is_not_a_card_is_neither_read_nor_replaced(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    special(kind, tmp_path / "README.md")
    with pytest.raises(UsageError, match="README.md: exists and is not a card"):
        check_card(tmp_path)


def test_a_local_ray_keeps_its_files_from_other_users_and_serves_nothing_without_its_token(tmp_path, monkeypatch):
    def init(**options):
        folder = Path(options["_temp_dir"]).parent
        seen.update(options, mode=stat.S_IMODE(folder.stat().st_mode), owner=folder.stat().st_uid,
                    environment={name: value for name, value in os.environ.items() if "RAY" in name or "PORT" in name})

    seen: dict = {}
    fake = SimpleNamespace(is_initialized=lambda: False, init=init)
    monkeypatch.setattr("os.environ", {"RAY_TMPDIR": str(tmp_path), "PATH": "/bin"})
    monkeypatch.setitem(sys.modules, "ray", fake)
    with private_folder() as folder:
        assert connect("local", folder) is fake
    assert (seen["mode"], seen["owner"]) == (0o700, os.getuid()) and not list(tmp_path.iterdir())
    assert seen["include_dashboard"] is False
    assert seen["environment"]["RAY_AUTH_MODE"] == "token" and len(seen["environment"]["RAY_AUTH_TOKEN"]) == 64
    assert seen["environment"]["AUTOSCALER_METRIC_PORT"] == "-1"


def test_a_folder_that_ray_cannot_have_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="RAY_TMPDIR .*nowhere"):
        private_folder()
