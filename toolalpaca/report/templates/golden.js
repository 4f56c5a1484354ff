// Golden calls beside the calls that were made, argument by argument.

function argumentsOf(text) {
  const value = parsed(text)?.value;
  return value && typeof value === "object" && !Array.isArray(value) ? value : null;
}

const written = (value) => (value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));

function drawGolden(instance) {
  const { golden, extra } = instance.g;
  const rows = golden.flatMap((call) => callRows(call, stepsOf(instance)[call.m ?? -1]));
  const others = extra.map(([place, penalty]) => extraRow(stepsOf(instance)[place], place, penalty));
  if (!rows.length && !others.length) return element("p", { class: "note" }, "The golden answer holds no call, and none was made.");
  return element("div", { class: "scroll" }, element("table", { class: "golden" },
    element("thead", {}, element("tr", {}, ...["", "golden", "made", ""].map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, rows, others)));
}

function callRows(call, step) {
  const head = element("tr", { class: `call ${step ? "" : "wrong"}` }, element("th", { scope: "row" }, "call"),
    element("td", {}, call.f, call.optional ? " (optional)" : ""),
    element("td", {}, step ? `${step[STEP.action]} (step ${call.m + 1})` : "not made"),
    element("td", {}, step || call.optional ? "" : badge("✗ missing", "bad")));
  const golden = call.a;
  const made = step ? argumentsOf(step[STEP.input]) ?? {} : {};
  if (!golden) return [head, element("tr", {}, element("th", { scope: "row" }, "arguments"), element("td", {}, call.w), element("td", {}, step?.[STEP.input] ?? ""), element("td"))];
  const names = [...new Set([...Object.keys(golden), ...Object.keys(made)])];
  return [head, ...names.map((name) => argumentRow(name, golden[name], made[name], call, Boolean(step)))];
}

// `wrong` is what the scorer counts; any other difference is shown, but does not count.
function argumentRow(name, golden, made, call, wasMade) {
  const wrong = call.wrong.filter(([path]) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));
  const differs = wasMade && written(golden) !== written(made);
  const kind = wrong.length ? "wrong" : differs ? "differs" : "";
  const said = wrong.map(([path, finding]) => `✗ ${finding.replaceAll("_", " ")}${path === name ? "" : ` at ${path}`}`).join(", ");
  return element("tr", { class: kind }, element("th", { scope: "row" }, name), element("td", {}, written(golden)),
    element("td", {}, wasMade ? written(made) : ""),
    element("td", {}, said ? badge(said, "bad") : differs ? badge("differs, not counted") : ""));
}

function extraRow(step, place, penalty) {
  return element("tr", { class: penalty ? "call wrong" : "call differs" }, element("th", { scope: "row" }, "call"), element("td", {}, "not asked for"),
    element("td", {}, `${step?.[STEP.action] ?? ""} (step ${place + 1})`),
    element("td", {}, badge(penalty ? `✗ ${penalty.replaceAll("_", " ")}` : "extra, not counted", penalty ? "bad" : "")));
}
