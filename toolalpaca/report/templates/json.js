// Draws a JSON value, indented and coloured; long ones folded.

const LONG_LINES = 14;
const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function parsed(text) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

function coloured(text) {
  const pieces = [];
  let done = 0;
  for (const match of text.matchAll(TOKENS)) {
    const kind = match[1] ? (match[2] ? "key" : "string") : "literal";
    pieces.push(text.slice(done, match.index), element("span", { class: `json-${kind}` }, match[1] ?? match[0]), match[2] ?? "");
    done = match.index + match[0].length;
  }
  return [...pieces, text.slice(done)];
}

function drawText(text, what = "text") {
  const json = parsed(text);
  const written = json ? JSON.stringify(json.value, null, 2) : text;
  const lines = written.split("\n").length;
  const draw = () => element("pre", {}, json && written.length < 200_000 ? coloured(written) : written);
  if (lines <= LONG_LINES && written.length < 1600) return draw();
  const folded = element("details", { class: "folded" }, element("summary", {},
    `${what}, ${lines.toLocaleString("en")} lines, ${written.length.toLocaleString("en")} characters`));
  folded.addEventListener("toggle", () => folded.open && folded.childElementCount === 1 && folded.append(draw()));
  return folded;
}
