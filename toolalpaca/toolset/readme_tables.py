"""Tables and lists of APIs in a README, tolerant of how people write Markdown: odd links and pipes, blank lines."""

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

COLUMN_TITLES = {  # what the columns of a table are called, in lower case, by what they hold
    "api": ("name", "title", "api", "api name", "service", "nombre", "nom", "nome", "название", "имя", "名称", "名稱",
            "名前"),
    "description": ("description", "desc", "about", "summary", "what it does", "details", "purpose", "descripción",
                    "beschreibung", "descrição", "descrizione", "описание", "描述", "说明", "說明", "介绍", "説明",
                    "설명"),
    "auth": ("auth", "authentication", "authorization", "autenticación", "authentification", "authentifizierung",
             "autenticação", "autenticazione", "аутентификация", "认证", "認證", "鉴权", "認証", "인증"),
    "https": ("https",), "cors": ("cors",),
    "category": ("category", "categories", "categoría", "catégorie", "类别", "分类"),
    "link": ("link", "url", "homepage", "website", "documentation", "docs", "enlace", "lien", "ссылка", "链接", "網址",
             "网址")}
FULL, WITHOUT_AUTH = {"api", "description", "auth"}, ({"api", "description"}, {"api", "link"})
NO_CATEGORY = "Uncategorized"
_DELIMITER = re.compile(r"\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_DEFINITION = re.compile(r"\[([^\[\]]+)\]:\s*<?([^\s<>]+)>?(\s+[\"'(].*)?")
_REFERENCE = re.compile(r"(\[([^\[\]]+)\])(?:\[([^\[\]]*)\]|(?![\[(:]))")
_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+]|\d{1,4}[.)])\s+(?:\[[ xX]\]\s+)?(?P<text>.+)")
_NAMED_ITEM = re.compile(r"(?P<name>\*\*[^*\[\]]+\*\*|[^:\[\]]+?(?=\s[-\u2013\u2014]\s|:\s))"
                         r"[\s:\u2013\u2014-]*(?P<rest>.+)")
_BARE_URL = re.compile(r"(?<![(<\[])\bhttps?://[^\s<>()]+")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)")
_BOLD_LINE = re.compile(r"(?:\*\*|__)(?P<text>[^*_\[\]]+)(?:\*\*|__):?")  # a heading in bold
_UNDERLINED = re.compile(r"^(?![#>|*+\s-])(.{1,80})\n(?:=+|-{3,})[ \t]*$", re.MULTILINE)  # a heading
_TAGS = re.DOTALL | re.IGNORECASE
_LINK_OF_HTML = re.compile(r"<a\s[^<>]{0,200}?href\s*=\s*[\"']?([^\"'\s<>]++)[^<>]*+>"
                           r"((?:(?!<a\s).){0,500}?)</a>", _TAGS)
_HEADING_OF_HTML = re.compile(r"<(h[1-6]|summary)\b[^<>]*>(.{0,200}?)</\1>", _TAGS)
_ROW_OF_HTML = re.compile(r"<tr\b[^<>]*>((?:(?!<tr\b).){0,5000}?)</tr>", _TAGS)
_TABLE_OF_HTML = re.compile(r"</?(?:table|thead|tbody|tfoot|colgroup|col|caption)\b[^<>]*>", _TAGS)
_CELL_OF_HTML = re.compile(r"<(t[dh])\b[^<>]*>(.*?)</\1>", _TAGS)
_FLAGS = {"yes", "no", "unknown"}
_YES = frozenset({"yes", "y", "true", "✓", "✔", "✔️", "✅", ":white_check_mark:", ":heavy_check_mark:", "sí", "si",
                  "oui", "ja", "sim", "sì", "да", "是", "はい", "예"})


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
class TableRows:
    """Rows of tables of one kind, or items of lists; `skipped` are those without a name or link."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    headings: Counter[str] = field(default_factory=Counter)  # how many are under each

    def add(self, entry: dict[str, Any] | None, line: str, heading: str) -> None:
        """Add an entry, or the line that does not hold one."""
        if entry:
            self.entries.append(entry)
        else:
            self.skipped.append(line)
        self.headings[heading] += 1


@dataclass
class Tables:
    """The APIs of a README.

    `entries` have the keys of the public-apis JSON, `skipped` are rows without a name or link; `other` and `items`
    count by heading the rows of other tables and the items of lists, which are not among the entries.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)


def read_tables(markdown: str) -> Tables:
    """Return the APIs of a README, each with the heading above it as its category.

    They are the rows of the tables with the columns API, Description and Auth. If there is no such table, they are the
    rows of tables with a name and a description or link, or the items of lists that begin with a link, whichever are
    more; and if there is none of these, the rows of any table that hold a link, with the longest other cell as the
    description: headings are written in many languages.
    """
    full, plain, guessed, other, items = _rows(markdown)
    if full.entries:
        return Tables(full.entries, full.skipped, plain.headings + other, items.headings)
    if not plain.entries and not items.entries:
        return Tables(guessed.entries, plain.skipped, Counter(), items.headings)
    if len(plain.entries) >= len(items.entries):
        return Tables(plain.entries, plain.skipped, full.headings + other, items.headings)
    return Tables(items.entries, items.skipped, full.headings + plain.headings + other)


