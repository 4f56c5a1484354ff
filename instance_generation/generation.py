"""Stage 6: let the assistant carry out every instruction by calling the simulated API, and write down the traces.

    python instance_generation/generation.py -api ./data/api_data.json -out ./data

Needs the simulator of stage 5. Writes OUT/PREFIX_FROM_TO.json: the records with their Instances, one per instruction.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.conversation.forms import PROMPT_FORMS, TOOLS
from toolalpaca.core.cli import (
    add_api_flag,
    add_llm_flags,
    add_out_folder_flag,
    add_ray_flags,
    from_options,
    non_negative_int,
    output_folder,
    positive_float,
    positive_int,
    run_main,
    stage_parser,
)
from toolalpaca.core.errors import UsageError
from toolalpaca.data.corpus_files import is_sharded
from toolalpaca.data.shards import Corpus, CorpusPart, corpus_parts


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the records that instance_generation/instruction.py wrote, or a published evaluation file")
    add_out_folder_flag(parser, "folder for the traces, the store of calls and the run log")
    parser.add_argument("-llm", "--llm", metavar="MODEL",
                        help="the assistant: a model name of the endpoint; gpt3, gpt-3 or chatgpt for the endpoint's "
                             "model that the roles file or OPENAI_DEFAULT_MODEL names; a folder with a "
                             "Hugging Face model, hf:ID or owner/name (default: the assistant of the roles file)")
    parser.add_argument("--server_url", metavar="URL", nargs="+", default=["http://127.0.0.1:5678"],
                        help="where the simulator is, or several are: each conversation stays on one (default: "
                             "http://127.0.0.1:5678)")
    _add_conversation_flags(parser)
    parser.add_argument("--offset", metavar="N", type=non_negative_int, default=0, help="first API, counted from 0")
    parser.add_argument("--length", metavar="N", type=int, default=-1, help="number of APIs, -1 for all that follow")
    parser.add_argument("--output_prefix", metavar="NAME", default="api_data", help="first part of the output's name")
    parser.add_argument("--device", metavar="N", type=non_negative_int, default=0,
                        help="GPU that a local model runs on; without a GPU it runs on the CPU")
    _add_real_flags(parser)
    add_llm_flags(parser, "assistant", model_flag=False)
    add_ray_flags(parser)
    args = parser.parse_args(argv)
    if args.real and args.unexecuted:
        parser.error("--real and --unexecuted contradict each other; leave one out")
    if args.real and args.distractors:
        parser.error("--distractors: their APIs are simulated; leave it out with --real")
    return args


def _add_conversation_flags(parser: argparse.ArgumentParser) -> None:
    """Add what decides how a conversation goes and what it is shown."""
    parser.add_argument("--agent_prompt", choices=(*PROMPT_FORMS, TOOLS), default="train_v2",
                        help="prompt form of the assistant; tools is the endpoint's native tool calling")
    parser.add_argument("--use_cache", action="store_true",
                        help="show the simulator's model all that was asked before in the same conversation, "
                             "not only what a request builds on")
    parser.add_argument("--without_getDetails", action="store_true", help="the assistant cannot ask the user back")
    parser.add_argument("--unexecuted", action="store_true",
                        help="execute nothing: every call succeeds and returns values made up for it, for published "
                             "tests that look at the calls alone; needs no simulator")
    parser.add_argument("--max_steps", metavar="N", type=positive_int, default=10,
                        help="calls an assistant may make before its conversation is given up")
    parser.add_argument("--max_tokens", metavar="N", type=positive_int, default=25_000,
                        help="tokens a conversation may have before it is given up, counted as 4 characters each")
    parser.add_argument("--max_functions", metavar="N", type=positive_int,
                        help="functions that one conversation is shown, for APIs with very many: those of the golden "
                             "answer, those the instruction speaks of, others drawn (default: all)")
    parser.add_argument("--samples", metavar="K", type=positive_int, default=1,
                        help="conversations per instruction, each with a seed of its own; the later ones are in the "
                             "Samples of an instance")
    parser.add_argument("--distractors", metavar="N", type=non_negative_int, default=0,
                        help="functions of other APIs of the file that each API's conversations show as well, drawn by "
                             "--seed from those that can do none of its tasks")
    parser.add_argument("--shots", metavar="N", type=non_negative_int, default=0,
                        help="finished conversations of N other APIs that the assistant reads before the question, "
                             "drawn by --seed from --shots_from (text forms)")
    parser.add_argument("--shots_from", metavar="FILE", type=Path,
                        help="the corpus that --shots draws from, such as data/train_data.json")
    parser.add_argument("--max_seconds", metavar="S", type=positive_float, default=1_800.0,
                        help="time a conversation may take before it is given up")


def _add_real_flags(parser: argparse.ArgumentParser) -> None:
    """Add what concerns real servers."""
    real = parser.add_argument_group("real APIs")
    real.add_argument("--real", action="store_true",
                      help="call the servers that the documents name instead of the simulator")
    real.add_argument("--credential", metavar="NAME", nargs="+", action="extend", default=[],
                      help="environment variables that \"env:NAME\" in a record's Authentication may send to that "
                           "record's server; the run names the servers")
    real.add_argument("--mcp_server", metavar="URL_OR_COMMAND",
                      help="with --real: the MCP server whose tools the records describe, as "
                           "tool_maker/import_mcp.py takes it")
    real.add_argument("--allow_private", action="store_true",
                      help="let --real reach private and loopback addresses, such as a server on this machine")
    real.add_argument("--real_rate", metavar="R", type=positive_float, default=2.0,
                      help="requests a second to one host under --real")


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    corpus = chosen_parts(args)
    output_folder(args.output_dir)

    from toolalpaca.agent.generation_stage import GenerationConfig, generate

    return generate(from_options(GenerationConfig, args), corpus)


def chosen_parts(args: argparse.Namespace) -> Corpus:
    """Return the chosen records, with the files that will hold them: all shards, or a part of one file."""
    if Path(args.output_prefix).name != args.output_prefix:
        raise UsageError(f"--output_prefix {args.output_prefix!r}: give a name without slashes; -out is the folder")
    corpus = corpus_parts(args.api_data_path, args.output_dir / f"{args.output_prefix}.json", ("Name", "Instructions"))
    if not is_sharded(args.api_data_path):
        return Corpus(chosen_part(args, corpus.first))
    if args.offset or args.length != -1:
        raise UsageError("--offset and --length choose within one file; of shards, name the ones that are wanted, such "
                         "as -api 'shards/part-0000*.parquet'")
    return corpus


def chosen_part(args: argparse.Namespace, part: CorpusPart) -> CorpusPart:
    """Return what --offset and --length choose of a file; the output's name says so."""
    if args.offset >= len(part.records):
        raise UsageError(f"--offset {args.offset}: {args.api_data_path} holds {len(part.records)} records, "
                         "counted from 0")
    if args.length == 0 or args.length < -1:
        raise UsageError(f"--length {args.length}: give a number of 1 or more, or -1 for all that follow")
    end = len(part.records) if args.length == -1 else args.offset + args.length
    output = part.output.with_stem(f"{part.output.stem}_{args.offset}_{end}")
    return CorpusPart(part.records[args.offset:end], output)


if __name__ == "__main__":
    run_main(main)
