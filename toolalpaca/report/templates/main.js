// The address says what is shown; keys, filters and links change it.

function route() {
  const fragment = location.hash;
  const entry = entries[placeOf.get(sameLink(fragment)) ?? -1];
  const browsing = Boolean(entry) || fragment.startsWith("#trace") || fragment.startsWith("#api/");
  const changed = document.body.dataset.view !== (browsing ? "browser" : "overview");
  document.body.dataset.view = browsing ? "browser" : "overview";
  document.body.dataset.detail = entry ? "open" : "closed";
  list.selected = entry ?? null;
  const unknown = browsing && !entry && fragment !== "#traces";
  byId("trace").replaceChildren(...(!entry ? [element("p", { class: "note" }, unknown ? "This report holds no such conversation."
    : "Choose a conversation, or press j.")] : entry.api ? drawApi(entry.api) : drawTrace(entry.instance)));
  byId("trace").scrollTop = 0;
  if (browsing) {
    keepInSight();
    drawRows();
  } else if (changed && fragment.length > 1) {
    byId(decoded(fragment.slice(1)))?.scrollIntoView();
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// A link as this page writes it, whatever its sender's program escaped.
function sameLink(fragment) {
  const [kind, ...parts] = fragment.split("/");
  return [kind, ...parts.map((part) => encodeURIComponent(decoded(part)))].join("/");
}

function onKey(event) {
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "Escape" && typing) {
    event.target.blur();
    byId("list").focus({ preventScroll: true });
  } else if (event.ctrlKey || event.metaKey || event.altKey || typing) {
    return;
  } else if (event.key === "/") {
    if (document.body.dataset.view !== "browser") location.hash = "#traces";
    document.body.dataset.view = "browser"; // at once, so that what is typed next lands in the search
    document.body.dataset.detail = "closed";
    byId("search").focus();
    byId("search").select();
  } else if (event.key === "j" || (event.key === "ArrowDown" && event.target === byId("list"))) {
    move(1);
  } else if (event.key === "k" || (event.key === "ArrowUp" && event.target === byId("list"))) {
    move(-1);
  } else {
    return;
  }
  event.preventDefault();
}

function onFrame(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      work();
    });
  };
}

function afterPause(work, milliseconds = 80) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}

// What is folded is printed unfolded, and folded again afterwards.
function unfoldForPrint() {
  const opened = [...document.querySelectorAll("details:not([open])")];
  for (const one of opened) one.open = true;
  window.addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }), { once: true });
}

fillFilters();
show(chosen());
route();
window.addEventListener("hashchange", route);
window.addEventListener("beforeprint", unfoldForPrint);
window.addEventListener("resize", onFrame(drawRows));
document.addEventListener("keydown", onKey);
byId("list").addEventListener("scroll", onFrame(drawRows), { passive: true });
byId("filters").addEventListener("input", afterPause(() => show(chosen())));
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("filters").addEventListener("reset", () => setTimeout(() => show(chosen())));
byId("list").addEventListener("click", (event) => {
  const row = event.target.closest("a.row");
  if (!row || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  location.hash = row.getAttribute("href");
});
requestAnimationFrame(() => setTimeout(() => { document.documentElement.dataset.ready = Math.round(performance.now()); }));
