"""The model and settings of each role: from command-line flags, the roles file, the environment, and defaults."""

import os
from dataclasses import dataclass as standard_dataclass
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass

from toolalpaca.core.errors import UsageError
from toolalpaca.core.urls import parse_urls
from toolalpaca.llm.rate_limit import Ceiling

ROLES = ("writer", "user", "assistant", "simulator", "judge")
DEFAULT_BASE_URL = "https://api.openai.com/v1"
EXAMPLE_URL = "http://localhost:8000/v1"
DEFAULT_MODELS = {"judge": "gpt-4o"}
DEFAULT_MODEL = "gpt-4o-mini"
DEFAULT_KEY = "OPENAI_API_KEY"  # the environment variable


def _changes(value: Any) -> Any:
    """Return refused parameters as pairs: from a list of names, or an object with the names to send instead."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple((name, None) for name in value)
    return tuple(value.items()) if isinstance(value, dict) else value


Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=ConfigDict(strict=True, allow_inf_nan=False))
class RoleSettings:
    """One role's model, endpoint, sampling and limits. Times are in seconds, prices in US dollars.

    `base_url` holds comma-separated URLs if several servers serve the model. `refused_parameters` pairs each parameter
    that the model does not accept with the name to send instead, or with None.
    """

    role: str
    model: Text
    base_url: Text
    api_key_env: Text = DEFAULT_KEY
    temperature: Annotated[float, Field(ge=0)] | None = None
    top_p: Annotated[float, Field(ge=0)] | None = None
    max_completion_tokens: Count | None = None
    seed: Annotated[int, Field(ge=-2**63)] | None = None
    max_retries: Annotated[int, Field(ge=0)] = 5
    timeout: Annotated[float, Field(gt=0)] = 120.0
    structured_output: bool = False
    refused_parameters: Annotated[tuple[tuple[str, str | None], ...], BeforeValidator(_changes)] = ()
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    max_calls: Count | None = None
    max_tokens: Count | None = None
    max_cost: Annotated[float, Field(ge=0)] | None = None

    @property
    def base_urls(self) -> tuple[str, ...]:
        """Return the URL of each server."""
        return tuple(self.base_url.split(","))

    @property
    def api_key(self) -> str | None:
        """Return the key, read from the environment when needed so that no settings object contains it.

        Raises UsageError for a key that no header can carry; surrounding blanks and line breaks are stripped.
        """
        key = os.environ.get(self.api_key_env, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise UsageError(f"{self.api_key_env}: this key holds a line break or another character that no request "
                             "can carry")
        return key or None

    def sampling(self) -> dict[str, Any]:
        """Return the request parameters, other than the messages, that affect answers; unset ones are omitted."""
        values = {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_completion_tokens,
                  "seed": self.seed}
        return {name: value for name, value in values.items() if value is not None}

    def deciding(self) -> dict[str, Any]:
        """Return the settings that affect answers, for run logs and stores; not retries, limits and the endpoint's
        URL."""
        return {"model": self.model, **self.sampling()}

    @property
    def ceiling(self) -> Ceiling:
        """Return the calls and tokens a minute to which its endpoint is limited."""
        return Ceiling(self.requests_per_minute, self.tokens_per_minute)


_SETTINGS = frozenset(item.name for item in fields(RoleSettings)) - {"role"}
_FLAGS_OF_ONE_ROLE = ("model", "temperature")


@standard_dataclass(frozen=True)
class ModelFlags:
    """Command-line options of language models; None leaves a setting to the roles file and the environment."""

    roles: Path
    model: str | None = None
    temperature: float | None = None
    max_retries: int | None = None
    timeout: float | None = None
    seed: int | None = None
    max_cost: float | None = None


def role_settings(role: str, flags: ModelFlags, *, flags_apply: bool = True) -> RoleSettings:
    """Return one role's settings; `flags_apply` says whether `--model` and `--temperature` apply to this role.

    The other flags apply to every role. Raises UsageError if the roles file or a flag is invalid.
    """
    values: dict[str, Any] = {
        "model": os.environ.get("OPENAI_DEFAULT_MODEL") or DEFAULT_MODELS.get(role, DEFAULT_MODEL),
        "base_url": os.environ.get("OPENAI_BASE_URL") or os.environ.get("OPENAI_API_BASE") or DEFAULT_BASE_URL,
    }
    values.update(_from_file(flags.roles, role))
    stated = {name: value for name, value in vars(flags).items() if name in _SETTINGS and value is not None}
    values.update({name: value for name, value in stated.items() if flags_apply or name not in _FLAGS_OF_ONE_ROLE})
    values["base_url"] = ",".join(parse_urls(values["base_url"], "OPENAI_BASE_URL", EXAMPLE_URL))
    try:
        return RoleSettings(role=role, **values)
    except ValidationError as error:  # of a flag, since the file has been checked
        raise UsageError(f"--{_in_words(error)}") from None


def _from_file(path: Path, role: str) -> dict[str, Any]:
    blocks = _read_roles_file(path)
    return {**_stated(blocks.get("defaults", {})), **_stated(blocks.get(role, {}))}


def _read_roles_file(path: Path) -> dict[str, dict[str, Any]]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise UsageError(f"{path}: the roles file cannot be read ({error.strerror}); "
                         "name another one with --roles") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: not valid YAML ({error})") from None
    if not isinstance(content, dict):
        raise UsageError(f"{path}: expected one block per role")
    for block, values in content.items():
        if block not in (*ROLES, "defaults"):
            raise UsageError(f"{path}: no role is called {block!r}; the roles are {', '.join(ROLES)} and defaults")
        _check_block(path, block, values)
    return {block: values or {} for block, values in content.items()}


def _check_block(path: Path, block: str, values: Any) -> None:
    """Raise UsageError unless a block of the roles file holds only valid settings."""
    if values is not None and not isinstance(values, dict):
        raise UsageError(f"{path}: {block}: expected settings such as 'model: NAME'")
    values = {str(name): value for name, value in (values or {}).items()}
    for name in values.keys() - _SETTINGS:
        raise UsageError(f"{path}: {block}: {name}: no such setting; there are {', '.join(sorted(_SETTINGS))}")
    if "base_url" in values:
        where = f"{path}: {block}: base_url"
        if not _is_text_list(values["base_url"]):
            raise UsageError(f"{where}: expected text")
        values["base_url"] = ",".join(parse_urls(values["base_url"], where, EXAMPLE_URL))
    try:
        RoleSettings(**{"role": block, "model": "any", "base_url": EXAMPLE_URL, **_stated(values)})
    except ValidationError as error:
        raise UsageError(f"{path}: {block}: {_in_words(error)}") from None


def _in_words(error: ValidationError) -> str:
    """Return the first invalid setting and what was expected."""
    first = error.errors()[0]
    return f"{first['loc'][0]}: {_EXPECTED.get(first['type'], first['msg'].lower())}"


_EXPECTED = {"bool_type": "expected true or false", "string_type": "expected text", "string_too_short": "expected text"}


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a block that are not null; the others keep their defaults."""
    return {name: value for name, value in values.items() if value is not None}


def _is_text_list(value: Any) -> bool:
    return bool(value) and isinstance(value, str | list) and all(isinstance(one, str) for one in value)
