"""The choice of the assistant's model: one at the endpoint, or a local Hugging Face model."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from toolalpaca.core.errors import UsageError
from toolalpaca.llm.roles import RoleSettings

SHORTHANDS = ("gpt3", "gpt-3", "chatgpt")  # of the paper's commands; the models they meant are no longer served
HUB_PREFIX = "hf:"


@dataclass(frozen=True)
class Choice:
    """The meaning of `-llm`: a model at the endpoint (None: the role's own), or a local folder or hub id."""

    endpoint_model: str | None = None
    local_model: str | None = None


def choose(name: str | None, listed: Callable[[], set[str]]) -> Choice:
    """Return what a name refers to; `listed` gives the endpoint's models and is called only for `owner/name`.

    Raises UsageError for a folder without a model.
    """
    if name is None or name in SHORTHANDS:
        return Choice()
    if name.startswith(HUB_PREFIX):
        return Choice(local_model=name.removeprefix(HUB_PREFIX))
    if Path(name).is_dir():
        if not (Path(name) / "config.json").exists():
            raise UsageError(f"{name}: this folder holds no Hugging Face model (no config.json)")
        return Choice(local_model=name)
    if name.startswith((".", "/", "~")):
        raise UsageError(f"{name}: no such folder")
    if name.count("/") == 1 and name not in listed():
        return Choice(local_model=name)
    return Choice(endpoint_model=name)


def listed_models(settings: RoleSettings) -> set[str]:
    """Return the names listed at `/v1/models` by the endpoint's first server that answers; none without an answer or
    a key."""
    import openai

    for url in settings.base_urls:
        try:
            client = openai.OpenAI(base_url=url, api_key=settings.api_key or "none", max_retries=0, timeout=10)
            return {model.id for model in client.models.list()}
        except openai.OpenAIError:
            continue
    return set()