def _rows(markdown: str) -> tuple[TableRows, TableRows, TableRows, Counter[str], TableRows]:
    """Return the rows of full tables, of plain ones, those of others that hold a link, the number of rows of other
    tables by heading, and the items of lists.

    A table ends at a line of prose, a heading or the next table's header; a blank line inside it is ignored.
    """
    full, plain, guessed, items, other = TableRows(), TableRows(), TableRows(), TableRows(), Counter[str]()
    kinds = [(full, FULL), *((plain, needed) for needed in WITHOUT_AUTH)]
    category, header, entry = NO_CATEGORY, None, None
    lines = [line for line in _with_addresses(list(_prose_lines(markdown))) if line]
    above: list[tuple[int, str]] = []  # the items around an item: how far each is indented, and the category it names
    for line, after in zip(lines, [*lines[1:], ""], strict=False):
        heading = re.match(r"#{1,6}\s+", line)
        bold = _BOLD_LINE.fullmatch(line) if "|" in after or _ITEM.fullmatch(after) else None
        if heading or bold:
            words = line[heading.end():].rstrip("#") if heading else line
            category, header, above = plain_text(words).strip("_:") or NO_CATEGORY, None, []
        elif item := _ITEM.fullmatch(line):
            header = None
            above = [one for one in above if one[0] < len(item["indent"])]
            under = above[-1][1] if above else category
            if any(not link.is_image and link.address[:1] != "#" for link in find_links(_linked(line), spaced=True)):
                entry = _item_entry(_linked(item["text"]), under or category)
                if entry and not entry["Description"] and after[:2] == "  " and not _ITEM.fullmatch(after):
                    entry["Description"] = plain_text(after)
                if under or entry and entry["Description"]:  # else a detail of the item around it
                    items.add(entry, line.strip(), under or category)
                under = ""
            else:
                under = plain_text(item["text"])
            above.append((len(item["indent"]), under))
        elif "|" not in line:
            header = None
        elif _DELIMITER.fullmatch(after):
            header = _header(line)
        elif not _DELIMITER.fullmatch(line):
            rows = next((rows for rows, needed in kinds if header and header.columns.keys() >= needed), None)
            if header and rows:
                rows.add(_entry(cells(line), header, category), line, category)
            else:
                other[category] += header is not None
                guessed.entries += _guessed(cells(line), category)
    return full, plain, guessed, +other, items


def _guessed(row: list[str], category: str) -> list[dict[str, Any]]:
    """Return the API of a table's row whose columns nothing names, in a list; [] for a row without a link."""
    found = [_name_and_link(cell) for cell in row]
    place = next((place for place, (_, link) in enumerate(found) if link.startswith(("http://", "https://"))), None)
    if place is None:
        return []
    names = [name for name, _ in (found[0], found[place]) if re.search(r"[^\W\d_]", name)]
    texts = [plain_text(cell) for cell, (name, link) in zip(row, found, strict=True)
             if not link and name not in names]
    description = max(texts, key=lambda text: (" " in text, len(text)), default="")
    return [_api(names[0], found[place][1], category, {"description": description})] if names else []


def _item_entry(text: str, category: str) -> dict[str, Any] | None:
    """Return the entry of a list's item, `[name](link) - description` or `**name**: description [...](link)`; None if
    it begins with neither."""
    link = next((link for link in find_links(text, spaced=True) if not link.is_image), None)
    if link is None or not link.address.startswith(("http://", "https://")):
        return None
    name, rest = _label(link.label), text[link.end:]
    if re.search(r"[^\W_]", text[:link.start]):
        named = _NAMED_ITEM.fullmatch(text[:link.start])
        if named is None or re.search(r"[^\W_]", rest):
            return None
        name, rest = plain_text(named["name"]), re.sub(r"[\s(\u2013\u2014-]+\Z", "", named["rest"])
    description = re.sub(r"\A[*_\s]*[-\u2013\u2014:|]*\s*", "", plain_text(rest))
    return _api(name, link.address, category, {"description": description}) if name else None


def _linked(text: str) -> str:
    """Return a list's item with a bare URL as a link, if it has no other."""
    return text if "](" in text.replace("] (", "](") else _BARE_URL.sub(lambda url: f"[link]({url[0]})", text)


def _label(label: str) -> str:
    """Return the text of a link, without that of images if there is more."""
    return plain_text(_IMAGE.sub("", label)) or plain_text(label)


