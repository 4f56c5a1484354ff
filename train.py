"""Stage 8: fine-tune a causal language model on the examples, with the loss on what the assistant wrote.

    python train.py --model_name_or_path M --data_path ./data/sft_data.json --output_dir ./runs/first

The same command starts under torchrun and deepspeed for several GPUs. Stopped with SIGTERM or Ctrl-C it saves a
checkpoint, and the same command resumes from there. Every option of transformers.TrainingArguments is accepted.
"""

import os

from toolalpaca.core.cli import EXIT_USAGE, run_main
from toolalpaca.core.errors import UsageError
from toolalpaca.training.command_line import parse_command_line


def main(argv: list[str] | None = None) -> int:
    command_line = parse_command_line(__doc__, argv)

    from toolalpaca.training.hardware import plan_for_this_machine

    try:
        plan = plan_for_this_machine(command_line)
        from toolalpaca.training.training_run import run_training  # takes seconds, and needs what the plan has set

        return run_training(command_line.options, plan)
    except UsageError:
        if os.environ.get("LOCAL_RANK", "0") == "0":
            raise
        return EXIT_USAGE  # every process of a node has found the same; one of them says so


if __name__ == "__main__":
    run_main(main)
