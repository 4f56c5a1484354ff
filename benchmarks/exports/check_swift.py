"""Read a file of examples as ms-swift does: the tokens and labels of `swift sft` and `swift pt`."""

import os
from pathlib import Path
from typing import Any

from cell import MAX_LENGTH, example, run_cells

os.environ["MODELSCOPE_CACHE"] = str(Path("swift-cache").resolve())


def read(path: Path, name: str, model: str) -> list[dict[str, Any]]:
    """Return the examples as the template of Qwen2.5 encodes them."""
    from swift.dataset import load_dataset
    from swift.model import get_processor
    from swift.template import get_template

    rows, _ = load_dataset([str(path)], strict=True, load_from_cache_file=False)
    processor = get_processor(model, model_type="qwen2", download_model=False)
    template = get_template(processor, template_type="qwen2_5", max_length=MAX_LENGTH, agent_template="hermes",
                            use_chat_template=name != "text")
    template.set_mode("train")
    encoded = [template.encode(dict(row)) for row in rows]
    return [example(one["input_ids"], one["labels"]) for one in encoded]


if __name__ == "__main__":
    run_cells(read)
