"""Measure how much faster ten conversations in flight are than one, for a model run in this process by stage 6.

    python benchmarks/local_model.py --model FOLDER
    OMP_NUM_THREADS=1 python benchmarks/local_model.py --model FOLDER --cpu_time

The prompts are second turns of conversations about one API: the functions, an instruction, a call and its observation.
Each asks for --tokens new tokens. One by one, each prompt is a batch of its own; in flight, threads hand them in
together and they are batched as stage 6 does it; in both, nothing was read before. `kept` are the same turns in flight
after the first turns of the conversations, of which the engine keeps what it read. Times are from the first prompt to
the last answer, the best of the rounds; --cpu_time counts CPU seconds instead, for a machine that has other work.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from measuring import best_of
from processes import ROOT  # noqa: F401 - puts the project on the path

from toolalpaca.core.cli import non_negative_int, positive_int, stage_parser
from toolalpaca.data.record_types import ApiRecord

MUST_REACH = 4.0  # times as fast as one by one
STOP = ("ASSISTANT Observation:",)
FUNCTIONS = 6  # of the API that stands in every prompt


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("--model", metavar="FOLDER", required=True, help="a Hugging Face model folder or hub id")
    parser.add_argument("--in_flight", metavar="N", type=positive_int, default=10, help="conversations in flight")
    parser.add_argument("--tokens", metavar="N", type=positive_int, default=60, help="new tokens per turn")
    parser.add_argument("--rounds", metavar="N", type=positive_int, default=3,
                        help="rounds, of which the best counts")
    parser.add_argument("--device", metavar="N", type=non_negative_int, default=0, help="GPU, if there is one")
    parser.add_argument("--cpu_time", action="store_true", help="count CPU seconds instead of time")
    return parser.parse_args(argv)


def prompts(number: int) -> list[tuple[str, str]]:
    """Return first and second turns of different conversations that share the API they are about."""
    from toolalpaca.conversation.forms import PROMPT_FORMS
    from toolalpaca.conversation.rendering import render_prompt
    from toolalpaca.conversation.steps import Step

    text = ('.\nParameters: {"city": "Required. string. The city.", "days": "integer. Days to look back."}\n'
            "Output: The readings.\n - Format: application/json\n"
            " - Structure: Object{city, readings: Array[Object{day, value, unit}]}")
    described = {f"getReading{place}": f"Reads sensor {place}{text}" for place in range(FUNCTIONS)}
    record: ApiRecord = {"Name": "Sensors", "Introduction": "Readings of sensors in cities.",
                         "Function_Description": described}
    cities = ["Paris", "Lima", "Oslo", "Cork", "Porto", "Ghent", "Riga", "Turin", "Basel", "Kyoto"]
    made = []
    for place in range(number):
        city = cities[place % len(cities)]
        seen = {"city": city, "readings": [{"day": day, "value": 20.5 + day + place, "unit": "C"} for day in range(3)]}
        step = Step("I look it up.", "getReading1", json.dumps({"city": city}),
                    f"Status Code: 200. Response: {json.dumps(seen)}")
        question = f"What did sensor 1 say in {city}, and is that more than {20 + place} degrees?"
        made.append((render_prompt(PROMPT_FORMS["test_v1"], record, question),
                     render_prompt(PROMPT_FORMS["test_v1"], record, question, [step])))
    return made


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    from toolalpaca.agent.local.batching import NO_QUEUE, Batcher, PendingTurn, Sampling
    from toolalpaca.agent.local.local_model import device_name, load_engine

    engine, tokenizer = load_engine(args.model, Sampling(most_tokens=args.tokens), device_name(args.device))
    firsts, ids = ([tokenizer(text)["input_ids"] for text in texts] for texts in zip(*prompts(args.in_flight),
                                                                                     strict=True))
    batcher = Batcher(engine, args.in_flight)
    written: list[int] = []

    def tokens_written(prompt: list[int]) -> int:
        turn = PendingTurn(prompt, STOP)
        engine.run([turn], NO_QUEUE)
        if turn.error is not None:
            raise SystemExit(f"--model {args.model}: {turn.error}")
        return turn.tokens

    def one_by_one() -> None:
        written[:] = map(tokens_written, ids)

    def in_flight() -> None:
        with ThreadPoolExecutor(len(ids)) as pool:
            list(pool.map(lambda prompt: batcher.submit(PendingTurn(prompt, STOP)), ids))

    def first_turns() -> None:
        engine.forget()
        for prompt in firsts:
            tokens_written(prompt)

    clock = time.process_time if args.cpu_time else time.perf_counter
    best_of(1, one_by_one, clock, engine.forget)
    alone, together = (best_of(args.rounds, work, clock, engine.forget) for work in (one_by_one, in_flight))
    kept = best_of(args.rounds, in_flight, clock, first_turns)
    print(f"{len(ids)} prompts of {min(map(len, ids))} to {max(map(len, ids))} tokens, {sum(written)} tokens written")
    print(f"one by one {alone:.2f} s ({sum(written) / alone:.0f} tokens/s); {args.in_flight} in flight "
          f"{together:.2f} s ({sum(written) / together:.0f} tokens/s): {alone / together:.2f} times "
          f"(wanted {MUST_REACH:g})")
    print(f"{args.in_flight} in flight after their first turns {kept:.2f} s: {kept / len(ids):.2f} s a turn")
    return 0


if __name__ == "__main__":
    sys.exit(main())
