"""Stage 6 over its files: a task for every instruction, its instance made, the records written with them."""

import argparse
from collections import Counter
from typing import cast

from agent.backends import choose, listed_models
from agent.credentials import check_credentials
from agent.generation_work import GenerationWork, check_world
from agent.instances import STAGE, Task, likely_calls, tasks_of, with_instances
from toolalpaca.errors import UsageError
from toolalpaca.parts import Corpus, Part
from toolalpaca.records import ApiRecord, previous_records, updated_record
from toolalpaca.roles import role_settings
from toolalpaca.stage import Stage, StagePlan
from toolalpaca.trace_kinds import kinds_of


def generate(args: argparse.Namespace, corpus: Corpus) -> int:
    """Make an instance of every instruction and write the records with them, part by part; the exit code."""
    _tasks(args, corpus.first)
    choice = choose(args.llm, lambda: listed_models(role_settings("assistant", args)))
    args.model = choice.endpoint_model
    work = GenerationWork.of(args, choice)
    if not args.dry_run:
        check_world(args, corpus.first.records)
    roles = (() if choice.local_model else ("assistant",)) + (() if args.without_getDetails else ("user",))
    stage = Stage(StagePlan(STAGE, args.output_dir, roles, "assistant", work.settings), args)
    if args.dry_run:
        return stage.dry_run(call for part in corpus for call in likely_calls(_tasks(args, part), roles))
    kinds: Counter[str] = Counter()
    for part in corpus:
        kinds.update(_generate_part(args, part, stage, work))
    stage.report.counts = dict(kinds)
    stage.report.notes.append(f"{STAGE}: " + ", ".join(f"{number} {kind}" for kind, number in kinds.items())
                              + " (needed one call, several, a detail from the user; got no call through)")
    return stage.close()


def _generate_part(args: argparse.Namespace, part: Part, stage: Stage, work: GenerationWork) -> dict[str, int]:
    """The instances of one file, and how many there are of each kind."""
    tasks = _tasks(args, part)
    if args.real:
        check_credentials(part.records)
    stage.begin(part.output, [task.name for task in tasks])
    results = stage.run(tasks, work, name=lambda task: task.name, unit="instance", title=part.title)
    previous = previous_records(part.output)
    finished = list(with_instances(part.records, results))
    stage.write(part.output, (updated_record(record, made, STAGE, previous.get(record["Name"]))
                              for record, made in zip(part.records, finished, strict=True)))
    return kinds_of(cast(list[ApiRecord], finished))


def _tasks(args: argparse.Namespace, part: Part) -> list[Task]:
    tasks = tasks_of(part.records)
    if not tasks:
        raise UsageError(f"{args.api_data_path}: the chosen records hold no Instructions; run stage 4 first")
    return tasks
