"""Stage 6's work put together from its command line: the assistant's model, the user, the world."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from agent.backends import Choice
from agent.credentials import check_credentials
from agent.dialogue import TOOLS, Assistant, TextDialogue, ToolDialogue, tools_prompt
from agent.instances import FIXED_CLOCK, STAGE, BeginDialogue, InstanceMaker, Task, settings_of
from agent.loop import Limits
from agent.prompt_forms import PROMPT_FORMS, TEMPLATE_FOLDER, assistant_prompt
from agent.real_api import Internet
from agent.simulators import Simulators
from agent.user import PLACEHOLDERS, UserAgent
from agent.worlds import RealWorld, SimulatedWorld, World
from toolalpaca.errors import UsageError
from toolalpaca.prompts import Prompt
from toolalpaca.records import ApiRecord, Instance
from toolalpaca.roles import role_settings
from toolalpaca.store import FinishedCalls
from toolalpaca.work import Kit


@dataclass(frozen=True)
class GenerationWork:
    """From an instruction to its instance. `args` is the command line, `settings` what of it decides instances."""

    args: argparse.Namespace
    local_model: str | None
    user_prompt: Prompt
    settings: dict[str, Any]

    @classmethod
    def of(cls, args: argparse.Namespace, choice: Choice) -> "GenerationWork":
        """Raises UsageError for a template or a combination of flags that does not work."""
        user_prompt = Prompt(TEMPLATE_FOLDER / "User.txt", PLACEHOLDERS)
        return cls(args, choice.local_model, user_prompt, _settings(args, choice.local_model, user_prompt))

    @property
    def gpus(self) -> int:
        """A local model takes one."""
        return 1 if self.local_model else 0

    def begin(self, kit: Kit) -> Callable[[Task], Instance]:
        """Makes instances; loads the local model if the assistant is one."""
        args = self.args
        user = None if args.without_getDetails else UserAgent(kit.models["user"], self.user_prompt)
        return InstanceMaker(
            self._dialogues(kit), _world(args, kit.store), user, kit.store, settings_of(self.settings, kit.models),
            Limits(args.max_steps, args.max_tokens, args.max_seconds),
            datetime.now if args.seed is None else _fixed_clock, args.output_dir / "files").make

    def _dialogues(self, kit: Kit) -> BeginDialogue:
        form = self.args.agent_prompt
        if form == TOOLS:
            return partial(ToolDialogue.begin, kit.models["assistant"])
        return partial(TextDialogue.begin, PROMPT_FORMS[form], self._assistant(kit))

    def _assistant(self, kit: Kit) -> Assistant:
        if not self.local_model:
            return kit.models["assistant"]
        from agent.local_model import MOST_TOKENS, Sampling, load_local

        role = role_settings("assistant", self.args)
        sampling = Sampling(self.args.temperature or 0.0, role.top_p or 1.0, role.max_completion_tokens or MOST_TOKENS,
                            role.seed or 0)
        return load_local(self.local_model, sampling, device=self.args.device, in_flight=kit.in_flight, stage=STAGE,
                          store=kit.store, meter=kit.meter, stopping=kit.stopping)


def _settings(args: argparse.Namespace, local_model: str | None, user_prompt: Prompt) -> dict[str, Any]:
    """What was chosen for this run and decides its instances, beside the models."""
    if local_model and args.agent_prompt == TOOLS:
        raise UsageError("--agent_prompt tools: needs a model of an endpoint; local models take the other forms")
    local = {}
    if local_model:
        from agent.local_model import fingerprint

        local = {"local_model": fingerprint(local_model), "temperature": args.temperature or 0.0}
    prompt = tools_prompt() if args.agent_prompt == TOOLS else assistant_prompt(PROMPT_FORMS[args.agent_prompt])
    return {"agent_prompt": args.agent_prompt, "assistant_prompt": prompt.fingerprint,
            "user_prompt": user_prompt.fingerprint, "getDetails": not args.without_getDetails,
            "use_cache": args.use_cache, "real": args.real, "max_steps": args.max_steps,
            "max_tokens": args.max_tokens, **local}


def check_world(args: argparse.Namespace, records: Sequence[ApiRecord]) -> None:
    """See that requests can be made before any call is paid for."""
    if args.real:
        check_credentials(records)
    else:
        Simulators(args.server_url).check()


def _world(args: argparse.Namespace, store: FinishedCalls) -> World:
    if args.real:
        return RealWorld(Internet(args.allow_private, args.real_rate), store, STAGE)
    return SimulatedWorld(Simulators(args.server_url), args.use_cache)


def _fixed_clock() -> datetime:
    return FIXED_CLOCK
