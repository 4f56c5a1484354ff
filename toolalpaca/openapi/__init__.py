"""OpenAPI documents: operations, references, schemas, and a call's arguments on their way into a request."""
