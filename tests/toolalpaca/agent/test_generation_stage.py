"""What `-llm` means."""

from pathlib import Path

import pytest

from toolalpaca.agent.generation_stage import ModelReference as Reference
from toolalpaca.agent.generation_stage import model_reference
from toolalpaca.core.errors import UsageError


def none_listed() -> set[str]:
    raise AssertionError("the endpoint must not be asked")


@pytest.mark.parametrize(("name", "choice"), [
    (None, Reference()), ("chatgpt", Reference()), ("gpt3", Reference()),
    ("gpt-4o", Reference(endpoint_model="gpt-4o")),
    ("hf:owner/model", Reference(local_model="owner/model")), ("a/b/c", Reference(endpoint_model="a/b/c")),
])
def test_names_that_need_no_look(name: str | None, choice: Reference) -> None:
    assert model_reference(name, none_listed) == choice


def test_owner_and_name_is_the_endpoints_where_it_lists_it() -> None:
    assert model_reference("owner/model", lambda: {"owner/model"}) == Reference(endpoint_model="owner/model")
    assert model_reference("owner/model", set) == Reference(local_model="owner/model")


def test_a_folder_is_local_and_must_hold_a_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no config\.json"):
        model_reference(str(tmp_path), none_listed)
    (tmp_path / "config.json").write_text("{}")
    assert model_reference(str(tmp_path), none_listed) == Reference(local_model=str(tmp_path))
    with pytest.raises(UsageError, match="no such folder"):
        model_reference(str(tmp_path / "nothing"), none_listed)
