"""The model to train: loaded, given adapters if asked, and merged with them again at the end."""

import importlib.util
import inspect
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerBase, TrainingArguments
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_on_rank_0, one_line
from toolalpaca.core.model_folders import as_it_is, check_adapter
from toolalpaca.training.command_line import TrainingOptions

# Architectures that carry a state from token to token, which packed examples would share.
_STATEFUL = ("mamba", "rwkv", "jamba", "recurrent", "linear_attention", "bamba", "zamba", "lfm2")


def check_options(options: TrainingOptions) -> None:
    """Raise UsageError for options that cannot go together or need a package that is not there."""
    if not options.lora_r:
        for name in ("lora_alpha", "lora_layers", "start_adapter", "qlora", "merge_adapter"):
            if getattr(options, name):
                raise UsageError(f"--{name} needs --lora_r N, the rank of the adapters")
    if options.packing and options.lazy_preprocess:
        raise UsageError("--packing needs to know all lengths beforehand; leave out --lazy_preprocess")
    if options.qlora and (importlib.util.find_spec("bitsandbytes") is None or not torch.cuda.is_available()):
        raise UsageError("--qlora needs a GPU and the package bitsandbytes; without them leave --qlora out and train "
                         "adapters on unquantised weights")


def load_model(options: TrainingOptions, args: TrainingArguments, attention: str, tokenizer: PreTrainedTokenizerBase
               ) -> Any:
    """Return the model with the attention kernel asked for, and with adapters if `--lora_r` is above 0."""
    settings: dict[str, Any] = {"dtype": weight_type(options, args), "attn_implementation": attention}
    if options.qlora:
        from transformers import BitsAndBytesConfig

        settings["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16 if args.bf16 else torch.float32)
    try:
        model = AutoModelForCausalLM.from_pretrained(options.model_name_or_path, **as_it_is(options.model_name_or_path),
                                                     **settings)
    except Exception as error:  # transformers, safetensors, pickle and the hub's client each have their own kinds
        raise UsageError(f"{options.model_name_or_path}: no causal language model can be loaded from here "
                         f"({one_line(error)})") from None
    if model.config.get_text_config().vocab_size < len(tokenizer):
        model.resize_token_embeddings(len(tokenizer))
    return _with_adapters(model, options, args) if options.lora_r else model


def parameter_counts(model: Any) -> tuple[int, int]:
    """Return the number of all parameters and of the trained ones, even if DeepSpeed has spread them over the
    devices."""
    sizes = [(int(getattr(parameter, "ds_numel", parameter.numel())), parameter.requires_grad)
             for parameter in model.parameters()]
    return sum(size for size, _ in sizes), sum(size for size, is_trained in sizes if is_trained)


def model_config(name: str) -> Any:
    """Return the configuration of the model under a name; raise UsageError if there is none."""
    try:
        return AutoConfig.from_pretrained(name, **as_it_is(name))
    except Exception as error:  # a configuration of the wrong types fails anywhere
        raise UsageError(f"{name}: no model can be loaded from here ({one_line(error)})") from None


def weight_type(options: TrainingOptions, args: TrainingArguments) -> torch.dtype:
    """Return what `--dtype` says; `auto` holds trained weights in float32, since small updates vanish in bfloat16."""
    if options.dtype == "auto":
        return torch.bfloat16 if options.lora_r and args.bf16 else torch.float32
    return torch.bfloat16 if options.dtype == "bfloat16" else torch.float32


def check_length(config: Any, options: TrainingOptions) -> None:
    """Raise UsageError if examples may be longer than models of this configuration can read."""
    positions = getattr(config.get_text_config(), "max_position_embeddings", None)
    if positions and options.model_max_length > positions:
        raise UsageError(f"--model_max_length {options.model_max_length}: the model has {positions} positions; give "
                         f"--model_max_length {positions} or less")


def check_packing(config: Any) -> None:
    """Raise UsageError if models of this configuration cannot keep examples in one row apart."""
    kind: Any = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    described = f"{config.model_type} {getattr(config, 'layer_types', '')}"
    if kind is None or "position_ids" not in inspect.signature(kind.forward).parameters or any(
            word in described for word in _STATEFUL):
        raise UsageError(f"--packing: a model of type {config.model_type} cannot keep packed examples apart; leave it "
                         "out")


def _with_adapters(model: Any, options: TrainingOptions, args: TrainingArguments) -> Any:
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
    from peft.tuners.tuners_utils import BaseTunerLayer

    if options.qlora:
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=bool(args.activation_checkpointing))
    elif args.activation_checkpointing:
        model.enable_input_require_grads()
    adapted = _continued(model, options) if options.start_adapter else get_peft_model(model, LoraConfig(
        r=options.lora_r, lora_alpha=options.lora_alpha or 2 * options.lora_r,  # type: ignore[arg-type] # takes fractions
        task_type="CAUSAL_LM",
        **_adapted_modules(model, options.lora_layers)))
    if args.bf16 or args.fp16:  # autocast casts for each product; the adapters would cast to float32 and back before
        for module in adapted.modules():
            if isinstance(module, BaseTunerLayer):
                module.cast_input_dtype_enabled = False  # type: ignore[attr-defined] # read by name, not declared
    trained, total = adapted.get_nb_trainable_parameters()
    log_on_rank_0(f"training adapters of rank {options.lora_r}: {trained:,} of {total:,} parameters")
    return adapted


def _continued(model: Any, options: TrainingOptions) -> Any:
    """Return the model with the adapters of an earlier run; raise UsageError if they are not of the rank given."""
    from peft import PeftConfig, PeftModel

    folder = options.start_adapter or ""
    try:
        check_adapter(Path(folder))
        rank = PeftConfig.from_pretrained(str(folder)).r
        if rank != options.lora_r:
            raise UsageError(f"--start_adapter {folder}: its adapters have rank {rank}; give --lora_r {rank}")
        return PeftModel.from_pretrained(model, str(folder), is_trainable=True)
    except UsageError:
        raise
    except Exception as error:  # PEFT, safetensors, pickle and the hub's client each have their own kinds
        raise UsageError(f"--start_adapter {folder}: no adapter of this model ({one_line(error)})") from None


def _adapted_modules(model: Any, last_layers: int | None) -> dict[str, Any]:
    """Return PEFT's settings for adapters in every linear module of all layers, or of the last few.

    Below the lowest adapter nothing is trained, so that the backward pass ends there. Raises UsageError.
    """
    if last_layers is None:
        return {"target_modules": "all-linear"}
    layers = model.config.get_text_config().num_hidden_layers
    if last_layers > layers:
        raise UsageError(f"--lora_layers {last_layers}: the model has {layers} layers")
    names = {name.rsplit(".", 1)[-1] for name, module in model.named_modules()
             if isinstance(module, torch.nn.Linear) and module is not model.get_output_embeddings()}
    return {"target_modules": sorted(names), "layers_to_transform": list(range(layers - last_layers, layers))}


def merge_adapter(base: str, adapter: Path, target: Path, dtype: torch.dtype) -> None:
    """Save `base` with the adapter merged into its weights; raise UsageError if that cannot be done."""
    from peft import PeftModel

    check_adapter(adapter)
    settings = as_it_is(base)
    try:
        model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, **settings)
        with torch.no_grad():
            merged = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    except Exception as error:  # transformers, PEFT, safetensors and pickle each have their own kinds
        raise UsageError(f"{adapter}: no adapter of the model {base} ({one_line(error)})") from None
    merged.save_pretrained(target)
