"""A document as a list of operations: merging, resolving, naming, and messages for what is malformed."""

import json

import pytest

from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.operations import derived_name, operations


def named(document):
    return {operation.name: operation for operation in operations(document)}


def test_operations_come_in_the_documents_order_with_path_and_method(pets):
    assert [(one.name, one.path, one.method) for one in operations(pets)] == [
        ("getPet", "/pets/{petId}", "get"), ("pets_petId_put", "/pets/{petId}", "put"), ("listToys", "/toys", "get")]


def test_parameters_of_the_path_item_are_merged_and_the_operations_own_win(pets):
    get, put, toys = operations(pets)
    assert [(one.name, one.location, one.required) for one in get.parameters] == [
        ("petId", "path", True), ("lang", "query", True)]
    assert get.parameters[1].schema == {"enum": ["en", "fr"]}
    assert [one.required for one in put.parameters] == [True, False]
    assert toys.parameters == []


def test_same_name_in_two_locations_is_two_parameters(one_get):
    parameters = [{"name": "id", "in": place, "schema": {}} for place in ("query", "header", "cookie")]
    operation, = operations(one_get(a={"parameters": parameters}))
    assert [one.location for one in operation.parameters] == ["query", "header", "cookie"]


def test_request_body_and_responses_are_resolved_and_schemas_left_as_written(pets):
    get, put, _ = operations(pets)
    assert put.request_body.required
    assert put.request_body.description == "The pet to store"
    assert put.request_body.content == {"application/json": {"$ref": "#/components/schemas/Pet"}, "text/plain": {}}
    assert get.request_body is None
    assert get.responses["200"]["description"] == "The pet"
    assert get.raw["operationId"] == "getPet"


def test_a_path_item_may_be_a_reference(pets):
    pets["paths"]["/more"] = {"$ref": "#/paths/~1toys", "summary": "again"}
    assert [one.name for one in operations(pets)][2:] == ["listToys", "listToys2"]


@pytest.mark.parametrize(("location", "style", "explode"), [
    ("path", "simple", False), ("query", "form", True), ("header", "simple", False), ("cookie", "form", True)])
def test_style_and_explode_have_the_defaults_of_the_specification(one_get, location, style, explode):
    operation, = operations(one_get(a={"parameters": [{"name": "p", "in": location}]}))
    assert (operation.parameters[0].style, operation.parameters[0].explode) == (style, explode)


def test_style_and_explode_as_written(one_get):
    written = {"name": "p", "in": "query", "style": "pipeDelimited", "explode": True}
    deep = {"name": "q", "in": "query", "style": "deepObject"}
    operation, = operations(one_get(a={"parameters": [written, deep]}))
    assert [one.style for one in operation.parameters] == ["pipeDelimited", "deepObject"]
    assert [one.explode for one in operation.parameters] == [True, False]


