"""Stage 6's work put together from its command line: the assistant's model, the user, the environment."""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, cast

from toolalpaca.agent.dialogue import Assistant, EndpointAssistant, TextDialogue
from toolalpaca.agent.distractors import draw_distractors
from toolalpaca.agent.environments.base import Environment
from toolalpaca.agent.environments.credentials import variables_of
from toolalpaca.agent.environments.live import LiveEnvironment, LiveNetwork
from toolalpaca.agent.environments.mcp_environment import McpEnvironment
from toolalpaca.agent.environments.permission import check_credentials
from toolalpaca.agent.environments.simulated import SimulatedEnvironment, SimulatorClients
from toolalpaca.agent.environments.unexecuted import UnexecutedEnvironment
from toolalpaca.agent.instances import (
    FIXED_CLOCK,
    STAGE,
    BeginDialogue,
    InstanceMaker,
    Task,
    likely_calls,
    settings_of,
    tasks_of,
    with_instances,
)
from toolalpaca.agent.loop import ConversationLimits
from toolalpaca.agent.model_ref import Choice, choose, listed_models
from toolalpaca.agent.tool_dialogue import ToolDialogue, tools_prompt
from toolalpaca.agent.user import PLACEHOLDERS, UserAgent
from toolalpaca.conversation.forms import PROMPT_FORMS, TOOLS
from toolalpaca.conversation.function_choice import too_many_note
from toolalpaca.conversation.outcome import kinds_of
from toolalpaca.conversation.rendering import assistant_prompt
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import PROMPTS
from toolalpaca.core.log import log_line
from toolalpaca.core.mcp_client import server_at
from toolalpaca.data.merge import previous_records, updated_record
from toolalpaca.data.schema import ApiRecord, Instance
from toolalpaca.data.shards import Corpus, CorpusPart
from toolalpaca.llm.prompts import Prompt
from toolalpaca.llm.roles import DEFAULT_KEY, ROLES, ModelFlags, role_settings
from toolalpaca.llm.store import FinishedCalls
from toolalpaca.runner.executor import TaskContext
from toolalpaca.runner.stage import RunOptions, Stage, StagePlan


@dataclass(frozen=True)
class GenerationWork:
    """From an instruction to its instance. `args` is the command line, `settings` what of it decides instances."""

    args: argparse.Namespace
    local_model: str | None
    user_prompt: Prompt
    settings: dict[str, Any]

    @classmethod
    def of(cls, args: argparse.Namespace, choice: Choice) -> "GenerationWork":
        """Return the work; raise UsageError for a template or a combination of flags that does not work."""
        user_prompt = Prompt(PROMPTS / "User.txt", PLACEHOLDERS)
        return cls(args, choice.local_model, user_prompt, _settings(args, choice.local_model, user_prompt))

    @property
    def gpus(self) -> int:
        """Return how many GPUs a process uses: one for a local model."""
        return 1 if self.local_model else 0

    def begin(self, context: TaskContext) -> Callable[[Task], Instance]:
        """Return the function that makes instances; load the local model if the assistant is one."""
        args = self.args
        user = None if args.without_getDetails else UserAgent(context.models["user"], self.user_prompt)
        return InstanceMaker(
            self._dialogues(context), _environment(args, context.store), user, context.store,
            settings_of(self.settings, context.models),
            ConversationLimits(args.max_steps, args.max_tokens, args.max_seconds),
            datetime.now if args.seed is None else _fixed_clock, args.output_dir / "files", args.max_functions).make

    def _dialogues(self, context: TaskContext) -> BeginDialogue:
        form = self.args.agent_prompt
        if form == TOOLS:
            return partial(ToolDialogue.begin, context.models["assistant"])
        return partial(TextDialogue.begin, PROMPT_FORMS[form], self._assistant(context))

    def _assistant(self, context: TaskContext) -> Assistant:
        if not self.local_model:
            return EndpointAssistant(context.models["assistant"])
        from toolalpaca.agent.local.model import MOST_TOKENS, Sampling, load_local
        from toolalpaca.agent.local.trained_prompt import prompt_difference

        role = role_settings("assistant", ModelFlags.of(self.args))
        sampling = Sampling(self.args.temperature or 0.0, role.top_p or 1.0, role.max_completion_tokens or MOST_TOKENS,
                            role.seed or 0)
        model = load_local(self.local_model, sampling, device=self.args.device, in_flight=context.in_flight,
                           stage=STAGE, store=context.store, meter=context.meter, stopping=context.stopping)
        difference = prompt_difference(self.local_model, model.tokenizer, PROMPT_FORMS[self.args.agent_prompt])
        if difference:
            log_line(difference)
        return model


