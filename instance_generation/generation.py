"""Stage 6: let the assistant carry out every instruction by calling the simulated API, and write down the traces.

    python instance_generation/generation.py -api ./data/api_data.json -out ./data

Needs the simulator of stage 5. Writes OUT/PREFIX_FROM_TO.json: the records with their Instances, one per instruction.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.cli import (
    add_api_flag,
    add_llm_flags,
    add_out_folder_flag,
    non_negative_int,
    output_folder,
    positive_int,
    run_main,
    stage_parser,
)
from toolalpaca.errors import UsageError
from toolalpaca.records import ApiRecord, previous_records, read_records, updated_record

FORMS = ("train_v2", "train_v1", "test_v1", "test_v2")


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the records that stage 4 wrote, or a published evaluation file")
    add_out_folder_flag(parser, "folder for the traces, the store of calls and the run log")
    parser.add_argument("-llm", "--llm", metavar="MODEL",
                        help="the assistant: gpt3, gpt-3 or chatgpt; a model name of the endpoint; a folder with a "
                             "Hugging Face model, hf:ID or owner/name (default: the assistant of the roles file)")
    parser.add_argument("--server_url", metavar="URL", default="http://127.0.0.1:5678", help="where the simulator is")
    parser.add_argument("--agent_prompt", choices=FORMS, default="train_v2", help="prompt form of the assistant")
    parser.add_argument("--use_cache", action="store_true",
                        help="show the simulator's model what was asked before in the same conversation")
    parser.add_argument("--without_getDetails", action="store_true", help="the assistant cannot ask the user back")
    parser.add_argument("--max_steps", metavar="N", type=positive_int, default=10,
                        help="calls an assistant may make before its conversation is given up")
    parser.add_argument("--offset", metavar="N", type=non_negative_int, default=0, help="first API, counted from 0")
    parser.add_argument("--length", metavar="N", type=int, default=-1, help="number of APIs, -1 for all that follow")
    parser.add_argument("--output_prefix", metavar="NAME", default="api_data", help="first part of the output's name")
    add_llm_flags(parser, "assistant", model_flag=False)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    records, output = chosen_part(args, read_records(args.api_data_path, ("Name", "Instructions")))

    from agent.backends import choose, listed_models
    from agent.instances import FIXED_CLOCK, STAGE, InstanceMaker, settings_of, task_name, tasks_of, with_instances
    from agent.loop import Limits
    from agent.prompt_forms import PROMPT_FORMS, TEMPLATE_FOLDER, assistant_prompt
    from agent.transport import Simulator
    from agent.user import PLACEHOLDERS, UserAgent
    from toolalpaca.prompts import Prompt
    from toolalpaca.roles import role_settings
    from toolalpaca.stage import Stage, StagePlan

    choice = choose(args.llm, lambda: listed_models(role_settings("assistant", args)))
    args.model = choice.endpoint_model
    form, user_prompt = PROMPT_FORMS[args.agent_prompt], Prompt(TEMPLATE_FOLDER / "User.txt", PLACEHOLDERS)
    settings = {"agent_prompt": form.name, "assistant_prompt": assistant_prompt(form).fingerprint,
                "user_prompt": user_prompt.fingerprint, "getDetails": not args.without_getDetails,
                "use_cache": args.use_cache, "max_steps": args.max_steps}
    tasks = tasks_of(records)
    if not tasks:
        raise UsageError(f"{args.api_data_path}: the chosen records hold no Instructions; run stage 4 first")
    simulator = Simulator(args.server_url)
    simulator.check()
    roles = ("assistant",) if args.without_getDetails else ("assistant", "user")
    names = [task_name(records[task.record], task.index) for task in tasks]
    stage = Stage(StagePlan(STAGE, output, roles, "assistant", settings), args, names)
    user = None if args.without_getDetails else UserAgent(stage.models["user"], user_prompt)
    maker = InstanceMaker(records, stage.models["assistant"], form, user, simulator, stage.store,
                          settings_of(settings, stage.models), Limits(steps=args.max_steps), args.use_cache,
                          clock=datetime.now if args.seed is None else lambda: FIXED_CLOCK,
                          files=output.parent / "files")
    if args.dry_run:
        return stage.dry_run(maker.expected_calls(tasks))
    results = stage.run(tasks, maker.make, name=maker.name, unit="instance")
    previous = previous_records(output)
    stage.write(updated_record(record, made, STAGE, previous.get(record["Name"]))
                for record, made in zip(records, with_instances(records, tasks, results), strict=True))
    return stage.close()


def chosen_part(args: argparse.Namespace, records: list[ApiRecord]) -> tuple[list[ApiRecord], Path]:
    """The records that --offset and --length choose, and the file that will hold them."""
    if args.offset >= len(records):
        raise UsageError(f"--offset {args.offset}: {args.api_data_path} holds {len(records)} records, counted from 0")
    if args.length == 0 or args.length < -1:
        raise UsageError(f"--length {args.length}: give a number of 1 or more, or -1 for all that follow")
    end = len(records) if args.length == -1 else args.offset + args.length
    name = f"{args.output_prefix}_{args.offset}_{end}.json"
    if Path(name).name != name:
        raise UsageError(f"--output_prefix {args.output_prefix!r}: give a name without slashes; -out is the folder")
    return records[args.offset:end], output_folder(args.output_dir) / name


if __name__ == "__main__":
    run_main(main)
