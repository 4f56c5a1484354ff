"""OpenAPI documents: operations, references, schemas, and the conversion of a call's arguments to a request."""

from toolalpaca.openapi.validation import validate_document

__all__ = ["validate_document"]
