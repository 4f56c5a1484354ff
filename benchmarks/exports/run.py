"""Which files of examples other trainers read rightly: each cell, a format in a file type, tried on 40 examples.

    python benchmarks/exports/run.py trl datasets4 datasets5

Makes a virtual environment for each under --out, writes the examples and a tiny model there, and prints the table of
docs/training.md. Needs the package index; torch is a large download where it is not cached.
"""

import argparse
import json
import subprocess
import sys
from itertools import islice, product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = {
    "trl": ["trl==1.16.0", "torch==2.13.0", "transformers==5.23.0", "datasets==5.2.0"],
    "datasets4": ["datasets==4.7.0"],
    "datasets5": ["datasets==5.2.0"],
}
PROGRAMS = {"trl": "check_trl.py", "datasets4": "check_datasets.py", "datasets5": "check_datasets.py"}
FORMATS, TYPES = ("messages", "sharegpt", "text", "dpo"), ("json", "jsonl", "parquet")
EXAMPLES = 40


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trainers", nargs="+", choices=sorted(REQUIREMENTS), help="whose cells to run")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "exports", help="folder for environments and files")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    write_files(args.out)
    rows = [row for trainer in args.trainers for row in cells(trainer, args.out)]
    print("| reader | format | file | outcome |\n|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    return 0 if rows else 1


def write_files(out: Path) -> None:
    """Write the examples of each format and file type, and the tiny model made from them."""
    records = json.loads((ROOT / "data" / "train_data.json").read_text(encoding="utf-8"))
    few = list(islice(({**record, "Instances": record["Instances"][:1]} for record in records), EXAMPLES))
    source = out / "records.json"
    source.write_text(json.dumps([with_failed_sample(record) for record in few]), encoding="utf-8")
    for name, kind in product(FORMATS, TYPES):
        flags = [] if name == "dpo" else ["--best"]
        python("build_dataset.py", "-api", source, "-out", out / f"{name}.{kind}", "--format", name, *flags)
    if not (out / "tiny").exists():
        python("-m", "toolalpaca.training.tiny_model", "--data", out / "messages.json", "--out", out / "tiny")


def with_failed_sample(record: dict) -> dict:
    """Return the record with a second conversation about each instruction that gives another answer and has failed."""
    made = []
    for instance in record["Instances"]:
        wrong = {**instance, "output": "I do not know.",
                 "Verification": {"passed": False, "rank": 2, "reasons": ["left_out: the answer"]}}
        made.append({**instance, "Verification": {"passed": True, "rank": 1, "reasons": []}, "Samples": [wrong]})
    return {**record, "Instances": made}


def cells(trainer: str, out: Path) -> list[list[str]]:
    """Return a row for each format and file type, as the trainer's program found it in its own environment."""
    interpreter = environment(trainer, out)
    rows = []
    for name, kind in product(FORMATS, TYPES):
        done = subprocess.run([str(interpreter), str(Path(__file__).with_name(PROGRAMS[trainer])),
                               str(out / f"{name}.{kind}"), name, str(out / "tiny"), str(out / "messages.jsonl")],
                              capture_output=True, text=True, check=False, timeout=900)
        lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines() or ["no output"]
        rows.append([trainer, name, f".{kind}", lines[-1][:160]])
    return rows


def environment(trainer: str, out: Path) -> Path:
    """Return the interpreter of the trainer's environment, made on first use."""
    folder = out / f"venv-{trainer}"
    interpreter = folder / "bin" / "python"
    if not interpreter.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "-q", *REQUIREMENTS[trainer]], check=True)
    return interpreter


def python(*arguments: object) -> None:
    """Run one of the project's own programs."""
    subprocess.run([sys.executable, *map(str, arguments)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
