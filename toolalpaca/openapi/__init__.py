"""OpenAPI documents: operations, references, schemas, and a call's arguments on their way into a request."""

from toolalpaca.openapi.validation import validate_document

__all__ = ["validate_document"]
