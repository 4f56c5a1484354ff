"""The tools of an MCP server as an API record: an OpenAPI document with one POST operation per tool."""

import asyncio
import json
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_line, one_line
from toolalpaca.core.mcp_client import mcp_client, mcp_problem, mcp_target, secrets_of, server_log
from toolalpaca.core.urls import without_credentials
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import read_records, write_records
from toolalpaca.data.redaction import SHORTEST_IN_RECORD, Redactor, is_random
from toolalpaca.openapi.documents import read_document
from toolalpaca.openapi.references import with_references

CONNECT_SECONDS = 60.0
_CATEGORY = "MCP"
_FLAG = "--server"


def import_tools(path: Path, server: str, name: str | None) -> int:
    """Write the record of a server's tools to the file, replacing one of the same name; return the exit code.

    Raises UsageError if the server cannot be reached or has no tools, or calls itself what a record is called that it
    must not replace.
    """
    target = mcp_target(server, _FLAG)
    shown = without_credentials(target) if isinstance(target, str) else target.command
    with server_log() as log:
        try:
            info, instructions, tools = asyncio.run(asyncio.wait_for(_asked(target, log), CONNECT_SECONDS))
        except (Exception, asyncio.CancelledError) as error:  # each transport of the SDK raises its own exceptions
            problem = _secrets(target).text(_problem(error, log))
            raise UsageError(f"{_FLAG} {shown}: the MCP server cannot be asked ({problem})") from None
    if not tools:
        raise UsageError(f"{_FLAG} {shown}: the MCP server has no tools")
    keys = Redactor(secrets_of(target), SHORTEST_IN_RECORD, only_random=True)
    record = _checked_record(shown, keys, name or info.name, info.version, instructions, tools)
    previous = list(read_records(path)) if path.exists() else []
    if name is None and any(one["Name"] == record["Name"] and _is_protected(one) for one in previous):
        raise UsageError(f"{_FLAG} {shown}: the MCP server has the name of a record of {path}; give --name: "
                         "another name, or this one to replace that record and what later stages made of it")
    write_records(path, [*(one for one in previous if one["Name"] != record["Name"]), record])
    log_line(f"{record['Name']}: {len(tools)} tools written to {path}; run tool_maker/natural_language_documentation.py"
             " next")
    return 0


def _is_protected(record: ApiRecord) -> bool:
    """Return whether a server may not replace a record by choosing its name: it is not from a server, or later stages
    have written instructions for it."""
    return record.get("Category") != _CATEGORY or bool(record.get("Instructions"))


def _problem(error: BaseException, log: TextIO) -> str:
    late = f"no answer that can be read within {CONNECT_SECONDS:g} s"
    return late if isinstance(error, TimeoutError) else mcp_problem(error, log)


def _secrets(target: Any) -> Redactor:
    """Return what blackens a target's keys; the plain words of a command are none."""
    found = secrets_of(target)
    return Redactor(found if isinstance(target, str) else filter(is_random, found), SHORTEST_IN_RECORD)


def _checked_record(server: str, keys: Redactor, name: str, *described: Any) -> ApiRecord:
    """Return a server's tools as a record that the next stages can read, without the keys with which the server was
    asked; raise UsageError for others."""
    if not name.strip():
        raise UsageError(f"{_FLAG} {server}: the MCP server has no name; give it one with --name")
    try:
        record = _masked(server_record(name, *described), keys)
        name.encode()
        left_out = read_document(record["Documentation"] or "").left_out
    except RecursionError:
        raise UsageError(f"{_FLAG} {server}: a schema of the MCP server's tools is nested too deeply") from None
    except ValueError as error:
        raise UsageError(f"{_FLAG} {server}: what the MCP server says of its tools cannot be used "
                         f"({one_line(error)})") from None
    if left_out:
        log_line(f"{record['Name']}: {len(left_out)} tools cannot be used and are left out; the first: "
                 f"{one_line(left_out[0])}")
    return record


def _masked(record: ApiRecord, keys: Redactor) -> ApiRecord:
    document = keys.value(json.loads(record["Documentation"] or ""), keys=True)
    return {**keys.value(record), "Documentation": json.dumps(document, ensure_ascii=False)}


def server_record(name: str, version: str | None, instructions: str | None, tools: list[Any]) -> ApiRecord:
    """Return a server's tools as a record."""
    schemas: dict[str, Any] = {}
    paths = {f"/{quote(tool.name, safe='')}": {"post": _operation(tool, schemas)} for tool in tools}
    document: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": name, "version": version or "1"}, "paths": paths}
    if schemas:
        document["components"] = {"schemas": schemas}
    text = (instructions or "").strip()
    return {"Name": name, "Description": text or f"The tools of {name}.", "Category": _CATEGORY, "Link": "",
            "Introduction": text or f"The tools of {name}.", "Documentation": json.dumps(document, ensure_ascii=False)}


def _operation(tool: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    takes = _shared(tool.name, tool.input_schema, schemas)
    gives = _shared(f"{tool.name}_result", tool.output_schema, schemas) if tool.output_schema else None
    content = {"content": {"application/json": {"schema": gives}}} if gives else {}
    text = " ".join((tool.description or tool.title or tool.name).split())
    return {"operationId": tool.name, "summary": text,
            "requestBody": {"required": bool(takes.get("required")),
                            "content": {"application/json": {"schema": takes}}},
            "responses": {"200": {"description": "The result.", **content}}}


def _shared(name: str, schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with its own definitions moved to the document's shared schemas."""
    definitions = {keyword: held for keyword in ("$defs", "definitions")
                   if isinstance(held := schema.get(keyword), dict)}
    moved = {f"#/{keyword}/{key}": f"#/components/schemas/{name}_{key}"
             for keyword, held in definitions.items() for key in held}
    for held in definitions.values():
        for key, definition in held.items():
            schemas[f"{name}_{key}"] = with_references(definition, lambda ref: moved.get(ref, ref))
    own = {key: value for key, value in schema.items() if key not in ("$schema", "$id", "$defs", "definitions")}
    return with_references({"type": "object", **own}, lambda ref: moved.get(ref, ref))


async def _asked(target: Any, log: TextIO) -> tuple[Any, str | None, list[Any]]:
    """Return a server's description, its instructions and all pages of its tools."""
    async with mcp_client(target, log) as client:
        tools, cursor = [], None
        while True:
            page = await client.list_tools(cursor=cursor)
            tools += page.tools
            cursor = page.next_cursor
            if not cursor:
                return client.server_info, client.instructions, tools
