"""What the simulator tells about an API it plays: a short manifest and the document it is held to."""

from typing import Any

from toolalpaca.simulator.catalog import Api, address


def manifest(api: Api) -> dict[str, Any]:
    """Name, description and functions of an API, and where its document is."""
    return {"name": api.name, "description": api.description, "category": api.record.get("Category", ""),
            "link": api.record.get("Link", ""), "openapi": f"{address(api.name)}/openapi.json",
            "functions": [{"name": operation.name, "method": operation.method, "path": operation.path,
                           "summary": operation.source.summary or operation.source.description}
                          for operation in api.operations]}


def served_document(api: Api) -> dict[str, Any]:
    """The API's document with this simulator as its server, so that clients made from it come here."""
    return {**api.document, "servers": [{"url": address(api.name)}]}
