"""Links as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.toolset.readme_tables import find_links, without_links


@pytest.mark.parametrize(("text", "label", "address"), [
    ("[a](b)", "a", "b"), ("x [a]( b ) y", "a", "b"), ("[a](b_(c))", "a", "b_(c)"), ("[a](b c)", "a", "b%20c"),
    ("[a [b] (c)](d)", "a [b] (c)", "d"), ("[a](<b> \"title\")", "a", "b"), ("[a](b 'title')", "a", "b"),
    ("[a](b&amp;c)", "a", "b&c"), (r"[a\]b](c)", r"a\]b", "c"), ("[a](b(c)", "a", "b(c"), ("[a]()", "a", ""),
])
def test_one_link(text, label, address):
    link, = find_links(text)
    assert (link.label, link.address) == (label, address)


@pytest.mark.parametrize("text", ["[a]", "(b)", "[a] (b)", r"\[a](b)", "[a](b", "a](b)"])
def test_no_link(text):
    assert list(find_links(text)) == []


def test_a_blank_between_is_allowed_when_asked_for():
    link, = find_links("[a] (b)", spaced=True)
    assert link.address == "b"


def test_images_are_told_apart():
    assert [link.is_image for link in find_links("![a](b) [c](d)")] == [True, False]


@given(st.text(alphabet="[]()!\\ a", max_size=200))
def test_any_text_keeps_what_is_no_link(text):
    links = list(find_links(text))
    assert all(one.end <= other.start for one, other in zip(links, links[1:], strict=False))
    assert links or without_links(text) == text
