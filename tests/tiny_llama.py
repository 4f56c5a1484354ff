"""A Llama of two layers with random weights over a few words, for tests that run a model for real."""

from pathlib import Path

WORDS = ["Thought", "Action", "Observation", ":", "the", "weather", "in", "Paris", "is", "21", "degrees", "and", "a",
         "b"]


def make_model(folder: Path, chat_template: str | None = None, *, longest: int = 256) -> Path:
    """A Llama of two layers over a few words, saved as a Hugging Face folder."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = ["<pad>", "</s>", "<unk>", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", eos_token="</s>", pad_token="<pad>")
    fast.chat_template = chat_template
    fast.save_pretrained(folder)
    import torch

    torch.manual_seed(1)
    LlamaForCausalLM(LlamaConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=longest, eos_token_id=1, pad_token_id=0)).save_pretrained(folder)
    return folder
