"""What `-llm` means."""

from pathlib import Path

import pytest

from toolalpaca.agent.generation_stage import Choice, choose
from toolalpaca.core.errors import UsageError


def none_listed() -> set[str]:
    raise AssertionError("the endpoint must not be asked")


@pytest.mark.parametrize(("name", "choice"), [
    (None, Choice()), ("chatgpt", Choice()), ("gpt3", Choice()), ("gpt-4o", Choice(endpoint_model="gpt-4o")),
    ("hf:owner/model", Choice(local_model="owner/model")), ("a/b/c", Choice(endpoint_model="a/b/c")),
])
def test_names_that_need_no_look(name: str | None, choice: Choice) -> None:
    assert choose(name, none_listed) == choice


def test_owner_and_name_is_the_endpoints_where_it_lists_it() -> None:
    assert choose("owner/model", lambda: {"owner/model"}) == Choice(endpoint_model="owner/model")
    assert choose("owner/model", set) == Choice(local_model="owner/model")


def test_a_folder_is_local_and_must_hold_a_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no config\.json"):
        choose(str(tmp_path), none_listed)
    (tmp_path / "config.json").write_text("{}")
    assert choose(str(tmp_path), none_listed) == Choice(local_model=str(tmp_path))
    with pytest.raises(UsageError, match="no such folder"):
        choose(str(tmp_path / "nothing"), none_listed)
