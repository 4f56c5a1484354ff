"""The tokenizer of a model folder, and a copy of it that reports exact character offsets.

Beginning, end and padding tokens are whatever the tokenizer says they are; none is known by name.
"""

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import one_line
from toolalpaca.core.model_folders import as_it_is


def check_folder(model: str) -> None:
    """Raise UsageError for what can only be a folder, not a hub name, if there is none, or one without a model."""
    folder = Path(model)
    if (model.startswith((".", "/", "~")) or model.count("/") > 1) and not folder.is_dir():
        raise UsageError(f"--model_name_or_path {model}: no such folder")
    if folder.is_dir() and not any((folder / name).exists() for name in ("config.json", "adapter_config.json")):
        raise UsageError(f"--model_name_or_path {model}: this folder holds no Hugging Face model (no config.json)")


def load_tokenizer(model: str, max_length: int) -> PreTrainedTokenizerBase:
    """Return the fast tokenizer of a folder or hub name; raise UsageError if there is none or it has no end token."""
    check_folder(model)
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, model_max_length=max_length, padding_side="right",
                                                  **as_it_is(model))
    except Exception as error:  # the library of each kind of tokenizer has its own
        raise UsageError(f"{model}: no tokenizer can be loaded from here ({one_line(error)})") from None
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise UsageError(f"{model}: exact masks need a fast tokenizer (tokenizer.json), and this is "
                         f"{type(tokenizer).__name__}")
    if tokenizer.eos_token_id is None:
        raise UsageError(f"{model}: the tokenizer has no end-of-sequence token; set eos_token in tokenizer_config.json")
    return tokenizer


def set_chat_template(tokenizer: PreTrainedTokenizerBase, kind: str, file: Path | None) -> None:
    """Give the tokenizer the chat template that a model trained on examples of this kind is asked with.

    For segments that is the plain one; for messages the tokenizer's own or that of a file. Raises UsageError.
    """
    if kind == "segments":
        if file is not None:
            raise UsageError("--chat_template is for examples in the format messages, and these are segments")
        tokenizer.chat_template = plain_chat_template(tokenizer)
    elif file is not None:
        try:
            tokenizer.chat_template = file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(f"--chat_template {file}: cannot be read ({error})") from None


def plain_chat_template(tokenizer: PreTrainedTokenizerBase) -> str:
    """Return a chat template that passes a message on unchanged, for a model trained on plain text.

    With it the model can be asked through any chat endpoint, or by stage 6 itself, and reads the text that it was
    trained on and no markup; a tokenizer that opens texts with its beginning token continues doing so.
    """
    ids = tokenizer("a")["input_ids"]
    begins = tokenizer.bos_token_id is not None and ids[0] == tokenizer.bos_token_id
    return ("{{ bos_token }}" if begins else "") + "{% for message in messages %}{{ message.content }}{% endfor %}"


def padding_id(tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the id that fills up a batch. Labels are masked by position, so that the end token may serve."""
    return tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id


def exact_backend(tokenizer: PreTrainedTokenizerBase, *, plain_text: bool) -> Tokenizer:
    """Return a copy of the tokenizer at work that neither cuts nor pads, and whose offsets cover white space too.

    Byte-level tokenizers leave leading blanks out of a token's offsets unless told otherwise. With `plain_text`, the
    name of a special token inside a text is text like any other, not the token.
    """
    description = json.loads(tokenizer.backend_tokenizer.to_str())
    _keep_blanks(description.get("post_processor"))
    description["truncation"] = description["padding"] = None
    backend = Tokenizer.from_str(json.dumps(description))
    backend.encode_special_tokens = plain_text
    return backend


def _keep_blanks(processor: Any) -> None:
    """Switch `trim_offsets` off in a post-processor and in those it is made of."""
    if isinstance(processor, dict):
        if "trim_offsets" in processor:
            processor["trim_offsets"] = False
        for part in processor.get("processors") or []:
            _keep_blanks(part)
