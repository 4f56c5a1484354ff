"""The contract of an API's document: its functions, their arguments, and the form of their responses."""

import re
from functools import cached_property, lru_cache
from typing import Any

from toolalpaca.data.record_types import EXTERNAL_TOOLS, ApiRecord
from toolalpaca.matching.answers.other_values import documented_choices, documented_texts
from toolalpaca.matching.arguments.given_values import GivenParameter
from toolalpaca.matching.facts.amounts import documented_units
from toolalpaca.matching.language.actions import Deed, deeds_of
from toolalpaca.matching.language.units import Unit
from toolalpaca.openapi.api_functions import functions_of
from toolalpaca.openapi.arguments import Signature, request_check, signature_of
from toolalpaca.openapi.documents import document_of
from toolalpaca.openapi.media_types import is_json, preferred_media_type
from toolalpaca.openapi.operations import Operation, declared_status, operations_by_name, response_schema
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import properties_of
from toolalpaca.openapi.schemas import standalone

# In a response: what there is no value for, whatever the document says.
_NOTHING = re.compile(r"but got (?:null|\"\")$")


class CallContract:
    """One function: its arguments, and the checks of its responses by status.

    `free` are the arguments that the executor fills in, so that no one has to give them.
    """

    def __init__(self, signature: Signature, document: dict[str, Any], free: frozenset[str]) -> None:
        self.signature, self.document, self.free = signature, document, free
        self._checked = lru_cache(maxsize=None)(self._make_check)

    @cached_property
    def schemas(self) -> dict[str, dict[str, Any]]:
        """Return each argument's schema as written."""
        return self.signature.schemas

    @cached_property
    def _checks(self) -> dict[str, SchemaCheck]:
        return {name: request_check(self.document, schema) for name, schema in self.schemas.items()}

    def problems(self, arguments: dict[str, Any]) -> list[str]:
        """Return what is wrong with the arguments as given: unknown, missing, or of the wrong type."""
        required = [name for name in self.signature.required(set(arguments)) if name not in self.free]
        problems = [f"{name!r} is missing" for name in required if name not in arguments]
        for name, value in arguments.items():
            if name in self._checks:
                problems += self._checks[name].problems(value, name)
            elif not self.signature.open_body:
                problems.append(f"{name!r} is not a parameter")
        return problems

    def response_check(self, status: int) -> SchemaCheck | None:
        """Return the check of a JSON response with this status; None if the document does not specify it."""
        return self._checked(status)

    def _make_check(self, status: int) -> SchemaCheck | None:
        schema = answer_schema(self.signature.operation, status)
        try:
            return SchemaCheck(standalone(self.document, schema, request=False)) if schema else None
        except ValueError:
            return None  # a schema that cannot be read promises nothing

    def promises_object(self, status: int) -> bool:
        """Return whether the document promises an object with known properties as JSON, rather than as XML."""
        if not self.response_properties(status):
            return False
        responses = self.signature.operation.responses
        return is_json(preferred_media_type(list(responses[declared_status(responses, status) or ""]["content"])))

    def response_properties(self, status: int) -> set[str]:
        """Return the documented properties of a response object; an empty set if any are allowed or it is not an
        object."""
        schema = answer_schema(self.signature.operation, status)
        return set(properties_of(self.document, schema)) if schema else set()


def without_nulls(problems: list[str]) -> list[str]:
    """Return the problems of a response except fields that are null or empty: so APIs write what they do not have."""
    kept = ["; ".join(part for part in problem.split("; ") if not _NOTHING.search(part)) for problem in problems]
    return [problem for problem in kept if problem]


def answer_schema(operation: Operation, status: int) -> dict[str, Any] | None:
    """Return the schema of the response with this status; None if the document gives none."""
    name = declared_status(operation.responses, status)
    return None if name is None else response_schema(operation.responses[name]) or None


class Contract:
    """An API's contracts by function name; there are none if its document is missing or invalid."""

    def __init__(self, record: ApiRecord) -> None:
        self.record = record
        self.names = {name for name in record.get("Function_Description") or {} if name != "components"}
        self.distractors = frozenset(record.get("Distractors") or ())
        self.calls: dict[str, CallContract] = {}
        document = self.document = document_of(record)
        if document is None:
            return
        try:
            free = frozenset(record.get("Authentication") or {})
            self.calls = {name: CallContract(signature_of(document, one), document, free)
                          for name, one in operations_by_name(record, document).items()}
        except ValueError:
            self.calls = {}  # part of a document promises nothing either

    @cached_property
    def deeds(self) -> dict[str, Deed]:
        """Return what each function changes; those that only read are left out."""
        return deeds_of(functions_of(self.record, self.document or {}))

    @cached_property
    def descriptions(self) -> dict[str, str]:
        """Return what the document says of the arguments of a name, of all functions together: one of them may explain
        the codes that the others take."""
        found: dict[str, dict[str, None]] = {}
        for call in self.calls.values():
            said = {one.name: one.description for one in call.signature.parameters}
            for name, schema in call.schemas.items():
                text = said.get(name) or schema.get("description") or ""
                if isinstance(text, str):
                    found.setdefault(name, {})[text] = None
        return {name: "\n".join(texts) for name, texts in found.items()}

    @cached_property
    def explanations(self) -> dict[str, str]:
        """Return what the document says of arguments and of the fields of answers, by their names."""
        return documented_texts(self.document)

    @cached_property
    def parameters(self) -> dict[str, list[GivenParameter]]:
        """Return the parameters of each function with what the document says of them."""
        return {function: [GivenParameter(name, schema, self.descriptions.get(name, ""), function)
                           for name, schema in call.schemas.items() if isinstance(schema, dict)]
                for function, call in self.calls.items()}

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Return the units that the document gives for the fields of answers."""
        return documented_units(self.document, [str(self.record.get("Introduction") or "")])

    @cached_property
    def choices(self) -> dict[str, frozenset[str]]:
        """Return the choices that the document gives for properties and parameters."""
        return documented_choices(self.document)

    def knows(self, name: str) -> bool:
        """Return whether an assistant may call this: a function of the API or an external tool."""
        return name in self.calls or name in self.names or name in EXTERNAL_TOOLS
