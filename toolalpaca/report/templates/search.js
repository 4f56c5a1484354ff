// Which conversations are shown: all words of the search occur in them and every filter that is set fits.

const texts = new Map(); // of each conversation in lower case, made when first searched

function textOf(instance) {
  let text = texts.get(instance);
  if (text === undefined) {
    const api = apiOf(instance);
    text = [api.name, api.category, instance.q, instance.o, instance.t, instance.e, ...stepsOf(instance).flat(), ...(instance.u ?? []).flat()]
      .join("\n").toLowerCase();
    texts.set(instance, text);
  }
  return text;
}

const FILTERS = {
  run: (instance, wanted) => data.runs[apiOf(instance).r] === wanted,
  category: (instance, wanted) => apiOf(instance).category === wanted,
  kind: (instance, wanted) => kindOf(instance) === wanted,
  calls: (instance, wanted) => (wanted === "4+" ? callsOf(instance) >= 4 : callsOf(instance) === Number(wanted)),
  "verification-filter": (instance, wanted) => {
    if (wanted === "passed") return instance.v?.passed === true;
    if (wanted === "did not pass") return instance.v?.passed === false;
    if (wanted === "not verified") return instance.v === undefined;
    return reasonCodes(instance).has(wanted);
  },
  verdict: (instance, wanted) => verdictOf(instance) === wanted,
  function: (instance, wanted) => stepsOf(instance).some(
    (step) => step[STEP.action].toLowerCase().includes(wanted.toLowerCase())),
};

function chosen() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const set = Object.keys(FILTERS).map((id) => [FILTERS[id], byId(id).value.trim()]).filter(([, value]) => value);
  const fits = (instance) => set.every(([filter, value]) => filter(instance, value))
    && (!words.length || words.every((word) => textOf(instance).includes(word)));
  return withTheirApis(fits);
}

function withTheirApis(fits) {
  const found = [];
  let api = null;
  let count = 0;
  for (const entry of entries) {
    if (entry.api) api = entry;
    else if (fits(entry.instance)) {
      if (api) found.push(api);
      api = null;
      found.push(entry);
      count += 1;
    }
  }
  return { found, count };
}

function fillSelect(id, values, shown = (value) => value) {
  const options = values.map((value) => element("option", { value }, shown(value)));
  byId(id).replaceChildren(element("option", { value: "" }, "any"), ...options);
  byId(id).disabled = values.length === 0;
}

function fillFilters() {
  const counted = (kind) => {
    const counts = new Map();
    for (const instance of data.instances) for (const value of kind(instance)) counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
  };
  const select = (id, counts, order = [...counts.keys()].sort()) => fillSelect(
    id, order.filter((value) => counts.has(value)), (value) => `${value.replaceAll("_", " ")} (${counts.get(value)})`);
  select("run", counted((instance) => [data.runs[apiOf(instance).r]]), data.runs);
  byId("by-run").hidden = data.runs.length < 2;
  select("category", counted((instance) => [apiOf(instance).category]));
  select("kind", counted((instance) => [kindOf(instance)]));
  select("calls", counted((instance) => [callsOf(instance) >= 4 ? "4+" : String(callsOf(instance))]));
  const checked = counted((instance) => (instance.v ? [instance.v.passed ? "passed" : "did not pass", ...reasonCodes(instance)]
    : ["not verified"]));
  select("verification-filter", checked, [...new Set(["passed", "did not pass", "not verified", ...[...checked.keys()].sort()])]);
  select("verdict", counted((instance) => [verdictOf(instance)]));
  const functions = counted((instance) => new Set(stepsOf(instance).map((step) => step[STEP.action]).filter(Boolean)));
  byId("functions").replaceChildren(...[...functions.keys()].sort().map((name) => element("option", { value: name })));
}
