"""Stage 6 put together from its command line: the assistant's model, the user, the world and the output file."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from agent.backends import Choice, choose, listed_models
from agent.credentials import check_credentials
from agent.dialogue import TOOLS, Assistant, TextDialogue, ToolDialogue, tools_prompt
from agent.instances import (
    FIXED_CLOCK,
    STAGE,
    BeginDialogue,
    InstanceMaker,
    expected_calls,
    settings_of,
    task_name,
    tasks_of,
    with_instances,
)
from agent.loop import Limits
from agent.prompt_forms import PROMPT_FORMS, TEMPLATE_FOLDER, assistant_prompt
from agent.real_api import Internet
from agent.simulators import Simulators
from agent.user import PLACEHOLDERS, UserAgent
from agent.worlds import RealWorld, SimulatedWorld, World
from toolalpaca.errors import UsageError
from toolalpaca.prompts import Prompt
from toolalpaca.records import ApiRecord, previous_records, updated_record
from toolalpaca.roles import role_settings
from toolalpaca.stage import Stage, StagePlan
from toolalpaca.store import CallStore
from toolalpaca.trace_kinds import kinds_of


def generate(args: argparse.Namespace, records: Sequence[ApiRecord], output: Path) -> int:
    """Make an instance of every instruction and write the records with them to `output`; the exit code."""
    tasks = tasks_of(records)
    if not tasks:
        raise UsageError(f"{args.api_data_path}: the chosen records hold no Instructions; run stage 4 first")
    choice = choose(args.llm, lambda: listed_models(role_settings("assistant", args)))
    args.model = choice.endpoint_model
    user_prompt = Prompt(TEMPLATE_FOLDER / "User.txt", PLACEHOLDERS)
    settings = _settings(args, choice, user_prompt)
    if not args.dry_run:
        _check_world(args, records)
    roles = (() if choice.local_model else ("assistant",)) + (() if args.without_getDetails else ("user",))
    plan = StagePlan(STAGE, output, roles, "assistant", settings)
    stage = Stage(plan, args, [task_name(records[task.record], task.index) for task in tasks])
    if args.dry_run:
        return stage.dry_run(expected_calls(records, tasks, roles))
    user = None if args.without_getDetails else UserAgent(stage.models["user"], user_prompt)
    maker = InstanceMaker(
        records, _dialogues(args, choice, stage), _world(args, stage.store), user, stage.store,
        settings_of(settings, stage.models), Limits(args.max_steps, args.max_tokens, args.max_seconds),
        datetime.now if args.seed is None else lambda: FIXED_CLOCK, output.parent / "files")
    results = stage.run(tasks, maker.make, name=maker.name, unit="instance")
    previous = previous_records(output)
    finished = list(with_instances(records, tasks, results))
    stage.report.counts = kinds = kinds_of(cast(list[ApiRecord], finished))
    stage.report.notes.append(f"{STAGE}: " + ", ".join(f"{number} {kind}" for kind, number in kinds.items())
                              + " (needed one call, several, a detail from the user; got no call through)")
    stage.write(updated_record(record, made, STAGE, previous.get(record["Name"]))
                for record, made in zip(records, finished, strict=True))
    return stage.close()


def _settings(args: argparse.Namespace, choice: Choice, user_prompt: Prompt) -> dict[str, Any]:
    """What was chosen for this run and decides its instances, beside the models."""
    if choice.local_model and args.agent_prompt == TOOLS:
        raise UsageError("--agent_prompt tools: needs a model of an endpoint; local models take the other forms")
    local = {}
    if choice.local_model:
        from agent.local_model import fingerprint

        local = {"local_model": fingerprint(choice.local_model), "temperature": args.temperature or 0.0}
    prompt = tools_prompt() if args.agent_prompt == TOOLS else assistant_prompt(PROMPT_FORMS[args.agent_prompt])
    return {"agent_prompt": args.agent_prompt, "assistant_prompt": prompt.fingerprint,
            "user_prompt": user_prompt.fingerprint, "getDetails": not args.without_getDetails,
            "use_cache": args.use_cache, "real": args.real, "max_steps": args.max_steps,
            "max_tokens": args.max_tokens, **local}


def _check_world(args: argparse.Namespace, records: Sequence[ApiRecord]) -> None:
    """See that requests can be made before any call is paid for."""
    if args.real:
        check_credentials(records)
    else:
        Simulators(args.server_url).check()


def _world(args: argparse.Namespace, store: CallStore) -> World:
    if args.real:
        return RealWorld(Internet(args.allow_private, args.real_rate), store, STAGE)
    return SimulatedWorld(Simulators(args.server_url), args.use_cache)


def _dialogues(args: argparse.Namespace, choice: Choice, stage: Stage) -> BeginDialogue:
    if args.agent_prompt == TOOLS:
        return partial(ToolDialogue.begin, stage.models["assistant"])
    return partial(TextDialogue.begin, PROMPT_FORMS[args.agent_prompt], _assistant(args, choice, stage))


def _assistant(args: argparse.Namespace, choice: Choice, stage: Stage) -> Assistant:
    if not choice.local_model:
        return stage.models["assistant"]
    from agent.local_model import MOST_TOKENS, Sampling, load_local

    role = role_settings("assistant", args)
    sampling = Sampling(args.temperature or 0.0, role.top_p or 1.0, role.max_completion_tokens or MOST_TOKENS,
                        role.seed or 0)
    return load_local(choice.local_model, sampling, device=args.device, in_flight=args.num_workers, stage=STAGE,
                      store=stage.store, meter=stage.meter, stopping=stage.workers.stopping)
