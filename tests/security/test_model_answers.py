"""Answers that would take all memory or time of whoever reads them, and answers that our own code fails on."""

import json

import pytest
from chat_server import serve_chat
from effort import at_most
from stage_command import run_stage

from toolalpaca.agent.tools import best_passages
from toolalpaca.conversation.action_input import read_arguments
from toolalpaca.conversation.parsing import LONGEST_TURN
from toolalpaca.llm.prompts import document_in, numbered_items

HEAD = "openapi: 3.0.0\n"
LEVELS = "".join(f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
MERGES = "".join(f"m{n}: &m{n}\n  <<: [{', '.join([f'*m{n - 1}'] * 9)}]\n" for n in range(1, 12))
HOSTILE = {
    "aliases": HEAD + "x-0: &a0 [lol, lol]\n" + LEVELS,
    "merge keys": HEAD + "m0: &m0 {a: 1}\n" + MERGES,
    "an alias to itself": HEAD + "x: &a [*a]\n",
    "aliases in a fence": f"Here it is:\n```yaml\n{HEAD}x-0: &a0 [lol, lol]\n{LEVELS}```",
    "a large text": HEAD + "a: b\n" * 300_000,
    "deep flows": HEAD + "a: " + "[" * 50_000,
    "deep objects": HEAD + "a: " + "{b: " * 50_000,
    "deep indents": HEAD + "".join(" " * n + "a:\n" for n in range(600)),
    "a number to the base of 60": HEAD + "a: 1" + ":59" * 100_000,
    "a long number": HEAD + "a: 1" + "0" * 100_000,
    "a python object": HEAD + "a: !!python/object/apply:os.system ['true']",
    "infinity": HEAD + "a: .inf",
    "open quotes": '{"openapi": "' + '\\"' * 200_000,
    "quotes and no end": '{"openapi": ' + '"\\"' * 100_000 + "}",
    "open braces": '{"openapi":' * 20_000,
    "deep JSON": '{"openapi": ' + "[" * 100_000 + "}",
    "fences": "```\n" * 100_000,
    "opened fences": "```yaml\nopenapi:" * 20_000,
    "blanks": "```" + " " * 200_000,
    "heads of YAML": "openapi" + " " * 100_000 + "\n" + "openapi \t" * 20_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_document_is_refused_in_little_time(kind):
    with at_most(100):
        try:
            value = document_in(HOSTILE[kind])
        except ValueError as error:
            assert len(str(error)) < 1000
        else:
            assert kind in ("a number to the base of 60", "deep indents", "infinity"), str(value)[:100]


@pytest.mark.parametrize("piece", ["`", "```\n", "~~~", "```json\n{", "{", "[",
                                   '{"a":', "(", "\\", "a: ", "a=b, ", '"', "<a>"])
def test_a_hostile_action_input_is_read_or_refused_in_little_time(piece):
    with at_most(40):
        read_arguments(piece * (LONGEST_TURN // len(piece)), "getWeather", ["city"])


def test_the_model_is_told_what_is_wrong_with_its_yaml():
    with pytest.raises(ValueError, match="alias"):
        document_in(HOSTILE["aliases in a fence"])


@pytest.mark.parametrize("text", ["1. " * 100_000, "1." + " " * 200_000, "#" * 200_000 + "1.", "1.\n" * 50_000])
def test_hostile_lists_take_no_time(text):
    with at_most(50):
        numbered_items(text)


@pytest.mark.parametrize("query", ["cats " * 200_000, " ".join(f"w{number}" for number in range(150_000)), "a" * 10**6,
                                   "\u00e9" * 500_000, "1," * 500_000])
def test_a_query_of_a_megabyte_is_searched_for_in_little_time(query):
    text = "\n".join(f"line {number} about cats and dogs, number {number}" for number in range(20_000))
    with at_most(50):
        assert len(best_passages(text, query)) < 2_500


def test_an_answer_that_breaks_our_code_costs_its_record_and_the_next_run_asks_anew(tmp_path, root):
    """A stage made to fail on an answer it has stored is run again: it asks, instead of failing over and over."""
    source, out = tmp_path / "list.json", tmp_path / "out"
    source.write_text('[{"Name": "Lantern", "Description": "Paper", "Link": "https://x.example", "Category": "Home"}]')
    out.mkdir()
    program = (root / "tool_maker" / "get_elements.py").read_text().replace(
        "def main(", "import toolalpaca.toolset.elements as elements\n"
        "elements.write_elements.__globals__['numbered_items'] = lambda text: 1 // 0\n\n\ndef main(", 1)
    broken = tmp_path / "broken.py"
    broken.write_text(program.replace("Path(__file__).resolve().parents[1]", repr(str(root))))
    functions = "1. Name: lightLantern\nDescription: Light it.\nInput: {}\nOutput: Light."
    with serve_chat(lambda request: functions) as server:
        for _ in range(2):
            before = len(server.requests)
            result = run_stage(broken, "-api", source, "-out", out, url=server.url)
            assert "Traceback" not in result.stderr and result.returncode == 1
            assert len(server.requests) > before


FUNCTIONS = "1. Name: lightLantern\nDescription: Light it.\nInput: {}\nOutput: Light."
LETHAL = {
    "killed, as for want of memory": "__import__('os').kill(__import__('os').getpid(), 9)",
    "crashed": "__import__('os').abort()",
}


@pytest.mark.parametrize("death", LETHAL)
def test_an_answer_on_which_a_process_dies_costs_its_record_and_not_the_next_run(tmp_path, root, death):
    """The code that reads answers is made to kill its process; the other record is made, and asking again helps."""
    source, out = tmp_path / "list.json", tmp_path / "out"
    records = [{"Name": name, "Description": "Paper", "Link": "https://x.example", "Category": "Home"}
               for name in ("Lantern", "Kite")]
    source.write_text(json.dumps(records))
    out.mkdir()
    program = (root / "tool_maker" / "get_elements.py").read_text().replace(
        "def main(", "import toolalpaca.toolset.elements as elements\nread = elements.numbered_items\n"
        "elements.write_elements.__globals__['numbered_items'] = "
        f"lambda text: {LETHAL[death]} if 'lethal' in text else read(text)\n\n\ndef main(", 1)
    broken = tmp_path / "broken.py"
    broken.write_text(program.replace("Path(__file__).resolve().parents[1]", repr(str(root))))
    lethal = [True]

    def answer(request):
        return FUNCTIONS + (" lethal" if lethal[0] and "Kite" in json.dumps(request) else "")

    with serve_chat(answer) as server:
        first = run_stage(broken, "-api", source, "-out", out, "--num_workers", "2", url=server.url)
        assert first.returncode < 0
        second = run_stage(broken, "-api", source, "-out", out, url=server.url)
        assert second.returncode in (0, 1) and "Traceback" not in second.stderr, second.stderr
        kite = next(record for record in json.loads((out / "api_data.json").read_text()) if record["Name"] == "Kite")
        assert "a process that was given its stored answers died too" in json.dumps(kite["Errors"])
        assert second.stderr.count("died too") == 1
        lethal[0] = False
        asked = len(server.requests)
        third = run_stage(broken, "-api", source, "-out", out, url=server.url)
        assert "unexpected_error" not in third.stderr and len(server.requests) > asked
    assert not list(out.glob(".*"))
