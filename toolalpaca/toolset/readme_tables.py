"""Tables of APIs in a README, tolerant of how people write Markdown: odd links, escaped pipes, blank lines."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

NEEDED_COLUMNS = {"api", "description", "auth"}
NO_CATEGORY = "Uncategorized"
_DELIMITER = re.compile(r"\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_DEFINITION = re.compile(r"\[([^\[\]]+)\]:\s*<?([^\s<>]+)>?(\s+[\"'(].*)?")
_REFERENCE = re.compile(r"(\[([^\[\]]+)\])\[([^\[\]]*)\]")
_FLAGS = {"yes", "no", "unknown"}


@dataclass(frozen=True, slots=True)
class Link:
    """`[label](address)` or `![label](address)` at `start:end` of a text."""

    start: int
    end: int
    label: str
    address: str
    is_image: bool


def find_links(text: str, *, spaced: bool = False) -> Iterator[Link]:
    """Yield the links in a text from left to right; links inside a link's label are part of the label.

    `spaced` also accepts `[label] (address)`, which is not a link in Markdown.
    """
    joint = re.compile(r"\]\s*\(" if spaced else r"\]\(")
    brackets, parentheses = _pairs(text, "[", "]"), _pairs(text, "(", ")")
    end = 0
    for opening, closing in sorted(brackets.items()):
        start = joint.match(text, closing)
        if opening < end or not start:
            continue
        target = start.end()
        stop = parentheses.get(target - 1, text.find(")", target))
        if stop < 0:
            continue
        is_image = text[:opening].endswith("!")
        end = stop + 1
        yield Link(opening - is_image, end, text[opening + 1:closing], _address(text[target:stop]), is_image)


def without_links(text: str) -> str:
    """Return the text with each link, and each image inside a label, replaced by its label."""
    for _ in range(2):
        parts, end = [], 0
        for link in find_links(text):
            parts += [text[end:link.start], link.label]
            end = link.end
        text = "".join(parts) + text[end:]
    return text


def _pairs(text: str, left: str, right: str) -> dict[int, int]:
    """Return the position of the matching `right` for each closed `left`; escaped ones are ignored."""
    pairs, waiting = {}, []
    for match in re.finditer(r"\\.|[\[\]()]", text):
        if match[0] == left:
            waiting.append(match.start())
        elif match[0] == right and waiting:
            pairs[waiting.pop()] = match.start()
    return pairs


def _address(written: str) -> str:
    """Return the address in a link's parentheses without surrounding blanks and title; blanks inside are encoded."""
    target = written.strip()
    titled = re.fullmatch(r"(\S+)\s+(\"[^\"]*\"|'[^']*')", target)
    bracketed = re.match(r"<([^<>]*)>", target)
    address = titled[1] if titled else target
    address = bracketed[1] if bracketed else address
    return re.sub(r"\s+", "%20", html.unescape(address.strip()).replace("\\", ""))


@dataclass
class Tables:
    """The tables of a README.

    `entries` have the keys of the public-apis JSON, `skipped` are rows without a name or link, and `other` counts by
    heading the rows of tables that do not list APIs.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)


def read_tables(markdown: str) -> Tables:
    """Return every API row of every API table, with the heading above it as its category.

    A table ends at a line of prose, a heading or the next table's header; a blank line inside it is ignored.
    """
    found = Tables()
    category, columns = NO_CATEGORY, None
    lines = [line for line in _with_addresses(list(_prose_lines(markdown))) if line]
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        heading = re.match(r"#{1,6}\s+", line)
        if heading:
            category, columns = plain_text(line[heading.end():].rstrip("#")) or NO_CATEGORY, None
        elif "|" not in line:
            columns = None
        elif _DELIMITER.fullmatch(after):
            columns = _columns(line)
        elif columns is not None and not _DELIMITER.fullmatch(line):
            _add_row(found, line, columns, category)
    return found


def _add_row(found: Tables, line: str, columns: dict[str, int], category: str) -> None:
    if not columns.keys() >= NEEDED_COLUMNS:
        found.other[category] += 1
        return
    entry = _entry(cells(line), columns, category)
    found.entries.append(entry) if entry else found.skipped.append(line)


def _prose_lines(markdown: str) -> Iterator[str]:
    """Yield the stripped lines outside comments and code fences."""
    fence = ""
    text, *commented = markdown.split("<!--")
    for raw in (text + "".join(part.partition("-->")[2] for part in commented)).splitlines():
        line = raw.strip()
        mark = _FENCE.match(line)
        if mark and (not fence or line.startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            yield line


def _with_addresses(lines: list[str]) -> Iterator[str]:
    """Yield the lines with `[label](address)` for each `[label][reference]` whose address is defined on its own
    line."""
    found = [match for line in lines if (match := _DEFINITION.fullmatch(line))]
    addresses = {match[1].lower(): match[2] for match in found}

    def linked(match: re.Match[str]) -> str:
        address = addresses.get((match[3] or match[2]).lower())
        return f"{match[1]}({address})" if address else match[0]

    return (_REFERENCE.sub(linked, line) if addresses else line for line in lines)


def _columns(header: str) -> dict[str, int]:
    """Return the column numbers by lower-case heading."""
    return {plain_text(cell).lower(): index for index, cell in reversed(list(enumerate(cells(header))))}


def cells(line: str) -> list[str]:
    """Return the cells of a table row, with or without outer pipes; an escaped pipe is part of its cell."""
    inner = line.strip().removeprefix("|")
    if not inner.endswith("\\|"):
        inner = inner.removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _entry(row: list[str], columns: dict[str, int], category: str) -> dict[str, Any] | None:
    row = _mended(row, columns)
    values = {name: row[index] if index < len(row) else "" for name, index in columns.items()}
    name, link = _name_and_link(values["api"])
    if not name or not link:
        return None
    auth = plain_text(values["auth"])
    return {"API": name, "Description": plain_text(values["description"]),
            "Auth": "" if auth.lower() in ("", "no", "none") else auth,
            "HTTPS": values["https"].lower() == "yes" if "https" in values else link.startswith("https://"),
            "Cors": plain_text(values.get("cors", "")).lower() or "unknown",
            "Link": link, "Category": category}


def _mended(row: list[str], columns: dict[str, int]) -> list[str]:
    """Rejoin a description that contained a pipe; the HTTPS or CORS column shows where it ends."""
    place = columns.get("https", columns.get("cors"))
    if place is None or len(row) <= len(columns) or row[place].lower() in _FLAGS:
        return row
    start = columns["description"]
    for shift in range(1, len(row) - place):
        if row[place + shift].lower() in _FLAGS:
            return [*row[:start], " | ".join(row[start:start + shift + 1]), *row[start + shift + 1:]]
    return row


def _name_and_link(cell: str) -> tuple[str, str]:
    link = next((link for link in find_links(cell, spaced=True) if not link.is_image), None)
    if link:
        return plain_text(link.label), link.address
    bare = re.search(r"<(https?://[^<>\s]+)>", cell) or re.search(r"(https?://\S+)", cell)
    return (plain_text(cell.replace(bare[0], "")) or bare[1], bare[1]) if bare else (plain_text(cell), "")


def plain_text(markdown: str) -> str:
    """Return a cell or heading as plain text on one line: no links, images, code marks, bold, tags or entities."""
    text = re.sub(r"<(https?://[^<>\s]*)>", r"\1", without_links(markdown))
    text = html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", " ", text)).replace("`", "").replace("**", "")
    return " ".join(re.sub(r"\\([\\*_{}\[\]()#+.!|<>~-])", r"\1", text).split())
