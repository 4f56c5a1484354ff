"""Who wins: flag, roles file, environment, default."""

from pathlib import Path

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.llm.roles import DEFAULT_BASE_URL, ModelFlags, role_settings
from toolalpaca.llm.usage import Price, load_prices, price_of

SHIPPED = Path(__file__).resolve().parents[3] / "configs" / "roles.yaml"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_DEFAULT_MODEL"):
        monkeypatch.delenv(name, raising=False)


def settle(tmp_path, role="writer", text="", flags_apply=True, **flags):
    path = tmp_path / "roles.yaml"
    path.write_text(text)
    return role_settings(role, ModelFlags(roles=path, **flags), flags_apply=flags_apply)


def test_flag_then_file_then_environment_then_default(tmp_path, monkeypatch):
    assert settle(tmp_path).model == "gpt-4o-mini"
    assert settle(tmp_path, "judge").model == "gpt-4o"
    monkeypatch.setenv("OPENAI_DEFAULT_MODEL", "from-environment")
    assert settle(tmp_path, "judge").model == "from-environment"
    assert settle(tmp_path, text="defaults: {model: from-defaults}").model == "from-defaults"
    text = "defaults: {model: from-defaults}\nwriter: {model: from-role}"
    assert settle(tmp_path, text=text).model == "from-role"
    assert settle(tmp_path, text=text, model="from-flag").model == "from-flag"
    assert settle(tmp_path, text=text, model="from-flag", flags_apply=False).model == "from-role"


def test_the_base_url_and_its_older_name(tmp_path, monkeypatch):
    assert settle(tmp_path).base_url == DEFAULT_BASE_URL
    monkeypatch.setenv("OPENAI_API_BASE", "http://old/v1/")
    assert settle(tmp_path).base_url == "http://old/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://new/v1")
    assert settle(tmp_path).base_url == "http://new/v1"


def test_several_base_urls_in_the_environment_and_in_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://one:1/v1, http://two:2/v1/")
    settled = settle(tmp_path)
    assert settled.base_urls == ("http://one:1/v1", "http://two:2/v1") and isinstance(hash(settled), int)
    text = "writer: {base_url: [http://three/v1, http://four/v1]}"
    assert settle(tmp_path, text=text).base_urls == ("http://three/v1", "http://four/v1")
    assert settle(tmp_path, text="writer: {base_url: http://five/v1}").base_urls == ("http://five/v1",)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://one:1/v1,one:1")
    with pytest.raises(UsageError, match="OPENAI_BASE_URL: 'one:1' is not a URL"):
        settle(tmp_path)


def test_the_shipped_file_names_no_model(monkeypatch):
    monkeypatch.setenv("OPENAI_DEFAULT_MODEL", "mine")
    for role in ("writer", "user", "assistant", "simulator", "judge"):
        assert role_settings(role, ModelFlags(roles=SHIPPED)).model == "mine"


@pytest.mark.parametrize(("text", "words"), [
    ("[1]", "one block per role"), ("poet: {}", "'poet'"), ("writer: {modle: x}", "modle"),
    ("writer: 3", "expected settings"),
    ("writer: {temperature: warm}", "temperature"), ("writer: {max_retries: -1}", "max_retries"),
    ("writer: {model: 5}", "model"), ("writer: {structured_output: 1}", "true or false"), ("a: b: c", "YAML"),
    ("writer: {base_url: [http://a/v1, http://a/v1]}", "writer: base_url: 'http://a/v1' is named twice"),
    ("writer: {base_url: a/v1}", "'a/v1' is not a URL"), ("writer: {base_url: [1]}", "base_url: expected text"),
    ("writer: {base_url: []}", "base_url: expected text"),
])
def test_a_wrong_roles_file_is_the_users_to_mend(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        settle(tmp_path, text=text)


@pytest.mark.parametrize("flags", [{"temperature": -1.0}, {"temperature": float("nan")}, {"max_cost": float("inf")}])
def test_a_flag_that_no_setting_takes_is_named(tmp_path, flags):
    with pytest.raises(UsageError, match=f"--{next(iter(flags))}: "):
        settle(tmp_path, **flags)


def test_parameters_that_a_model_refuses_are_a_list_or_renamed(tmp_path):
    assert settle(tmp_path, text="writer: {refused_parameters: [stop]}").refused_parameters == (("stop", None),)
    text = "writer: {refused_parameters: {max_tokens: max_completion_tokens}}"
    assert settle(tmp_path, text=text).refused_parameters == (("max_tokens", "max_completion_tokens"),)
    with pytest.raises(UsageError, match="refused_parameters"):
        settle(tmp_path, text="writer: {refused_parameters: 3}")


def test_a_missing_roles_file_is_the_users_to_mend(tmp_path):
    with pytest.raises(UsageError, match="nowhere.yaml"):
        role_settings("writer", ModelFlags(roles=tmp_path / "nowhere.yaml"))


def test_prices_of_dated_models_and_none_for_unknown_ones():
    prices = load_prices()
    assert price_of("gpt-4o-2024-08-06", prices) == prices["gpt-4o"]
    assert price_of("gpt-4o-mini-2024-07-18", prices) == prices["gpt-4o-mini"]
    assert price_of("my-llama", prices) is None
    assert Price(2.0, 8.0, 1.0).cost({"in": 1_000_000, "out": 500_000, "cached": 400_000}) == pytest.approx(5.6)