def _settings(args: argparse.Namespace, local_model: str | None, user_prompt: Prompt) -> dict[str, Any]:
    """What was chosen for this run and decides its instances, in addition to the models."""
    if local_model and args.agent_prompt == TOOLS:
        raise UsageError("--agent_prompt tools: needs a model of an endpoint; local models take the other forms")
    local = {}
    if local_model:
        from toolalpaca.agent.local.model import fingerprint

        local = {"local_model": fingerprint(local_model), "temperature": args.temperature or 0.0}
    prompt = tools_prompt() if args.agent_prompt == TOOLS else assistant_prompt(PROMPT_FORMS[args.agent_prompt])
    return {"agent_prompt": args.agent_prompt, "assistant_prompt": prompt.fingerprint,
            "user_prompt": user_prompt.fingerprint, "getDetails": not args.without_getDetails,
            "use_cache": args.use_cache, "real": args.real, "max_steps": args.max_steps,
            "max_tokens": args.max_tokens, **({"unexecuted": True} if args.unexecuted else {}), **local}


def check_environment(args: argparse.Namespace, records: Sequence[ApiRecord]) -> None:
    """Raise UsageError unless requests can be made, before any call is paid for."""
    if args.unexecuted:
        return
    if args.mcp_server:
        if not args.real:
            raise UsageError("--mcp_server: its tools are really called; add --real")
        server_at(args.mcp_server, "--mcp_server")
        for record in records:
            if variables_of(record):
                raise UsageError(f"{record['Name']!r}: a credential from the environment cannot be sent to an MCP "
                                 "server; give it to the server itself")
    elif args.real:
        endpoint_keys = {role_settings(role, ModelFlags.of(args)).api_key_env for role in ROLES}
        check_credentials(records, args.credential, endpoint_keys | {DEFAULT_KEY})
    else:
        SimulatorClients(args.server_url).check()


def _environment(args: argparse.Namespace, store: FinishedCalls) -> Environment:
    if args.unexecuted:
        return UnexecutedEnvironment()
    if args.mcp_server:
        return McpEnvironment(args.mcp_server, store, STAGE)
    if args.real:
        return LiveEnvironment(LiveNetwork(args.allow_private, args.real_rate), store, STAGE)
    return SimulatedEnvironment(SimulatorClients(args.server_url), args.use_cache)


def _fixed_clock() -> datetime:
    return FIXED_CLOCK


def generate(args: argparse.Namespace, corpus: Corpus) -> int:
    """Make an instance of every instruction and write the records with them, part by part; the exit code."""
    _tasks(args, corpus.first)
    choice = choose(args.llm, lambda: listed_models(role_settings("assistant", ModelFlags.of(args))))
    args.model = choice.endpoint_model
    work = GenerationWork.of(args, choice)
    if not args.dry_run:
        check_environment(args, corpus.first.records)
    roles = (() if choice.local_model else ("assistant",)) + (() if args.without_getDetails else ("user",))
    stage = Stage(StagePlan(STAGE, args.output_dir, roles, "assistant", work.settings), RunOptions.of(args))
    if args.dry_run:
        return stage.dry_run(call for part in corpus for call in likely_calls(_tasks(args, part), roles))
    kinds: Counter[str] = Counter()
    for number, part in enumerate(corpus):
        kinds.update(_generate_part(args, part, stage, work, first=not number))
    stage.report.counts = dict(kinds)
    stage.report.notes.append(f"{STAGE}: " + ", ".join(f"{number} {kind}" for kind, number in kinds.items())
                              + " (one call, several, a detail from the user; rightly no call; no call succeeded)")
    return stage.close()


def _generate_part(args: argparse.Namespace, part: CorpusPart, stage: Stage, work: GenerationWork, *,
                   first: bool) -> dict[str, int]:
    """Make the instances of one file and return how many there are of each kind."""
    part = replace(part, records=draw_distractors(part.records, args.distractors, args.seed or 0))
    tasks = _tasks(args, part)
    if args.real and not first:
        check_environment(args, part.records)
    stage.begin(part.output, [task.name for task in tasks])
    if note := too_many_note(part.records, args.max_functions, "each conversation is"):
        log_line(note)
        stage.report.notes.append(note)
    results = stage.run(tasks, work, name=lambda task: task.name, unit="instance", title=part.title)
    previous = previous_records(part.output)
    finished = list(with_instances(part.records, results))
    stage.write(part.output, (updated_record(record, made, STAGE, previous.get(record["Name"]))
                              for record, made in zip(part.records, finished, strict=True)))
    return kinds_of(cast(ApiRecord, {**record, **made}) for record, made in zip(part.records, finished, strict=True))


def _tasks(args: argparse.Namespace, part: CorpusPart) -> list[Task]:
    tasks = tasks_of(part.records)
    if not tasks:
        raise UsageError(f"{args.api_data_path}: the chosen records hold no Instructions; run stage 4 first")
    return tasks
