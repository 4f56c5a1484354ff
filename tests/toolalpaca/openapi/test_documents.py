"""Documents are read from text, and what no stage can use is refused in one line."""

import pytest

from toolalpaca.openapi.documents import document_of


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000])
def test_a_text_that_is_not_a_document_gives_none(text):
    assert document_of({"Name": "x", "Documentation": text}) is None
    assert document_of({"Name": "x", "Documentation": '{"openapi": "3.0.0"}'}) == {"openapi": "3.0.0"}
