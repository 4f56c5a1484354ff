"""OpenAPI 3.0 and 3.1 documents: parsing, operations, references, validation, one operation cut out.

The stages, the simulator, the agent and the offline model all see a document through these functions. Whatever JSON
they are given, they raise nothing but ValueError, with a message of one line.
"""

from toolalpaca.openapi.bundle import bundled
from toolalpaca.openapi.naming import derived_name
from toolalpaca.openapi.operation import Operation, Parameter, RequestBody, operations, parse_document
from toolalpaca.openapi.references import is_version_30, iter_references, lookup, resolve
from toolalpaca.openapi.validation import validate_document

__all__ = ["Operation", "Parameter", "RequestBody", "bundled", "derived_name", "is_version_30", "iter_references",
           "lookup", "operations", "parse_document", "resolve", "validate_document"]
