// The data of the page, and what can be said of one conversation.

const data = JSON.parse(byId("data").textContent);
const EXTERNAL = new Set(data.external); // functions that act on no API
const STEP = { thought: 0, action: 1, input: 2, observation: 3 };

const apiOf = (instance) => data.apis[instance.a];
const stepsOf = (instance) => instance.s ?? [];
const kindOf = (instance) => instance.k ?? "not recorded";
const verdictsOf = (instance) => instance.j ?? [];

function callsOf(instance) {
  return stepsOf(instance).filter((step) => step[STEP.action] && !EXTERNAL.has(step[STEP.action])).length;
}

function reasonCodes(instance) {
  return new Set((instance.v?.reasons ?? []).map((reason) => reason.split(":", 1)[0].trim()));
}

// One word for all evaluations of a solution: the worst of their verdicts.
function verdictOf(instance) {
  const found = verdictsOf(instance);
  if (!found.length) return "not evaluated";
  if (instance.e) return "no solution";
  const wrong = (key) => found.some((verdict) => verdict[key] === "No");
  if (wrong("p") && wrong("r")) return "both wrong";
  if (wrong("p")) return "process wrong";
  if (wrong("r")) return "response wrong";
  return found.every((verdict) => verdict.p === "Yes" && verdict.r === "Yes") ? "both right" : "uncertain";
}

function traceLink(instance) {
  const api = apiOf(instance);
  return `#trace/${encodeURIComponent(data.runs[api.r])}/${encodeURIComponent(api.name)}/${instance.i}`;
}

function apiLink(api) {
  return `#api/${encodeURIComponent(data.runs[api.r])}/${encodeURIComponent(api.name)}`;
}

// The list's entries: each API, followed by its conversations.
const entries = [];
const placeOf = new Map();
{
  let last = -1;
  for (const instance of data.instances) {
    if (instance.a !== last) {
      last = instance.a;
      const api = data.apis[last];
      placeOf.set(apiLink(api), entries.length);
      entries.push({ api });
    }
    placeOf.set(traceLink(instance), entries.length);
    entries.push({ instance });
  }
}
const linkOf = (entry) => (entry.api ? apiLink(entry.api) : traceLink(entry.instance));
