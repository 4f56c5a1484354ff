"""The lists and evaluation sets in data/: names, counts, documents, and golden answers that fit the documents."""

import importlib.util
import json
import re
import unicodedata
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from toolalpaca.data.records import read_records
from toolalpaca.openapi.arguments import body_arguments
from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.operations import operations
from toolalpaca.openapi.references import resolve
from toolalpaca.openapi.validation import validate_document
from toolalpaca.toolset.documentation import documentation_keys
from toolalpaca.toolset.public_apis import preprocess
from toolalpaca.verification.verification_stage import findings_of

LISTS = ("public_apis_sample.json", "public_apis.json")
SETS = ("eval_simulated.json", "eval_real.json")
REAL = {"Nager.Date", "airportsapi", "AviationAPI", "chucknorris.io", "Random Useless Facts", "weatherstack",
        "Free Dictionary", "WolframAlpha", "Fruityvice", "Cataas", "CurrencyBeacon"}
PLACEHOLDER = re.compile(r"\$\{([^}]*) from (\w+)\}")
FREE = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands for a value that only a call or the user can give


@pytest.fixture
def data(root):
    return root / "data"


@pytest.fixture
def count(data):
    spec = importlib.util.spec_from_file_location("data_count", data / "count.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names(records):
    return {record["Name"].casefold() for record in records}


# --- the lists


@pytest.mark.parametrize(("file", "apis", "categories"), [(LISTS[0], 48, 24), (LISTS[1], 420, 45)])
def test_a_list_is_large_enough_and_its_names_are_unique(data, file, apis, categories):
    records = read_records(data / file, ("Name", "Description", "Link", "Category"))
    assert len(records) >= apis
    assert len({record["Category"] for record in records}) >= categories
    assert len(names(records)) == len(records)


@pytest.mark.parametrize("file", LISTS)
def test_a_description_is_one_sentence_and_a_link_is_a_link(data, file):
    for record in read_records(data / file):
        assert re.fullmatch(r"[A-Z][^\n]{15,}\w\.", record["Description"]), record
        assert re.fullmatch(r"https?://[^\s|]+", record["Link"]), record


@pytest.mark.parametrize("file", LISTS)
def test_stage_1_leaves_a_list_as_it_is(data, file, tmp_path):
    copy = tmp_path / file
    copy.write_bytes((data / file).read_bytes())
    preprocess(copy, source="", num=2000)
    assert copy.read_bytes() == (data / file).read_bytes()


def test_the_sample_has_the_names_that_cause_trouble(data):
    found = {record["Name"] for record in read_records(data / LISTS[0])}
    assert {"A Bíblia Digital", "What's on the menu?", "Songlink / Odesli", "Yu-Gi-Oh!", "Code::Stats"} <= found


# --- the evaluation sets


@pytest.mark.parametrize("evaluation_set", SETS)
@pytest.mark.parametrize("api_list", LISTS)
def test_no_evaluated_api_is_in_a_list(data, api_list, evaluation_set):
    assert not names(read_records(data / api_list)) & names(read_records(data / evaluation_set))


@pytest.mark.parametrize("evaluation_set", SETS)
def test_no_api_of_the_corpus_has_the_link_of_an_evaluated_one(data, evaluation_set):
    def hosts(file):
        return {re.sub(r"^https?://(www\.)?", "", record["Link"]).rstrip("/") for record in read_records(data / file)}
    assert not hosts(LISTS[1]) & hosts(evaluation_set)


def test_no_api_of_the_corpus_is_in_the_published_simulated_set(data, reference):
    assert not names(read_records(data / LISTS[1])) & names(read_records(reference / "eval_simulated.json"))


def test_the_simulated_set_has_30_apis_in_25_categories_with_10_tasks_each(data):
    records = read_records(data / SETS[0])
    assert len(records) == 30
    assert len({record["Category"] for record in records}) >= 25
    assert {len(record["Instructions"]) for record in records} == {10}


def test_the_simulated_apis_are_invented_and_their_hosts_lead_nowhere(data):
    for record in read_records(data / SETS[0]):
        servers = parse_document(record["Documentation"])["servers"]
        assert all(re.match(r"https://[\w.-]+\.example(/|$)", url) for url in (record["Link"], servers[0]["url"]))


def test_the_real_set_has_the_eleven_apis_of_the_paper_with_10_tasks_or_more(data):
    records = read_records(data / SETS[1])
    assert {record["Name"] for record in records} == REAL
    assert all(len(record["Instructions"]) >= 10 for record in records)


def test_credentials_are_names_of_environment_variables(data):
    stated = [record["Authentication"] for record in read_records(data / SETS[1]) if "Authentication" in record]
    assert len(stated) == 3
    assert all(re.fullmatch(r"env:[A-Z_]+", value) for keys in stated for value in keys.values())


@pytest.mark.parametrize("file", SETS)
def test_the_tasks_are_varied_as_promised(data, count, file):
    answers = [answer for record in read_records(data / file) for answer in record["Golden_Answers"]]
    several = sum(len(count.api_calls(answer)) > 1 for answer in answers)
    assert several >= 0.4 * len(answers)
    assert any(map(count.needs_result, answers))
    assert any(call["Action"] == "getDetails" for answer in answers for call in answer)
    assert any(count.is_optional(call) for answer in answers for call in answer)


def test_the_readme_states_what_is_counted(data, count):
    text = (data / "README.md").read_text(encoding="utf-8")
    assert [one for one in count.tables() if one not in text] == []
    assert all(f"`{file}` | {len(read_records(data / file))} " in text for file in LISTS + SETS)


def evaluated_apis():
    folder = Path(__file__).resolve().parents[2] / "data"
    return [pytest.param(record, id=record["Name"]) for file in SETS for record in read_records(folder / file)]


APIS = pytest.mark.parametrize("record", evaluated_apis())


@APIS
def test_the_document_is_valid_and_the_text_forms_are_its_own(record):
    document = parse_document(record["Documentation"])
    validate_document(document)
    derived = documentation_keys(document)
    assert {key: record[key] for key in derived} == dict(derived)


@APIS
def test_every_instruction_has_a_golden_answer_and_every_function_is_used(record):
    assert len(record["Instructions"]) == len(record["Golden_Answers"]) == len(set(record["Instructions"]))
    used = {function_of(call) for answer in record["Golden_Answers"] for call in answer} - {"getDetails"}
    assert used == set(record["Function_Projection"])


@APIS
def test_a_placeholder_names_a_call_made_before(record):
    for answer in record["Golden_Answers"]:
        made = []
        for call in answer:
            sources = [source for _, source in PLACEHOLDER.findall(call["Action_Input"])]
            assert call["Action_Input"].count("${") == len(sources), call
            assert set(sources) <= set(made), call
            made.append(function_of(call))


@APIS
def test_golden_calls_give_required_parameters_and_values_of_the_right_type(record):
    parameters = {operation.name: schemas_of(record, operation) for operation in operations_of(record)}
    for call in api_calls(record):
        schemas, required = parameters[function_of(call)]
        given = arguments_of(call)
        assert required <= set(given) <= set(schemas), call
        for name, value in given.items():
            for accepted in value["$any"] if isinstance(value, dict) and "$any" in value else [value]:
                assert not complaints(schemas[name], accepted), call


@APIS
def test_a_string_in_a_golden_call_is_said_in_the_instruction(record):
    parameters = {operation.name: schemas_of(record, operation)[0] for operation in operations_of(record)}
    for instruction, answer in zip(record["Instructions"], record["Golden_Answers"], strict=True):
        for call in (call for call in answer if call["Action"] != "getDetails"):
            for name, value in arguments_of(call).items():
                schema = opened(parameters[function_of(call)][name])
                for text in strings(value) if is_free_text(schema) else ():
                    assert plain(text) in plain(instruction), call


def test_the_checks_find_what_is_wrong():
    text = {"type": "string"}
    assert complaints({"type": "integer"}, "3")
    assert complaints({"type": "string", "format": "date"}, "2025-02-30")
    assert complaints({"type": "array", "items": {"enum": ["a"]}}, ["a", "b"])
    assert not complaints({"type": "array", "items": {"enum": ["a"]}}, ["a", FREE])
    assert arguments_of({"Action_Input": '{"a": ${x from f}, "b": ["${y from g}", 1]}'}) == {"a": FREE, "b": [FREE, 1]}
    assert is_free_text(text) and not is_free_text({"type": "array", "items": {"type": "string", "enum": ["a"]}})


# --- how a golden call is read


def function_of(call):
    return call["Action"].removeprefix("[Optional]")


def api_calls(record):
    return [call for answer in record["Golden_Answers"] for call in answer if call["Action"] != "getDetails"]


def arguments_of(call):
    """The arguments, with FREE for each placeholder, quoted or not."""
    return json.loads(re.sub(r'"?\$\{[^}]*\}"?', f'"{FREE}"', call["Action_Input"]))


def operations_of(record):
    return operations(parse_document(record["Documentation"]))


def schemas_of(record, operation):
    """The schema of each argument, references opened by its document, and the names of those required."""
    document = parse_document(record["Documentation"])
    schemas = {parameter.name: parameter.schema for parameter in operation.parameters}
    required = {parameter.name for parameter in operation.parameters if parameter.required}
    if operation.request_body:
        body = body_arguments(document, operation.request_body)
        schemas |= dict(body.properties)
        required |= set(body.required)
    shown = set(schemas) - set(record.get("Authentication", {}))  # credentials are no arguments
    return {name: {**resolve(document, schemas[name]), "components": document.get("components", {})}
            for name in shown}, required & shown


def opened(schema):
    return schema.get("items", schema)


def complaints(schema, value):
    """What jsonschema has against the value, apart from free values."""
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(value) if error.instance != FREE]