def _api(name: str, link: str, category: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return an API with the keys of the public-apis JSON from the plain texts of its columns; without a column for
    HTTPS it is taken from the link."""
    auth = texts.get("auth", "")
    return {"API": name, "Description": texts.get("description", ""),
            "Auth": "" if auth.lower() in ("", "no", "none") else auth,
            "HTTPS": texts["https"].lower() in _YES if "https" in texts else link.startswith("https://"),
            "Cors": texts.get("cors", "").lower() or "unknown", "Link": link, "Category": category}


def _prose_lines(markdown: str) -> Iterator[str]:
    """Yield the stripped lines outside comments and code fences; those of lists keep their indentation."""
    fence = ""
    text, *commented = markdown.split("<!--")
    text += "".join(part.partition("-->")[2] for part in commented)
    for raw in _UNDERLINED.sub(r"## \1", _without_html(text)).splitlines():
        line = raw.strip()
        mark = _FENCE.match(line)
        if mark and (not fence or line.startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            indented = _ITEM.fullmatch(line) or raw.startswith(("  ", "\t")) and "|" not in line and line
            yield raw.rstrip().expandtabs(4) if indented else line


def _without_html(text: str) -> str:
    """Return the text with links, headings and rows of tables in HTML written as Markdown."""
    text = _TABLE_OF_HTML.sub("\n", _LINK_OF_HTML.sub(r"[\2](\1)", text))
    text = _HEADING_OF_HTML.sub(lambda found: f"\n## {' '.join(found[2].split())}\n", text)
    return _ROW_OF_HTML.sub(lambda found: _row_of_html(found[1]), text)


def _row_of_html(row: str) -> str:
    found = [" ".join(cell[2].split()).replace("|", "\\|") for cell in _CELL_OF_HTML.finditer(row)]
    is_header = "<th" in row.lower()
    return f"\n| {' | '.join(found)} |\n" + ("|---" * len(found) + "|\n" if is_header else "")


def _with_addresses(lines: list[str]) -> Iterator[str]:
    """Yield the lines with `[label](address)` for each `[label][reference]` whose address is defined on its own
    line."""
    found = [match for line in lines if (match := _DEFINITION.fullmatch(line.strip()))]
    addresses = {match[1].lower(): match[2] for match in found}

    def linked(match: re.Match[str]) -> str:
        address = addresses.get((match[3] or match[2]).lower())
        return f"{match[1]}({address})" if address else match[0]

    return (_REFERENCE.sub(linked, line) if addresses else line for line in lines)


@dataclass(frozen=True)
class Header:
    """The number of the first column of each kind, and how many columns there are."""

    columns: dict[str, int]
    width: int


def _header(line: str) -> Header:
    headings = [plain_text(cell).lower() for cell in cells(line)]
    return Header({kind: min(found) for kind, names in COLUMN_TITLES.items()
                   if (found := [index for index, heading in enumerate(headings) if heading in names])}, len(headings))


def cells(line: str) -> list[str]:
    """Return the cells of a table row, with or without outer pipes; an escaped pipe is part of its cell."""
    inner = line.strip().removeprefix("|")
    if not inner.endswith("\\|"):
        inner = inner.removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _entry(row: list[str], header: Header, category: str) -> dict[str, Any] | None:
    row = _rejoined(row, header)
    values = {name: row[index] if index < len(row) else "" for name, index in header.columns.items()}
    name, link = _name_and_link(values["api"])
    link = link or _name_and_link(values.get("link", ""))[1]
    if not name or not link:
        return None
    texts = {kind: value if kind == "https" else plain_text(value) for kind, value in values.items()}
    return _api(name, link, texts.get("category") or category, texts)


def _rejoined(row: list[str], header: Header) -> list[str]:
    """Rejoin a description that contained a pipe; the HTTPS or CORS column shows where it ends."""
    columns = header.columns
    place = columns.get("https", columns.get("cors"))
    if place is None or "description" not in columns or len(row) <= header.width or row[place].lower() in _FLAGS:
        return row
    start = columns["description"]
    for shift in range(1, len(row) - place):
        if row[place + shift].lower() in _FLAGS:
            return [*row[:start], " | ".join(row[start:start + shift + 1]), *row[start + shift + 1:]]
    return row


def _name_and_link(cell: str) -> tuple[str, str]:
    links = [link for link in find_links(cell, spaced=True) if not link.is_image]
    link = next((link for link in links if plain_text(_IMAGE.sub("", link.label))), links[0] if links else None)
    if link:
        return _label(link.label), link.address
    bare = re.search(r"<(https?://[^<>\s]+)>", cell) or re.search(r"(https?://\S+)", cell)
    return (plain_text(cell.replace(bare[0], "")) or bare[1], bare[1]) if bare else (plain_text(cell), "")


def plain_text(markdown: str) -> str:
    """Return a cell or heading as plain text on one line: no links, images, code marks, bold, tags or entities."""
    text = re.sub(r"<(https?://[^<>\s]*)>", r"\1", without_links(markdown))
    text = html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", " ", text)).replace("`", "").replace("**", "")
    return " ".join(re.sub(r"\\([\\*_{}\[\]()#+.!|<>~-])", r"\1", text).split())
