"""Which model plays each role and how: command-line flags, then the roles file, then the environment, then defaults."""

import argparse
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.urls import url_list
from toolalpaca.llm.rate_limit import Ceiling

ROLES = ("writer", "user", "assistant", "simulator", "judge")
DEFAULT_BASE_URL = "https://api.openai.com/v1"
EXAMPLE_URL = "http://localhost:8000/v1"
DEFAULT_MODELS = {"judge": "gpt-4o"}
DEFAULT_MODEL = "gpt-4o-mini"
DEFAULT_KEY = "OPENAI_API_KEY"  # the environment variable


@dataclass(frozen=True)
class RoleSettings:
    """One role's model, endpoint, sampling and limits. Times are in seconds, prices in US dollars.

    `base_url` holds several URLs, with commas between them, where several servers serve the model.
    """

    role: str
    model: str
    base_url: str
    api_key_env: str = DEFAULT_KEY
    temperature: float | None = None
    top_p: float | None = None
    max_completion_tokens: int | None = None
    seed: int | None = None
    max_retries: int = 5
    timeout: float = 120.0
    structured_output: bool = False
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    max_calls: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None

    @property
    def base_urls(self) -> tuple[str, ...]:
        """The URL of each server."""
        return tuple(self.base_url.split(","))

    @property
    def api_key(self) -> str | None:
        """The key itself, read when needed so that it never stands in a settings object."""
        return os.environ.get(self.api_key_env) or None

    def sampling(self) -> dict[str, Any]:
        """The request parameters that decide an answer besides the messages; unset ones are left to the endpoint."""
        values = {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_completion_tokens,
                  "seed": self.seed}
        return {name: value for name, value in values.items() if value is not None}

    def deciding(self) -> dict[str, Any]:
        """What decides answers, as run logs and stores have it; retries, limits and where the endpoint is do not."""
        return {"model": self.model, **self.sampling()}

    @property
    def ceiling(self) -> Ceiling:
        """The calls and tokens a minute that its endpoint is kept to."""
        return Ceiling(self.requests_per_minute, self.tokens_per_minute)


_NUMBERS: dict[str, tuple[type, float]] = {
    "temperature": (float, 0), "top_p": (float, 0), "max_completion_tokens": (int, 1), "seed": (int, -2**63),
    "max_retries": (int, 0), "timeout": (float, 1e-9), "requests_per_minute": (int, 1), "tokens_per_minute": (int, 1),
    "max_calls": (int, 1), "max_tokens": (int, 1), "max_cost": (float, 0),
}
_FLAGS_OF_ALL_ROLES = ("max_retries", "timeout", "seed", "max_cost")
_FLAGS = ("model", "temperature", *_FLAGS_OF_ALL_ROLES)


def role_settings(role: str, args: argparse.Namespace, *, flags_apply: bool = True) -> RoleSettings:
    """Settle one role's settings; `flags_apply` says whether `--model` and `--temperature` speak of this role;
    the other flags speak of every role.

    Raises UsageError when the roles file is missing where asked for, not readable or holds what no setting takes.
    """
    values: dict[str, Any] = {
        "model": os.environ.get("OPENAI_DEFAULT_MODEL") or DEFAULT_MODELS.get(role, DEFAULT_MODEL),
        "base_url": os.environ.get("OPENAI_BASE_URL") or os.environ.get("OPENAI_API_BASE") or DEFAULT_BASE_URL,
    }
    values.update(_from_file(args.roles, role))
    for name in _FLAGS if flags_apply else _FLAGS_OF_ALL_ROLES:
        if getattr(args, name, None) is not None:
            values[name] = getattr(args, name)
    values["base_url"] = ",".join(url_list(values["base_url"], "OPENAI_BASE_URL", EXAMPLE_URL))
    return RoleSettings(role=role, **values)


def _from_file(path: Path, role: str) -> dict[str, Any]:
    blocks = _read_roles_file(path)
    return {**blocks.get("defaults", {}), **blocks.get(role, {})}


def _read_roles_file(path: Path) -> dict[str, dict[str, Any]]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise UsageError(f"{path}: the roles file cannot be read ({error.strerror}); "
                         "--roles names another one, and scripts run from the repository root") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid YAML ({error})") from None
    if not isinstance(content, dict):
        raise UsageError(f"{path}: expected one block per role")
    for block, values in content.items():
        if block not in (*ROLES, "defaults"):
            raise UsageError(f"{path}: no role is called {block!r}; the roles are {', '.join(ROLES)} and defaults")
        _check_block(path, block, values)
    return {block: values or {} for block, values in content.items()}


def _check_block(path: Path, block: str, values: Any) -> None:
    known = {item.name for item in fields(RoleSettings)} - {"role"}
    if values is not None and not isinstance(values, dict):
        raise UsageError(f"{path}: {block}: expected settings such as 'model: NAME'")
    for name, value in (values or {}).items():
        where = f"{path}: {block}: {name}"
        if name not in known:
            raise UsageError(f"{where}: no such setting; there are {', '.join(sorted(known))}")
        if name in _NUMBERS:
            kind, least = _NUMBERS[name]
            numeric = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
            if value is not None and not (numeric and value >= least):
                wanted = "number" if kind is float else "whole number"
                raise UsageError(f"{where}: {value!r} is no {wanted} of at least {least}")
        elif name == "base_url" and _is_text_list(value):
            url_list(value, where, EXAMPLE_URL)
        elif name == "structured_output":
            if not isinstance(value, bool):
                raise UsageError(f"{where}: expected true or false")
        elif not isinstance(value, str) or not value:
            raise UsageError(f"{where}: expected text")


def _is_text_list(value: Any) -> bool:
    return bool(value) and isinstance(value, str | list) and all(isinstance(one, str) for one in value)
