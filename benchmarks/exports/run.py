"""Find out which files of examples other trainers read rightly: each cell, a format in a file type, on 40 examples.

    python benchmarks/exports/run.py trl llamafactory axolotl swift datasets4 datasets5

Makes a virtual environment for each under --out, writes the examples and a tiny model there unless they are there, lets
the trainer's own code turn every file into tokens and labels, compares them with what train.py trains, and prints the
table of docs/training.md, which was made with Qwen2.5's template (--template
.../trl/chat_templates/qwen2_5.jinja). Needs the package index; torch is a large download where it is not cached.
"""

import argparse
import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

from cell import FORMATS, TYPES
from compare import outcome

ROOT = Path(__file__).resolve().parents[2]
TORCH = "torch==2.13.0"
REQUIREMENTS = {
    "trl": ["trl==1.16.0", TORCH, "transformers==5.23.0", "datasets==5.2.0"],
    "llamafactory": ["llamafactory==0.9.5", TORCH],
    "axolotl": ["axolotl==0.19.0", TORCH],
    "swift": ["ms-swift==4.6.0", TORCH],
    "datasets46": ["datasets==4.6.0"],
    "datasets4": ["datasets==4.7.0"],
    "datasets5": ["datasets==5.2.0"],
}
EXAMPLES = 40
KINDS = ("parallel", "multi", "missing", "none", "follow_up", "compare", "single")
TASK_KEYS = ("Instructions", "Instruction_Kinds", "Follow_Ups", "Instances")  # of a record, one entry per task


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="+", choices=sorted(REQUIREMENTS), help="whose cells to run")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "exports", help="folder for environments and files")
    parser.add_argument("--template", type=Path, help="a chat template for the tiny model in place of its own")
    args = parser.parse_args()
    folder = args.out / (args.template.stem if args.template else "own")
    if not (folder / "tiny").exists():
        write_files(folder, args.template)
    print("| reader | format | file | outcome |\n|---|---|---|---|")
    for reader in args.readers:
        for name, kind, result in cells(reader, environment(reader, args.out), folder):
            print(f"| {reader} | {name} | .{kind} | {result} |", flush=True)
    return 0


def write_files(out: Path, template: Path | None) -> None:
    """Write the examples of each format and file type, and the tiny model made from them."""
    out.mkdir(parents=True, exist_ok=True)
    records = json.loads((ROOT / "data" / "train_data.json").read_text(encoding="utf-8"))
    few = [with_failed_sample(one_task(record, place)) for place, record in enumerate(records[:EXAMPLES])]
    source = out / "records.json"
    source.write_text(json.dumps(few), encoding="utf-8")
    for name, kind in product(FORMATS, TYPES):
        flags = [] if name == "dpo" else ["--best"]
        python("build_dataset.py", "-api", source, "-out", out / f"{name}.{kind}", "--format", name, *flags)
    python("-m", "toolalpaca.training.tiny_model", "--data", out / "messages.json", "--out", out / "tiny", "--hidden",
           64, "--layers", 1)
    if template:
        python(Path(__file__).with_name("compare.py"), out / "tiny", template)


def one_task(record: dict[str, Any], place: int) -> dict[str, Any]:
    """Return the record with one of its tasks, each kind in turn; calls for several things are made in one turn."""
    kind, kinds = KINDS[place % len(KINDS)], record["Instruction_Kinds"]
    task = kinds.index(kind) if kind in kinds else place % len(kinds)
    chosen = record | {key: record[key][task:task + 1] for key in TASK_KEYS if key in record}
    if kinds[task] == "parallel":
        [instance] = chosen["Instances"]
        chosen["Instances"] = [{**instance, "step_notes": [{"turn": 1} for _ in instance["intermediate_steps"]]}]
    return chosen


def with_failed_sample(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with a second conversation about each instruction that gives another answer and has failed."""
    made = []
    for instance in record["Instances"]:
        wrong = {**instance, "output": "I do not know.",
                 "Verification": {"passed": False, "rank": 2, "reasons": ["left_out: the answer"]}}
        made.append({**instance, "Verification": {"passed": True, "rank": 1, "reasons": []}, "Samples": [wrong]})
    return {**record, "Instances": made}


def cells(reader: str, interpreter: Path, out: Path) -> list[tuple[str, str, str]]:
    """Return format, file type and outcome of each cell, as the reader's program found it in its own environment."""
    program = "check_datasets.py" if reader.startswith("datasets") else f"check_{reader}.py"
    results = out / reader
    with (out / f"{reader}.log").open("w", encoding="utf-8") as log:
        subprocess.run([str(interpreter), str(Path(__file__).with_name(program)), str(out), str(results)],
                       check=True, stdout=log, stderr=log, cwd=out)
    return [(name, kind, outcome(json.loads((results / f"{name}.{kind}.json").read_text(encoding="utf-8")),
                                 out / f"{name}.{kind}", out / "tiny"))
            for name, kind in product(FORMATS, TYPES)]


def environment(reader: str, out: Path) -> Path:
    """Return the interpreter of the reader's environment, made on first use."""
    folder = out / f"venv-{reader}"
    interpreter = folder / "bin" / "python"
    if not interpreter.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "-q", *REQUIREMENTS[reader]], check=True)
    return interpreter


def python(*arguments: object) -> None:
    """Run one of the project's own programs."""
    subprocess.run([sys.executable, *map(str, arguments)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
