"""The text of a document: the published form to the letter, then everything OpenAPI allows beyond it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolalpaca.data.records import read_records
from toolalpaca.openapi.documents import parse_document
from toolalpaca.toolset.documentation import documentation_keys, same_documentation

OK = {"200": {"description": "Fine"}}
WRITTEN_OUT_BY_HAND = {"A Bíblia Digital"}


def document(operation, path="/a", method="get", **components):
    return {"openapi": "3.0.3", "info": {"title": "T", "version": "1"},
            "paths": {path: {method: {"operationId": "f", "responses": OK, **operation}}},
            **({"components": {"schemas": components}} if components else {})}


def text_of(operation, **components):
    return documentation_keys(document(operation, **components))["Function_Description"]["f"]


def arguments(operation, **components):
    return json.loads(text_of(operation, **components).split("\n")[1].removeprefix("Parameters: "))


def argument(schema, **components):
    return arguments({"parameters": [{"name": "p", "in": "query", "schema": schema}]}, **components)["p"]


def structure(schema, **components):
    responses = {"200": {"description": "x", "content": {"application/json": {"schema": schema}}}}
    return text_of({"responses": responses}, **components).split("\n - Structure: ")[1]


def body(schema, media_type="application/json", **more):
    return {"requestBody": {"content": {media_type: {"schema": schema}}, **more}}


def test_the_published_texts_come_out_the_same(reference):
    different = set()
    for record in read_records(reference / "eval_simulated.json"):
        made = documentation_keys(parse_document(record["Documentation"]))
        assert made["Function_Projection"] == record["Function_Projection"]
        assert list(made["Function_Description"]) == list(record["Function_Description"])
        assert same_documentation(made["NLDocumentation"], record["NLDocumentation"])
        if made["NLDocumentation"].split() != record["NLDocumentation"].split():
            different.add(record["Name"])
    assert different == WRITTEN_OUT_BY_HAND


def test_the_three_keys_of_a_small_document():
    toy = {"type": "object", "properties": {"id": {"type": "integer"}, "maker": {"$ref": "#/components/schemas/Maker"}}}
    made = documentation_keys(document(
        {"summary": "Find toys", "parameters": [
            {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}, "description": "The words"}],
         "responses": {"200": {"description": "The toys", "content": {"application/json": {
             "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Toy"}}}}}}},
        path="/toys", Toy=toy, Maker={"type": "object"}))
    text = ("Find toys\nParameters: {\"q\": \"Required. string. The words.\"}\nOutput: The toys.\n"
            " - Format: application/json\n - Structure: Array[#Toy]")
    components = ("The detailed output format for the tools is outlined below:\n"
                  "#Toy: Object{id, maker: #Maker}\n#Maker: Object")
    assert made == {"NLDocumentation": f"f: {text}\n\n{components}\n",
                    "Function_Description": {"f": text, "components": components},
                    "Function_Projection": {"f": ["/toys", "get"]}}


@pytest.mark.parametrize(("schema", "text"), [
    ({"type": "string"}, "string."),
    ({"type": "string", "enum": ["a", "b"]}, "string. One of: [a, b]."),
    ({"enum": ["a"]}, "string. One of: [a]."),
    ({"type": "integer", "enum": [1, None], "description": "Which one"}, "integer. Which one. One of: [1, null]."),
    ({"const": "x"}, "string. One of: [x]."),
    ({"type": "array", "items": {"type": "string"}}, "Array[string]."),
    ({"type": "array", "items": {"enum": ["a"]}}, "Array[string. One of: [a].]."),
    ({"type": "array"}, "Array."),
    ({"type": "object"}, "Object."),
    ({"type": ["string", "null"]}, "string."),
    ({"type": ["string", "integer"]}, "string or integer."),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string."),
    ({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}, "string or Array[string]."),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, "Object{*: integer}."),
    ({"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}], "items": False},
     "Array[number, string]."),
    ({"anyOf": [{"type": "integer"}, {"type": "string", "enum": ["all"]}]}, "integer or string. One of: [all]."),
    ({"allOf": [{"$ref": "#/components/schemas/Color"}, {"maxLength": 3}]}, "#Color."),
    ({"type": "object", "properties": {"x": {"type": "number", "readOnly": True}, "y": {"type": "number"}}},
     "Object{y: number.}."),
    ({"type": "object", "required": ["x"], "properties": {"x": {"type": "number"}, "y": {"type": "number"}}},
     "Object{x: Required. number., y: number.}."),
    ({"$ref": "#/components/schemas/Color"}, "#Color."),
    ({"type": "array", "items": {"$ref": "#/components/schemas/Color"}}, "Array[#Color]."),
    ({}, "any."), (True, "any."),
])
def test_an_arguments_schema_in_words(schema, text):
    assert argument(schema, Color={"type": "string", "enum": ["red"]}) == text


@pytest.mark.parametrize(("schema", "text"), [
    ({"type": "string"}, "string"),
    ({"properties": {"a": {"type": "string"}, "b": {"type": "object"}}}, "Object{a, b: Object}"),
    ({"allOf": [{"$ref": "#/components/schemas/Base"}]}, "#Base"),
    ({"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"x": {}}}]}, "#Base and Object{x}"),
    ({"allOf": [{"$ref": "#/components/schemas/Base"}], "properties": {"x": {}}}, "#Base and Object{x}"),
    ({"oneOf": [{"$ref": "#/components/schemas/Base"}, {"type": "string"}]}, "#Base or string"),
    ({"properties": {"n": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "secret": {"writeOnly": True}}},
     "Object{n}"),
    ({"$ref": "#/components/schemas/Base/properties/child"}, "Object{x}"),
])
def test_a_results_schema_as_a_shape(schema, text):
    base = {"type": "object", "properties": {"child": {"properties": {"x": {}}}}}
    assert structure(schema, Base=base) == text


def test_a_scalar_component_keeps_its_choices():
    made = documentation_keys(document({}, Color={"type": "string", "enum": ["red", "green"]}))
    assert made["Function_Description"]["components"].endswith("\n#Color: string. One of: [red, green].")


def test_a_reference_that_is_the_whole_body_is_opened():
    pet = {"type": "object", "required": ["name", "id"], "properties": {
        "id": {"type": "integer", "readOnly": True}, "name": {"type": "string"},
        "tag": {"$ref": "#/components/schemas/Tag"}}}
    made = arguments(body({"$ref": "#/components/schemas/Pet"}), Pet=pet, Tag={"type": "object"})
    assert made == {"name": "Required. string.", "tag": "#Tag."}


def test_a_body_put_together_from_several_schemas_is_opened_too():
    second = {"required": ["b"], "properties": {"b": {"type": "string"}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/A"}, second],
              "oneOf": [{"required": ["c"], "properties": {"c": {"type": "number"}}}]}
    made = arguments(body(schema), A={"required": ["a"], "properties": {"a": {"type": "integer"}}})
    assert made == {"a": "Required. integer.", "b": "Required. string.", "c": "Required. number."}


def test_a_required_property_without_a_schema_is_an_argument():
    assert arguments(body({"type": "object", "required": ["a"]})) == {"a": "Required. any."}


def test_a_body_without_properties_is_one_argument():
    strings = {"type": "array", "items": {"type": "string"}}
    assert arguments(body(strings, required=True, description="All")) == {"body": "Required. Array[string]. All."}
    taken = {"parameters": [{"name": "body", "in": "query", "schema": {"type": "string"}}], **body({"type": "string"})}
    assert arguments(taken) == {"body": "string.", "requestBody": "string."}
    assert arguments(body({"type": "object"})) == {}


def test_json_is_the_preferred_media_type():
    content = {"text/plain": {"schema": {"type": "string"}},
               "application/json": {"schema": {"properties": {"a": {"type": "string"}}}}}
    assert arguments({"requestBody": {"content": content}}) == {"a": "string."}
    responses = {"200": {"description": "x", "content": content}}
    assert " - Format: application/json\n - Structure: Object{a}" in text_of({"responses": responses})


def test_a_body_property_wins_over_a_query_parameter_as_published():
    made = arguments({"parameters": [{"name": "id", "in": "query", "required": True, "schema": {"type": "integer"}}],
                      **body({"properties": {"id": {"type": "string"}}})})
    assert made == {"id": "string."}


def test_what_the_path_needs_stays_required():
    made = documentation_keys(document(
        {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
         **body({"properties": {"id": {"type": "integer"}}})}, path="/a/{id}", method="put"))
    assert 'Parameters: {"id": "Required. integer."}' in made["NLDocumentation"]


@pytest.mark.parametrize(("responses", "output"), [
    ({"404": {"description": "None"}, "201": {"description": "Made"}}, "Output: Made."),
    ({"404": {"description": "None"}, "default": {"description": "Rest"}}, "Output: Rest."),
    ({"404": {"description": "None!"}}, "Output: None!"),
    ({"204": {"description": ""}}, "Output: Status 204."),
    ({}, "Output: Not documented."),
    ({"200": {"description": "Two\n lines", "content": {"image/png": {}}}}, "Output: Two lines.\n - Format: image/png"),
])
def test_the_output_is_that_of_success(responses, output):
    assert text_of({"responses": responses}).endswith("\n" + output)


def test_summary_then_description_then_the_place():
    assert text_of({"summary": " One \n line ", "description": "d"}).startswith("One line\n")
    assert text_of({"description": "d"}).startswith("d\n")
    assert text_of({}).startswith("GET /a\n")


def test_a_description_is_not_said_twice():
    city = {"type": "string", "description": "The city."}
    parameter = {"name": "p", "in": "query", "description": "The city", "schema": city}
    assert arguments({"parameters": [parameter]}) == {"p": "string. The city."}


def test_cycles_end():
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    assert structure({"$ref": "#/components/schemas/Node"}, Node=node) == "#Node"
    assert arguments(body({"$ref": "#/components/schemas/Node"}), Node=node) == {"next": "#Node."}
    loop = {"allOf": [{"$ref": "#/components/schemas/Loop"}, {"properties": {"a": {"type": "string"}}}]}
    assert arguments(body({"$ref": "#/components/schemas/Loop"}), Loop=loop) == {"a": "string."}
    inner = {"type": "object", "properties": {"x": {"$ref": "#/components/schemas/Outer/properties/x"}}}
    assert structure({"$ref": "#/components/schemas/Outer/properties/x"},
                     Outer={"properties": {"x": inner}}) == "Object{x: #x}"


@pytest.mark.parametrize(("broken", "message"), [
    (document({}) | {"paths": {}}, "no operations"),
    (document({"parameters": [{"name": "p", "in": "query", "schema": {"$ref": "#/components/schemas/No"}}]}),
     "'#/components/schemas/No' leads nowhere"),
    (document(body({"$ref": "#/x"})), "leads nowhere"),
])
def test_a_document_that_cannot_be_read_is_a_value_error(broken, message):
    with pytest.raises(ValueError, match=message):
        documentation_keys(broken)


def test_a_function_that_cannot_be_described_is_left_out_with_a_line():
    read, left_out = document(body({"$ref": "#/x"})), list[str]()
    [path] = read["paths"]
    read["paths"]["/fine"] = {"get": {"operationId": "fine", "responses": {}}}
    keys = documentation_keys(read, left_out)
    assert (list(keys["Function_Projection"]), list(keys["Function_Description"])) == (["fine"], ["fine", "components"])
    assert len(left_out) == 1 and f" {path}: the reference '#/x' leads nowhere" in left_out[0]


def test_says_the_same_knows_white_space_and_references_written_out():
    ours = documentation_keys(document(
        {}, Verse={"properties": {"meta": {"$ref": "#/components/schemas/Meta"}}}, Meta={"properties": {"a": {}}}))
    text = ours["NLDocumentation"]
    assert same_documentation(text, text.replace(" ", "  \n"))
    assert same_documentation(text, text.replace("meta: #Meta", "meta: Object{a}"))
    assert not same_documentation(text, text.replace("meta: #Meta", "meta: Object{b}"))
    assert not same_documentation(text, text.replace("Fine", "Bad"))


def test_says_the_same_ends_on_references_that_multiply():
    shapes = {f"S{n}": {"properties": {key: {"$ref": f"#/components/schemas/S{n + 1}"} for key in "abcd"}}
              for n in range(40)}
    text = documentation_keys(document({}, **shapes, S40={"type": "object"}))["NLDocumentation"]
    assert not same_documentation(text, text.replace("Fine", "Bad"))


KEYS = st.sampled_from(["$ref", "type", "properties", "items", "allOf", "oneOf", "enum", "required", "description",
                        "additionalProperties", "const"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(
        ["object", "array", "#/components/schemas/S", "#/components/schemas/S/items", "#", "text", "null"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(schema=st.dictionaries(KEYS, VALUES), component=VALUES)
def test_any_schema_gives_text_or_a_value_error(schema, component):
    responses = {"200": {"description": "x", "content": {"application/json": {"schema": schema}}}}
    made = document({"responses": responses, "parameters": [{"name": "p", "in": "query", "schema": schema}],
                     **body(schema)}, S=component)
    try:
        keys = documentation_keys(made)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert same_documentation(keys["NLDocumentation"], keys["NLDocumentation"] + "\n")


def test_deep_nesting_is_a_value_error():
    schema = {"type": "string"}
    for _ in range(3000):
        schema = {"type": "array", "items": schema}
    with pytest.raises(ValueError, match="nested too deeply"):
        documentation_keys(document({}, S=schema))


@pytest.mark.parametrize(("schema", "text"), [
    ({"oneOf": [{"const": 10, "title": "RIPE", "description": "Ready to pick."}, {"const": 20, "title": "GREEN"}]},
     "integer. One of: [10 (RIPE: Ready to pick), 20 (GREEN)]."),
    ({"type": "string", "anyOf": [{"const": "a", "title": "a"}, {"const": "b"}]}, "string. One of: [a, b]."),
])
def test_choices_written_as_constants_are_listed_with_what_they_mean(schema, text):
    assert argument(schema) == text
