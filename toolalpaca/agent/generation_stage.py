"""Stage 6: sets up the assistant's model, the user and the environment from its options, and makes the instances.

The assistant's model is one at the endpoint or a local Hugging Face model.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from toolalpaca.agent.api import Api
from toolalpaca.agent.dialogue import Assistant, Dialogue, EndpointAssistant, TextDialogue, ToolDialogue, tools_prompt
from toolalpaca.agent.environments.credentials import variables_of
from toolalpaca.agent.environments.interface import Environment, UnexecutedEnvironment
from toolalpaca.agent.environments.live import LiveEnvironment, LiveNetwork, check_credentials
from toolalpaca.agent.environments.mcp_environment import McpEnvironment
from toolalpaca.agent.environments.simulated import SimulatedEnvironment, SimulatorClients
from toolalpaca.agent.instances import STAGE, BeginDialogue, InstanceMaker, Task, likely_calls, tasks_of, with_instances
from toolalpaca.agent.loop import ConversationLimits
from toolalpaca.agent.user_agent import FOLLOW_UP_PLACEHOLDERS, PLACEHOLDERS, UserAgent
from toolalpaca.agent.worked_examples import WorkedExamples
from toolalpaca.conversation.forms import PROMPT_FORMS, TOOLS
from toolalpaca.conversation.function_choice import draw_distractors, too_many_note
from toolalpaca.conversation.outcome import TASK_KINDS, count_repaired_turns, count_task_kinds
from toolalpaca.conversation.rendering import assistant_prompt
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import PROMPTS
from toolalpaca.core.log import log_line
from toolalpaca.core.mcp_client import mcp_target
from toolalpaca.data.day import clock_of
from toolalpaca.data.merge import StageOutcome, previous_records, updated_record
from toolalpaca.data.record_types import ApiRecord, Instance
from toolalpaca.data.shards import Corpus, CorpusPart
from toolalpaca.llm.chat import ChatModel
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.prompts import Prompt
from toolalpaca.llm.roles import DEFAULT_KEY, ROLES, role_settings
from toolalpaca.llm.store import FinishedCalls
from toolalpaca.runner.executor import TaskContext
from toolalpaca.runner.stage import RunOptions, Stage, StagePlan

SHORTHANDS = ("gpt3", "gpt-3", "chatgpt")  # of the paper's commands; the models they meant are no longer served
HUB_PREFIX = "hf:"


@dataclass(frozen=True)
class ModelReference:
    """The meaning of `-llm`: a model at the endpoint (None: the role's own), or a local folder or hub id."""

    endpoint_model: str | None = None
    local_model: str | None = None


def model_reference(name: str | None, listed: Callable[[], set[str]]) -> ModelReference:
    """Return what a name refers to; `listed` gives the endpoint's models and is called only for `owner/name`.

    Raises UsageError for a folder without a model.
    """
    if name is None or name in SHORTHANDS:
        return ModelReference()
    if name.startswith(HUB_PREFIX):
        return ModelReference(local_model=name.removeprefix(HUB_PREFIX))
    if Path(name).is_dir():
        if not (Path(name) / "config.json").exists():
            raise UsageError(f"{name}: this folder holds no Hugging Face model (no config.json)")
        return ModelReference(local_model=name)
    if name.startswith((".", "/", "~")):
        raise UsageError(f"{name}: no such folder")
    if name.count("/") == 1 and name not in listed():
        return ModelReference(local_model=name)
    return ModelReference(endpoint_model=name)


SAMPLE_SEED = 1009  # from one sample's seed to the next's


@dataclass(frozen=True)
class GenerationConfig:
    """Command-line options of stage 6, under the names of its flags."""

    api_data_path: Path
    output_dir: Path
    llm: str | None
    server_url: list[str]
    agent_prompt: str
    use_cache: bool
    without_getDetails: bool
    unexecuted: bool
    max_steps: int
    max_tokens: int
    max_functions: int | None
    distractors: int
    shots: int
    shots_from: Path | None
    samples: int
    max_seconds: float
    device: int
    real: bool
    credential: list[str]
    mcp_server: str | None
    allow_private: bool
    real_rate: float
    run: RunOptions


@dataclass(frozen=True)
class GenerationWork:
    """The work of stage 6, from an instruction to its instance. `settings` are the options that determine instances."""

    config: GenerationConfig
    local_model: str | None
    user_prompt: Prompt
    settings: dict[str, Any]
    examples: WorkedExamples | None = None

    @classmethod
    def of(cls, config: GenerationConfig, reference: ModelReference) -> "GenerationWork":
        """Return the work; raise UsageError for an invalid template or combination of options."""
        user_prompt = Prompt(PROMPTS / "User.txt", PLACEHOLDERS)
        examples = _worked_examples(config)
        settings = _settings(config, reference.local_model, user_prompt)
        if examples:
            settings["shots"] = examples.fingerprint
        return cls(config, reference.local_model, user_prompt, settings, examples)

    @property
    def gpus(self) -> int:
        """Return how many GPUs a process uses: one for a local model."""
        return 1 if self.local_model else 0

    def begin(self, context: TaskContext) -> Callable[[Task], Instance]:
        """Return the function that makes instances; load the local model if the assistant is one."""
        config = self.config
        models = {role: model.settings.deciding() for role, model in context.models.items()}
        follow_up = Prompt(PROMPTS / "User_follow_up.txt", FOLLOW_UP_PLACEHOLDERS)
        user = None if config.without_getDetails else UserAgent(context.models["user"], self.user_prompt, follow_up)
        return InstanceMaker(
            begin=self._dialogues(context), environment=_environment(config, context.store), user=user,
            store=context.store, settings=self.settings | models,  # what with the record determines an instance
            limits=ConversationLimits(config.max_steps, config.max_tokens, config.max_seconds),
            clock=clock_of(config.run.flags.seed), keeps_day=not config.real, files=config.output_dir / "files",
            max_functions=config.max_functions).make

    def _dialogues(self, context: TaskContext) -> BeginDialogue:
        local = self._local_assistant(context, self.local_model) if self.local_model else None
        form = self.config.agent_prompt

        def begin(api: Api, task: Task) -> Dialogue:
            if form == TOOLS:
                model = sampled(context.models["assistant"], task.sample)
                return ToolDialogue.begin(model, api, task.name, task.instruction)
            assistant = local or EndpointAssistant(sampled(context.models["assistant"], task.sample))
            examples = self.examples.text(PROMPT_FORMS[form], api.record["Name"]) if self.examples else ""
            return TextDialogue.begin(assistant, api, task.name, task.instruction, PROMPT_FORMS[form], examples)

        return begin

    def _local_assistant(self, context: TaskContext, name: str) -> Assistant:
        from toolalpaca.agent.local.batching import MOST_TOKENS, Sampling
        from toolalpaca.agent.local.local_model import load_local
        from toolalpaca.conversation.golden_prompt import prompt_difference

        flags = self.config.run.flags
        role = role_settings("assistant", flags)
        sampling = Sampling(flags.temperature or 0.0, role.top_p or 1.0, role.max_completion_tokens or MOST_TOKENS,
                            role.seed or 0)
        model = load_local(name, sampling, device=self.config.device, stage=STAGE, context=context)
        difference = prompt_difference(name, model.tokenizer, PROMPT_FORMS[self.config.agent_prompt])
        if difference:
            log_line(difference)
        return model


def sampled(model: ChatModel, sample: int) -> ChatModel:
    """Return the model for one of several samples: the first unchanged, each later one with a seed of its own."""
    if not sample:
        return model
    return replace(model, settings=replace(model.settings, seed=(model.settings.seed or 0) + SAMPLE_SEED * sample))


def _settings(config: GenerationConfig, local_model: str | None, user_prompt: Prompt) -> dict[str, Any]:
    """Return what was chosen for this run and decides its instances, in addition to the models."""
    if local_model and config.agent_prompt == TOOLS:
        raise UsageError("--agent_prompt tools: needs a model of an endpoint; local models take the other forms")
    local = {}
    if local_model:
        from toolalpaca.agent.local.local_model import model_fingerprint

        local = {"local_model": model_fingerprint(local_model), "temperature": config.run.flags.temperature or 0.0}
    prompt = tools_prompt() if config.agent_prompt == TOOLS else assistant_prompt(PROMPT_FORMS[config.agent_prompt])
    return {"agent_prompt": config.agent_prompt, "assistant_prompt": prompt.fingerprint,
            "user_prompt": user_prompt.fingerprint, "getDetails": not config.without_getDetails,
            "use_cache": config.use_cache, "real": config.real, "max_steps": config.max_steps,
            "max_tokens": config.max_tokens, **({"unexecuted": True} if config.unexecuted else {}), **local}


def _worked_examples(config: GenerationConfig) -> WorkedExamples | None:
    if not config.shots:
        return None
    if config.shots_from is None:
        raise UsageError(f"--shots {config.shots}: name the corpus that they are drawn from with --shots_from FILE")
    if config.agent_prompt == TOOLS:
        raise UsageError("--shots: the examples are written in the labels of a text form; choose another "
                         "--agent_prompt than tools")
    return WorkedExamples.draw(config.shots_from, config.shots, config.run.flags.seed or 0,
                               get_details=not config.without_getDetails)


def check_environment(config: GenerationConfig, records: Sequence[ApiRecord]) -> None:
    """Raise UsageError unless requests can be made, before any call is paid for."""
    if config.unexecuted:
        return
    if config.mcp_server:
        if not config.real:
            raise UsageError("--mcp_server: its tools are really called; add --real")
        mcp_target(config.mcp_server, "--mcp_server")
        for record in records:
            if variables_of(record):
                raise UsageError(f"{record['Name']!r}: a credential from the environment cannot be sent to an MCP "
                                 "server; give it to the server itself")
    elif config.real:
        endpoint_keys = {role_settings(role, config.run.flags).api_key_env for role in ROLES}
        check_credentials(records, config.credential, endpoint_keys | {DEFAULT_KEY})
    else:
        SimulatorClients(config.server_url).check()


def _environment(config: GenerationConfig, store: FinishedCalls) -> Environment:
    if config.unexecuted:
        return UnexecutedEnvironment()
    if config.mcp_server:
        return McpEnvironment(config.mcp_server, store, STAGE)
    if config.real:
        return LiveEnvironment(LiveNetwork(config.allow_private, config.real_rate), store, STAGE)
    return SimulatedEnvironment(SimulatorClients(config.server_url), config.use_cache)


def generate(config: GenerationConfig, corpus: Corpus) -> int:
    """Make an instance of every instruction and write the records with them, part by part; return the exit
    code."""
    _tasks(config, corpus.first)
    reference = model_reference(
        config.llm, lambda: Endpoint(role_settings("assistant", config.run.flags), 1).listed())
    config = replace(config, run=replace(config.run, flags=replace(config.run.flags, model=reference.endpoint_model)))
    work = GenerationWork.of(config, reference)
    if not config.run.dry_run:
        check_environment(config, corpus.first.records)
    roles = (() if reference.local_model else ("assistant",)) + (() if config.without_getDetails else ("user",))
    stage = Stage(StagePlan(STAGE, config.output_dir, roles, "assistant", work.settings), config.run)
    if config.run.dry_run:
        return stage.dry_run(call for part in corpus for call in likely_calls(_tasks(config, part), roles))
    counts: Counter[str] = Counter()
    for number, part in enumerate(corpus):
        counts.update(_generate_part(config, part, stage, work, first=not number))
    stage.report.counts = dict(counts)
    stage.report.notes.append(f"{STAGE}: " + ", ".join(f"{counts[kind]} {kind}" for kind in TASK_KINDS)
                              + " (one call, several, a detail from the user; rightly no call; no call succeeded); "
                              f"{counts['turns_asked_again']} turns asked again, "
                              f"{counts['turns_fixed']} calls read after a fix")
    return stage.close()


def _generate_part(config: GenerationConfig, part: CorpusPart, stage: Stage, work: GenerationWork, *,
                   first: bool) -> dict[str, int]:
    """Make the instances of one file; return how many there are of each kind, and the counts of repaired turns."""
    part = replace(part, records=draw_distractors(part.records, config.distractors, config.run.flags.seed or 0))
    tasks = _tasks(config, part)
    without = [record["Name"] for record in part.records if not record.get("Instructions")]
    if without:
        log_line(f"{STAGE}: {len(without)} of {len(part.records)} APIs have no Instructions, such as {without[0]!r}; "
                 "instance_generation/instruction.py, run again, tries those that failed")
    if config.real and not first:
        check_environment(config, part.records)
    stage.begin(part.output, [task.name for task in tasks])
    if note := too_many_note(part.records, config.max_functions, "each conversation is"):
        log_line(note)
        stage.report.notes.append(note)
    results = stage.run(tasks, work, name=lambda task: task.name, unit="instance", title=part.title)
    previous = previous_records(part.output)
    finished = list(with_instances(part.records, results, config.samples))
    stage.write(part.output, (updated_record(record, StageOutcome(STAGE, made), previous.get(record["Name"]))
                              for record, made in zip(part.records, finished, strict=True)))
    made = [cast(ApiRecord, {**record, **keys}) for record, keys in zip(part.records, finished, strict=True)]
    return {**count_task_kinds(made), **count_repaired_turns(made)}


def _tasks(config: GenerationConfig, part: CorpusPart) -> list[Task]:
    tasks = tasks_of(part.records, config.samples)
    if not tasks:
        raise UsageError(f"{config.api_data_path}: the chosen records hold no Instructions; run "
                         "instance_generation/instruction.py first")
    return tasks
