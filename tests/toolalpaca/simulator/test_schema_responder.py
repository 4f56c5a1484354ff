"""Answers derived from the document: where no value fits its schema, the answer says so."""

import pytest

PAST = {"X-Simulator-Session": "s"}


@pytest.mark.parametrize(("schema", "fits"), [
    ({"type": "string", "minLength": 3, "maxLength": 2}, False),
    ({"type": "object", "required": ["a"], "properties": {"a": {"not": {}}}}, False),
    ({"type": "string", "minLength": 2, "maxLength": 2}, True)])
@pytest.mark.parametrize("headers", [{}, PAST], ids=["alone", "in a conversation"])
def test_an_answer_that_does_not_fit_its_schema_is_marked(make_client, document, capsys, schema, fits, headers):
    document["paths"]["/weather"]["get"]["responses"] = {
        "200": {"description": "Now", "content": {"application/json": {"schema": schema}}}}
    client = make_client(documents={"Pets": document})
    for source in ("schema", "cache" if headers else "schema"):
        answer = client.get("/Pets/weather?city=Rome", headers=headers)
        assert answer.status_code == 200 and answer.headers["X-Simulator-Source"] == source
        assert answer.headers.get("X-Simulator-Unfit") == (None if fits else "yes")
    said = capsys.readouterr().err.splitlines()
    assert len(said) == (0 if fits else 1) and all("'Pets'" in line and "X-Simulator-Unfit" in line for line in said)


def test_an_example_may_be_written_as_a_text_of_json(make_client, document):
    document["paths"]["/weather"]["get"]["responses"] = {"200": {"description": "Now", "content": {"application/json": {
        "schema": {"type": "object", "properties": {"degrees": {"type": "integer"}}}, "example": '{"degrees": 21}'}}}}
    assert make_client(documents={"Pets": document}).get("/Pets/weather?city=Rome").get_json() == {"degrees": 21}