def is_free_text(schema):
    item = opened(schema)
    return item.get("type") == "string" and "enum" not in item and item.get("format") not in ("date", "date-time")


def strings(value):
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str) and text != FREE]


def plain(text):
    """Letters and digits only, so that punctuation and case do not matter."""
    letters = unicodedata.normalize("NFC", text).casefold()
    return "".join(character for character in letters if character.isalnum())


# --- the conversations in people's words


def test_the_reworded_conversations_are_about_apis_of_the_list_and_in_other_words(data):
    records = read_records(data / "reworded_data.json", ("Name", "Instructions", "Instances", "Function_Description"))
    assert names(records) <= names(read_records(data / LISTS[1]))
    said = [instance["input"] for record in records for instance in record["Instances"]]
    assert said == [text for record in records for text in record["Instructions"]]
    assert len(said) >= 2000
    openings = {tuple(text.lower().split()[:3]) for text in said}
    assert len(openings) > len(said) / 2


def test_most_reworded_conversations_pass_the_verification(data):
    some = read_records(data / "reworded_data.json")[::10]
    found = [one for record in some for one in findings_of(record)]
    assert sum(not one.reasons for one in found) >= 0.95 * len(found)


# --- the conversations that a language model wrote


def test_the_written_conversations_are_about_apis_that_no_evaluation_set_has(data):
    records = read_records(data / "written_data.json", ("Name", "Instructions", "Instances", "Function_Description"))
    assert len(names(records)) == len(records)
    assert not any(names(records) & names(read_records(data / name)) for name in SETS)
    said = [instance["input"] for record in records for instance in record["Instances"]]
    assert said == [text for record in records for text in record["Instructions"]]
    assert len({plain(text) for text in said}) == len(said)


def test_the_verification_passes_the_written_conversations_that_it_passed_when_they_were_new(data):
    some = read_records(data / "written_data.json")[::3]
    found = [one for record in some for one in findings_of(record)]
    assert sum(not one.reasons for one in found) >= 0.85 * len(found)
