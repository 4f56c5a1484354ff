// The list, of which only the rows in sight are elements.

const ROW = 52; // pixels, as in style.css
const SPARE = 6; // rows drawn above and below what is in sight
const list = { found: [], selected: null };

function drawRows() {
  const box = byId("list");
  const first = Math.max(0, Math.floor(box.scrollTop / ROW) - SPARE);
  const last = Math.min(list.found.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW) + SPARE);
  const rows = byId("rows");
  rows.style.height = `${list.found.length * ROW}px`;
  rows.replaceChildren(...list.found.slice(first, last).map((entry, place) => drawRow(entry, first + place)));
  const active = list.found.indexOf(list.selected);
  if (active >= first && active < last) box.setAttribute("aria-activedescendant", `row-${active}`);
  else box.removeAttribute("aria-activedescendant");
}

function drawRow(entry, place) {
  const selected = entry === list.selected;
  const row = element("a", {
    class: `row ${entry.api ? "api" : "instance"}${selected ? " selected" : ""}`, id: `row-${place}`, role: "option",
    href: linkOf(entry), tabindex: "-1", "aria-selected": String(selected), "aria-setsize": list.found.length,
    "aria-posinset": place + 1,
  }, entry.api ? apiRow(entry.api) : instanceRow(entry.instance));
  row.style.top = `${place * ROW}px`;
  return row;
}

function apiRow(api) {
  return [element("span", { class: "name" }, api.name),
    element("span", { class: "more" }, api.category + (data.runs.length > 1 ? ` · ${data.runs[api.r]}` : ""))];
}

const VERDICT_MARKS = { "both right": "✓ right", "both wrong": "✗ both", "process wrong": "✗ process", "response wrong": "✗ response" };

function instanceRow(instance) {
  const verdict = verdictOf(instance);
  const marks = [
    instance.k ? badge(instance.k.replaceAll("_", " ")) : "",
    instance.e ? badge("failed", "bad") : badge(`${callsOf(instance)} ${callsOf(instance) === 1 ? "call" : "calls"}`),
    instance.v && !instance.v.passed ? badge("✗ verification", "bad") : "",
    VERDICT_MARKS[verdict] ? badge(VERDICT_MARKS[verdict], verdict === "both right" ? "good" : "bad") : "",
  ];
  return [element("span", { class: "text" }, instance.q), element("span", { class: "more" }, `#${instance.i} `, marks)];
}

function show(result) {
  list.found = result.found;
  byId("count").textContent = `${result.count.toLocaleString("en")} of ${data.instances.length.toLocaleString("en")} conversations`;
  byId("list").scrollTop = 0;
  if (list.selected) keepInSight();
  drawRows();
}

function keepInSight() {
  const place = list.found.indexOf(list.selected);
  const box = byId("list");
  if (place < 0) return;
  const top = place * ROW;
  if (top < box.scrollTop) box.scrollTop = Math.max(0, top - ROW);
  else if (top + ROW > box.scrollTop + box.clientHeight) box.scrollTop = top + 2 * ROW - box.clientHeight;
}

// Select the next conversation in the direction of `by`, passing over the names of APIs.
function move(by) {
  let place = list.found.indexOf(list.selected);
  if (place < 0) place = by > 0 ? -1 : list.found.length;
  do place += by; while (list.found[place]?.api);
  if (list.found[place]) location.replace(linkOf(list.found[place]));
}
