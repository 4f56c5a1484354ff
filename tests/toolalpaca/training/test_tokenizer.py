"""A model trained on plain text is asked in plain text, whoever serves it."""

import pytest

pytest.importorskip("transformers")
from tokenizers import Tokenizer, models, pre_tokenizers, processors  # noqa: E402
from transformers import PreTrainedTokenizerFast  # noqa: E402

from toolalpaca.training.tokenizer import plain_chat_template  # noqa: E402

WORDS = {"<s>": 0, "</s>": 1, "<unk>": 2, "a": 3, "b": 4}


@pytest.mark.parametrize("opens", [False, True])
def test_a_message_becomes_the_tokens_that_training_saw(opens: bool) -> None:
    plain = Tokenizer(models.WordLevel(WORDS, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    if opens:
        plain.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    tokenizer.chat_template = plain_chat_template(tokenizer)
    message = [{"role": "user", "content": "a b a"}]
    text = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    assert tokenizer(text, add_special_tokens=False)["input_ids"] == tokenizer("a b a")["input_ids"]
