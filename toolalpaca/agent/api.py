"""An API as seen in its conversations: its functions and their parameters. Built once per record, shared by threads."""

from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from typing import Any

from toolalpaca.conversation.forms import PromptForm
from toolalpaca.conversation.functions import EXTERNAL_PARAMETERS, function_names, own_functions
from toolalpaca.conversation.rendering import prompt_head
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.arguments import ArgumentBinding, signature_of
from toolalpaca.openapi.documents import document_of
from toolalpaca.openapi.operations import Operation, operations_by_name


class Api:
    """The record, its document and its operations by function name.

    `others` are the APIs of its distractors, by function name.
    """

    def __init__(self, record: ApiRecord, *, get_details: bool = True, others: Mapping[str, ApiRecord] | None = None
                 ) -> None:
        self.record = record
        self.others = {name: Api(other, get_details=False) for name, other in (others or {}).items()}
        self.get_details = get_details
        self.names = function_names(record, get_details=get_details)
        self.head: Callable[[PromptForm], str] = cache(partial(prompt_head, record=record, get_details=get_details))
        self.binding = cache(self._binding)

    @cached_property
    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document; raise RecordError if there is none."""
        document = document_of(self.record)
        if document is None:
            raise RecordError(FailureKind.NO_DOCUMENT,
                              "the API has no valid OpenAPI document; run tool_maker/get_elements.py again")
        return document

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Return the operations by the name known to the assistant; raise RecordError for an invalid document."""
        try:
            return operations_by_name(self.record, self.document)
        except ValueError as error:
            raise RecordError(FailureKind.INVALID_DOCUMENT, str(error)) from None

    @cached_property
    def parameters(self) -> dict[str, list[str]]:
        """Return each function's parameter names; [] for one that accepts more than the document declares."""
        return {name: self._parameters(name) for name in self.names}

    def owner(self, name: str) -> "Api":
        """Return the API to which a function belongs."""
        return self.others.get(name, self)

    def _parameters(self, name: str) -> list[str]:
        if name in self.others:
            return self.others[name].parameters[name]
        if name not in self.operations:
            return EXTERNAL_PARAMETERS.get(name, [])
        try:
            signature = self.binding(name).signature
        except RecordError:
            return []
        return [] if signature.open_body else signature.names

    def check(self) -> None:
        """Raise RecordError unless conversations about this API are possible."""
        own = own_functions(self.record)
        if not own:
            raise RecordError(FailureKind.NO_FUNCTIONS, "the API has no Function_Description; run "
                              "tool_maker/natural_language_documentation.py first")
        missing = [name for name in own if name not in self.owner(name).operations]
        if missing:
            raise RecordError(FailureKind.INVALID_DOCUMENT,
                              f"the document has no operation for the function {missing[0]!r}")

    def _binding(self, name: str) -> ArgumentBinding:
        try:
            return ArgumentBinding(signature_of(self.document, self.operations[name]), self.document)
        except ValueError as error:
            raise RecordError(FailureKind.INVALID_DOCUMENT, str(error)) from None