def test_a_parameter_described_by_content_gives_that_schema(one_get):
    parameter = {"name": "p", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
    operation, = operations(one_get(a={"parameters": [parameter]}))
    assert operation.parameters[0].schema == {"type": "object"}


@pytest.mark.parametrize(("method", "path", "name"), [
    ("get", "/users/{id}/posts", "users_id_posts_get"), ("GET", "/", "get"), ("post", "/a-b_c.json", "a-b_c_json_post"),
    ("get", "/v1/búsqueda", "v1_búsqueda_get"), ("get", "/a%20b", "a_b_get"),
    ("get", "/{user-id}.{ext}", "user-id_ext_get"),
    # those of the published real APIs that have no operationId
    *(("get", path, name) for path, name in {
        "/airports": "airports_get", "/charts/changes": "charts_changes_get", "/charts/afd": "charts_afd_get",
        "/preferred-routes": "preferred-routes_get", "/jokes/random": "jokes_random_get",
        "/jokes/random/{category}": "jokes_random_category_get", "/jokes/search": "jokes_search_get",
        "/api/v2/facts/today": "api_v2_facts_today_get", "/api/v2/entries/en/{word}": "api_v2_entries_en_word_get",
        "/current": "current_get", "/result": "result_get", "/timeseries": "timeseries_get"}.items()),
])
def test_derived_names_are_the_words_of_the_path_and_the_method(method, path, name):
    assert derived_name(method, path) == name


def test_names_are_unique_and_given_ones_win_over_derived_ones(one_get):
    document = one_get(things={}, a={"operationId": "same"}, b={"operationId": "same"}, c={"operationId": "same2"},
                       d={"operationId": "things_get"}, e={"operationId": " two\nwords "}, f={"operationId": ""})
    assert [one.name for one in operations(document)] == [
        "things_get2", "same", "same3", "same2", "things_get", "two words", "f_get"]


def test_names_that_mean_something_else_to_the_pipeline_are_not_given(one_get):
    document = one_get(a={"operationId": "components"}, b={"operationId": "getDetails"})
    assert [one.name for one in operations(document)] == ["components2", "getDetails2"]


def test_variables_of_a_path_that_are_not_declared_are_required_texts():
    item = {"parameters": [{"name": "c", "in": "path", "schema": {"type": "integer"}}], "get": {}}
    [operation] = operations({"openapi": "3.0.3", "paths": {"/a/{b}/{c}?d={d}": item}})
    assert [(one.name, one.location, one.required, one.schema) for one in operation.parameters] == [
        ("c", "path", True, {"type": "integer"}), ("b", "path", True, {"type": "string"})]


@pytest.mark.parametrize("name", ["Accept", "content-type", "AUTHORIZATION", "Host", "Content-Length", "connection"])
def test_headers_that_no_caller_sets_are_no_parameters_and_queries_of_their_names_are(one_get, name):
    headers = [{"name": name, "in": place, "required": True, "schema": {}} for place in ("header", "query")]
    assert [one.location for one in operations(one_get(a={"parameters": headers}))[0].parameters] == ["query"]


def test_document_without_paths_has_no_operations():
    assert operations({"openapi": "3.1.0"}) == []


def test_a_key_without_a_value_says_nothing(pets):
    pets["paths"]["/toys"].update(parameters=None, post=None)
    pets["paths"]["/toys"]["get"].update(
        dict.fromkeys(("summary", "description", "parameters", "requestBody", "responses")))
    found = next(one for one in operations(pets) if one.path == "/toys")
    assert (found.method, found.summary, found.parameters) == ("get", "", [])
    assert (found.request_body, found.responses) == (None, {})


@pytest.mark.parametrize(("change", "message"), [
    (lambda d: d.update(paths=None), "paths is null, expected an object"),
    (lambda d: d["paths"].update({"/toys": 3}), "PATH /toys is a number, expected an object"),
    (lambda d: d["paths"]["/toys"].update(get=[]), "GET /toys is an array, expected an object"),
    (lambda d: d["paths"]["/toys"]["get"].update(parameters="q"), "GET /toys: 'parameters' is a string"),
    (lambda d: d["paths"]["/toys"]["get"].update(parameters=["q"]), "GET /toys: parameter 0 is a string"),
    (lambda d: d["paths"]["/toys"]["get"].update(parameters=[{"in": "query"}]),
     "GET /toys: parameter 0: has no 'name'"),
    (lambda d: d["paths"]["/toys"]["get"].update(parameters=[{"name": "q", "in": "body"}]),
     "GET /toys: parameter 0 .'q'.: 'in' is 'body', expected path, query, querystring"),
    (lambda d: d["paths"]["/toys"]["get"].update(operationId=5), "GET /toys: 'operationId' is a number"),
    (lambda d: d["paths"]["/toys"]["get"].update(responses=[]), "GET /toys: 'responses' is an array"),
    (lambda d: d["paths"]["/toys"]["get"].update(requestBody=3), "GET /toys: 'requestBody' is a number"),
    (lambda d: d["components"]["requestBodies"].clear(), "PUT /pets/{petId}: 'requestBody': the reference .* nowhere"),
    (lambda d: d["components"]["parameters"].clear(), "GET /pets/{petId}: path item: parameter 0: the reference"),
    (lambda d: d["components"]["responses"].clear(), "GET /pets/{petId}: response 200: the reference"),
])
def test_a_malformed_document_is_refused_with_its_place(pets, change, message):
    change(pets)
    with pytest.raises(ValueError, match=message):
        operations(pets)


def test_parse_document_reads_an_object():
    assert parse_document('{"openapi": "3.0.0"}') == {"openapi": "3.0.0"}


@pytest.mark.parametrize(("text", "message"), [
    ("", "not valid JSON: Expecting value at line 1 column 1"), ('{"a":\n 1,}', "line 2 column"),
    ("[]", "found an array"), ("null", "found null"), ('{"a": NaN}', "NaN is not a JSON number"),
    (json.dumps([]).replace("]", "") * 100_000, "nested too deeply"),
])
def test_parse_document_says_what_is_wrong(text, message):
    with pytest.raises(ValueError, match=message):
        parse_document(text)
