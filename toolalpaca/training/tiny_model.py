"""A small language model made from nothing, with a tokenizer trained on the corpus itself: for demos and tests.

    python -m toolalpaca.training.tiny_model --data data/sft_data.json --out runs/tiny

Its weights are random; `train.py --model_name_or_path runs/tiny` starts from it as from any other model folder.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from toolalpaca.core.cli import output_folder, positive_int, run_main, stage_parser
from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_line

HEAD_WIDTH = 64  # of an attention head
SMALLEST_VOCABULARY = 300  # tokens: the 256 bytes, three marks, and some pieces of words
# Chat markup with the assistant's turns marked, so that examples in the format messages can be trained on too.
CHAT_TEMPLATE = r"""
{%- if tools %}{{ '<|start|>system\nYou can call these functions:' }}
{%- for tool in tools %}{{ '\n' + tool.function | tojson }}{% endfor %}{{ '<|end|>\n' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'assistant' %}{{ '<|start|>assistant\n' }}{% generation %}{{ message.content or '' }}
{%- for call in message.tool_calls or [] %}{{ '\n<tool_call>' + call.function | tojson + '</tool_call>' }}{% endfor %}
{{- '<|end|>' }}{% endgeneration %}{{ '\n' }}
{%- else %}{{ '<|start|>' + message.role + '\n' + (message.content or '') + '<|end|>\n' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start|>assistant\n' }}{% endif %}"""
# How transformers reads a turn in that markup back, which reinforcement learning needs to make its calls.
RESPONSE_TEMPLATE = {
    "defaults": {"role": "assistant"}, "start_anchor": "<|start|>assistant\n",
    "fields": {"tool_calls": {"open": "<tool_call>", "close_pattern": r"</tool_call>\s*", "repeats": True,
                              "content": "json", "transform": {"type": "function", "function": "{content}"}},
               "content": {"close_pattern": r"<\|end\|>\s*", "content": "text"}}}


def example_texts(path: Path) -> Iterator[str]:
    """Yield the text of every example of a data file, in whatever format it is."""
    from toolalpaca.data.example_files import read_examples

    for value in read_examples(path):
        if isinstance(value, dict) and "segments" not in value:
            yield "\n".join(_strings(value))
        else:
            pieces = value["segments"] if isinstance(value, dict) else value[0]
            yield "".join(pieces)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


@dataclass(frozen=True)
class TinyShape:
    """The size of a tiny model: tokens of its tokenizer, width (a multiple of 64), layers, longest input in tokens."""

    vocabulary: int = 4096
    hidden: int = 192
    layers: int = 4
    positions: int = 4096


def make_tiny_model(data: Path, out: Path, shape: TinyShape = TinyShape()) -> int:
    """Train a byte-level tokenizer on the data, save it with a Llama-shaped model; return the number of parameters.

    Raises UsageError if there is too little text for a tokenizer.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=shape.vocabulary, special_tokens=["<|end|>", "<|start|>", "<|pad|>"],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(example_texts(data), trainer)
    if tokenizer.get_vocab_size() < SMALLEST_VOCABULARY:
        raise UsageError(f"{data}: holds too little text to train a tokenizer on")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>",
                                   model_max_length=shape.positions)
    fast.chat_template = CHAT_TEMPLATE
    fast.response_template = RESPONSE_TEMPLATE
    torch.manual_seed(0)
    heads = max(shape.hidden // HEAD_WIDTH, 1)
    config = LlamaConfig(
        vocab_size=len(fast), hidden_size=shape.hidden, intermediate_size=shape.hidden * 8 // 3 // 16 * 16,
        num_hidden_layers=shape.layers, num_attention_heads=heads, num_key_value_heads=heads, tie_word_embeddings=True,
        max_position_embeddings=shape.positions, bos_token_id=None, eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id)
    model = LlamaForCausalLM(config)
    fast.save_pretrained(out)
    model.save_pretrained(out)
    return model.num_parameters()


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__, prog="python -m toolalpaca.training.tiny_model")
    parser.add_argument("--data", required=True, metavar="FILE", type=Path,
                        help="the training examples that the tokenizer is trained on")
    parser.add_argument("--out", required=True, metavar="FOLDER", type=Path, help="where the model is saved")
    parser.add_argument("--vocabulary", metavar="N", type=positive_int, default=TinyShape.vocabulary,
                        help="tokens of the tokenizer")
    parser.add_argument("--hidden", metavar="N", type=positive_int, default=TinyShape.hidden,
                        help=f"width of the model, a multiple of {HEAD_WIDTH}")
    parser.add_argument("--layers", metavar="N", type=positive_int, default=TinyShape.layers,
                        help="layers of the model")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.hidden % HEAD_WIDTH:
        raise UsageError(f"--hidden {args.hidden}: must be a multiple of {HEAD_WIDTH}")
    from toolalpaca.training.hardware import name_accelerator

    name_accelerator()
    size = make_tiny_model(args.data, output_folder(args.out), TinyShape(args.vocabulary, args.hidden, args.layers))
    log_line(f"tiny model with {size:,} parameters and a tokenizer of its own: {args.out}")
    return 0


if __name__ == "__main__":
    run_main(main)
