"""Reinforcement learning on the simulator: GRPO (Shao et al. 2024) with TRL, rewards by rule and no other model.

    python -m toolalpaca.environment.grpo -api data/eval_simulated.json --model_name_or_path runs/rl/start \\
        --output_dir runs/rl/model --max_steps 4

The model's tokenizer needs a chat template that knows tools. Every option of trl.GRPOConfig is accepted.
"""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from toolalpaca.core.cli import add_api_flag, fraction, from_options, positive_int, run_main, stage_parser
from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_line, one_line, quiet_transformers


@dataclass(frozen=True)
class GrpoOptions:
    """Our own options, under the names of their flags."""

    api_data_path: Path
    model_name_or_path: str
    records: int | None
    environment_seed: int
    failures: float


def parse_args(argv: list[str] | None) -> tuple[GrpoOptions, list[str]]:
    """Return our options, and those that are left for trl.GRPOConfig."""
    parser = stage_parser(__doc__, prog="python -m toolalpaca.environment.grpo")
    add_api_flag(parser, "the records with instructions and golden answers to train on", shards=False)
    parser.add_argument("--model_name_or_path", required=True, metavar="FOLDER", help="the model to start from")
    parser.add_argument("--records", metavar="N", type=positive_int, help="train on the first N records (default: all)")
    parser.add_argument("--environment_seed", metavar="N", type=int, default=0,
                        help="seed of the simulator's answers")
    parser.add_argument("--failures", metavar="FRACTION", type=fraction, default=0.0,
                        help="requests that fail on purpose, 0 to 1")
    args, others = parser.parse_known_args(argv)
    return from_options(GrpoOptions, args), others


def main(argv: list[str] | None = None) -> int:
    options, others = parse_args(argv)
    if find_spec("trl") is None:
        raise UsageError("the package trl is not installed; pip install -r requirements-rl.txt")
    rewards = train(options, others)
    log_line(f"mean reward of each logged step: {', '.join(f'{value:.3f}' for value in rewards)}")
    return 0


def train(options: GrpoOptions, others: list[str]) -> list[float]:
    """Train the model and save it; return the mean reward, from 0 to 1, of each logged step.

    `others` are options of trl.GRPOConfig. Raises UsageError for one that it does not take, and for records without
    golden answers.
    """
    from toolalpaca.training.hardware import name_accelerator

    quiet_transformers()
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")  # which says that environment_factory may change
    name_accelerator()

    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    from toolalpaca.environment.apis import SharedApis
    from toolalpaca.environment.grpo_adapter import environment_classes, rollout_rewards, rows

    records = _records(options.api_data_path, options.records)
    config = _config(GRPOConfig, others)
    apis = SharedApis(seed=options.environment_seed, failures=options.failures)
    tokenizer = AutoTokenizer.from_pretrained(options.model_name_or_path, padding_side="left", trust_remote_code=False)
    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(options.model_name_or_path, trust_remote_code=False),
        processing_class=tokenizer, args=config,
        train_dataset=Dataset.from_list(rows(records)), reward_funcs=rollout_rewards,
        environment_factory=cast(Any, environment_classes(records, apis)))
    trainer.train()
    trainer.save_model(config.output_dir)
    return [line["reward"] for line in trainer.state.log_history if "reward" in line]


def _records(path: Path, number: int | None) -> list[Any]:
    from toolalpaca.data.records import read_records

    records = [record for record in read_records(path)[:number] if record.get("Golden_Answers")]
    if not records:
        raise UsageError(f"{path}: no record has Golden_Answers, against which rewards are counted")
    return records


def _config(kind: Any, others: list[str]) -> Any:
    """Return GRPOConfig from the rest of the command line. Raises UsageError for what it does not take."""
    from toolalpaca.training.trainer import PassedOn

    explained = "trl.GRPOConfig for the options passed on"
    try:
        (config,) = PassedOn(kind, explained).parse_args_into_dataclasses(others, look_for_args_file=False)
    except ValueError as error:
        raise UsageError(f"{one_line(error)}; see {explained}") from None
    return config


if __name__ == "__main__":
    run_main(main)
