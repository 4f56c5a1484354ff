// One conversation drawn as turns, or one API with its functions.

const RESPONSE = /^\s*Status Code:\s*(\d{3})\.\s*Response:\s*([\s\S]*)$/;

function turn(kind, label, trained, ...content) {
  const marks = trained ? badge("trained", "trained") : "";
  return element("section", { class: `turn ${kind}${trained ? " is-trained" : ""}` },
    element("h3", {}, label, " ", marks), ...content);
}

// What an API answered and what was said to the assistant behind it, each "" where there is none.
function jsonAndRest(text) {
  if (parsed(text)) return [text, ""];
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]")) + 1;
  return /^\s*[{[]/.test(text) && parsed(text.slice(0, end)) ? [text.slice(0, end), text.slice(end).replace(/^[.\s]+/, "")] : ["", text];
}

const prose = (text) => element("p", { class: "prose" }, text);

function drawTrace(instance) {
  const steps = stepsOf(instance);
  const trained = instance.m ?? [];
  const turns = [];
  let place = 0;
  for (const [count, said, thought, answer] of instance.u ?? [[steps.length, instance.q, instance.t, instance.o]]) {
    turns.push(turn("user", "User", false, prose(said)));
    for (const end = place + count; place < end; place++) turns.push(...drawStep(steps[place], place, trained[place] === 1, instance.p?.includes(place)));
    if (thought) turns.push(turn("thought", "Last thought", trained.at(-1) === 1, prose(thought)));
    if (answer) turns.push(turn("answer", "Answer", trained.at(-1) === 1, prose(answer)));
  }
  if (instance.e) turns.push(turn("failure", "Failure", false, prose(instance.e)));
  return [traceHead(instance), ...turns, ...judgement(instance)];
}

// `together`: the call was made in one turn with the one before, whose answer it did not wait for.
function drawStep([thought, action, input, observation], place, trained, together) {
  const turns = [];
  if (thought) turns.push(turn("thought", "Thought", trained, prose(thought)));
  if (action) turns.push(turn("action", `Action ${place + 1}${together ? `, in one turn with action ${place}` : ""}`, trained, element("p", { class: "function" }, action), drawArguments(input)));
  return [...turns, turn("observation", `Observation ${place + 1}`, false, ...drawObservation(observation))];
}

function drawArguments(input) {
  const found = argumentsOf(input);
  if (!found || !Object.keys(found).length) return element("pre", {}, input);
  return element("dl", { class: "arguments" }, Object.entries(found).map(([name, value]) => element("div", {},
    element("dt", {}, name), element("dd", {}, typeof value === "object" && value ? drawText(JSON.stringify(value), name) : JSON.stringify(value)))));
}

function drawObservation(text) {
  const match = RESPONSE.exec(text);
  if (!match) return [drawText(text, "text")];
  const [json, rest] = jsonAndRest(match[2]);
  return [badge(`status ${match[1]}`, match[1] < "400" ? "good" : "bad"), json ? drawText(json, "JSON") : "", rest ? drawText(rest, "text") : ""];
}

function traceHead(instance) {
  const api = apiOf(instance);
  return element("header", {},
    element("a", { class: "back", href: "#traces" }, "← list"),
    element("h2", {}, element("a", { href: apiLink(api) }, api.name), ` #${instance.i} `, element("a", { class: "permalink", href: traceLink(instance), title: "Link to this conversation" }, "link")),
    element("p", { class: "more" }, badge(api.category), badge(data.runs[api.r]), instance.k ? badge(`kind: ${instance.k.replaceAll("_", " ")}`) : "", badge(`API calls: ${callsOf(instance)}`),
      instance.v ? badge(instance.v.passed ? "✓ verified" : "✗ did not pass verification", instance.v.passed ? "good" : "bad") : "",
      instance.l ? badge(`not a training example: ${instance.l}`) : badge("training example", "trained")));
}

function judgement(instance) {
  const made = [];
  for (const [title, reasons] of [["Verification", instance.v?.reasons], ["Rules that the judge overruled", instance.v?.overruled]])
    if (reasons?.length) made.push(block(title, element("ul", {}, reasons.map((reason) => element("li", {}, reason)))));
  if (instance.g) made.push(block("Golden calls beside made calls", drawGolden(instance)));
  for (const verdict of verdictsOf(instance)) made.push(block(`Verdict of ${data.evaluations[verdict.n]}`, ...drawVerdict(verdict)));
  return made;
}

function block(title, ...content) {
  return element("section", { class: "judgement" }, element("h3", {}, title), ...content);
}

function drawVerdict(verdict) {
  const mark = (label, value) => badge(`${label}: ${value ?? "none"}`, value === "Yes" ? "good" : value === "No" ? "bad" : "");
  return [element("p", {}, mark("process", verdict.p), " ", mark("response", verdict.r), " ", verdict.class ? badge(verdict.class.replaceAll("_", " "), "bad") : ""),
    verdict.found.length ? element("ul", {}, verdict.found.map((one) => element("li", {}, one))) : "",
    verdict.why ? prose(verdict.why) : ""];
}

function drawApi(api) {
  const functions = Object.entries(api.functions);
  return [element("header", {}, element("a", { class: "back", href: "#traces" }, "← list"), element("h2", {}, api.name),
    element("p", { class: "more" }, badge(api.category), badge(data.runs[api.r]), badge(`functions: ${functions.length}`))),
  prose(api.description),
  ...functions.map(([name, text]) => element("details", { class: "folded" }, element("summary", {}, name), element("pre", {}, text)))];
}
