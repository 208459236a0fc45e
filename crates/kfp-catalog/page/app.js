// The catalog's page: loads the data, lists and filters components, follows the address. Data arrives through scripts,
// because browsers refuse to fetch from file://.
"use strict";

(() => {
  const { ageing, h, notice, say, size } = Elements;
  const SCHEMA = "kfp-comp.dev/catalog/v1";
  const PAGE = 48;
  const PATIENCE = 15000;
  const main = document.getElementById("main");
  const query = document.getElementById("query");
  const catalog = { index: null, documents: [], details: new Map() };
  // Where to come back to from a component: the list as it was, and the card there.
  let list = "#/", opened = null;

  function show(...children) {
    main.replaceChildren(...children);
  }

  // ------------------------------------------------------------------------------------------------- data

  // Calls back with data, or with the reason why there is none.
  function load(path, done) {
    const script = h("script", { src: path });
    let settled = false;
    const settle = (problem) => {
      clearTimeout(timer);
      if (!settled) { settled = true; script.remove(); done(problem); }
    };
    const timer = setTimeout(() => settle("the server does not answer"), PATIENCE);
    script.addEventListener("error", () => settle("it is not there, or the server does not give it"));
    script.addEventListener("load", () => settle(null));
    document.head.append(script);
  }

  window.kfpCatalog = (index) => { catalog.index = index; };
  window.kfpComponent = (detail) => {
    if (detail && detail.index && Array.isArray(detail.index.versions)) catalog.details.set(detail.index.name, detail);
  };

  function unusable(index) {
    if (!index || typeof index !== "object") return "it holds no catalog; a server that answers every address with a web page does that";
    if (index.schema !== SCHEMA) return `it is written in another format (${String(index.schema)}); this page reads ${SCHEMA}`;
    if (!Array.isArray(index.components)) return "it lists no components";
    const broken = index.components.findIndex((one) => !one || !Detail.isName(one.name) || !one.latest || !one.latest.component);
    return broken < 0 ? null : `its entry ${broken + 1} is not a component`;
  }

  function start() {
    load("index.js", (problem) => {
      problem = problem || unusable(catalog.index);
      if (problem) {
        catalog.index = null;
        say("The catalog cannot be shown");
        show(notice("The catalog cannot be shown", [`index.js cannot be used: ${problem}.`, "Whoever runs this catalog can repair it with: kfp-comp catalog build"]));
        return;
      }
      document.getElementById("title").textContent = title();
      catalog.documents = catalog.index.components.map(Search.describe);
      route();
    });
  }

  const title = () => catalog.index.title || "Components";

  // ---------------------------------------------------------------------------------------------- routing

  function address() {
    const [path, search] = location.hash.replace(/^#/, "").split("?");
    return { parts: path.split("/").filter(Boolean).map(decode), parameters: new URLSearchParams(search || "") };
  }

  function decode(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  function route() {
    if (!catalog.index) return;
    const { parts, parameters } = address();
    if (parts[0] === "c" && parts[1]) { detail(parts[1], parts[2]); return; }
    const state = { q: parameters.get("q") || "", all: parameters.get("all") === "1" };
    for (const [key] of FACETS) state[key] = parameters.get(key) || "";
    if (query.value !== state.q && document.activeElement !== query) query.value = state.q;
    browse(state);
  }

  function go(state, replace) {
    const parameters = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) if (value) parameters.set(key, value === true ? "1" : value);
    const hash = `#/${[...parameters].length ? "?" + parameters : ""}`;
    history[replace ? "replaceState" : "pushState"](null, "", hash);
    browse(state);
  }

  // ---------------------------------------------------------------------------------------------- browsing

  const FACETS = [["category", "Category"], ["in", "Takes"], ["out", "Gives"], ["arch", "Architecture"]];

  function fits(document, filters, except) {
    return FACETS.every(([key]) => key === except || !filters[key] || document.facets[key].includes(filters[key]));
  }

  const isWithdrawn = ({ component }) => component.yanked || component.deprecated;

  function browse(state) {
    document.title = title();
    const open = document.querySelector(".facets details")?.open;
    const focused = document.activeElement?.dataset?.facet;
    const searched = Search.ranked(catalog.documents, state.q).filter((one) => state.all || !isWithdrawn(one));
    const hits = searched.filter((one) => fits(one, state));
    const cards = h("ul", { class: "cards", id: "cards" });
    const total = catalog.documents.length;
    const withdrawn = state.all ? 0 : catalog.documents.filter(isWithdrawn).length;
    const chosen = FACETS.some(([key]) => state[key]);
    // What a button removes goes with the button: the search field is where one goes on.
    const then = (next) => () => { query.value = next.q || ""; go(next); query.focus(); };
    const count = h("p", { class: "count" },
      h("span", {}, h("strong", {}, String(hits.length)), hits.length === 1 ? " component" : " components", hits.length < total - withdrawn ? ` of ${total - withdrawn}` : ""),
      h("span", { class: "tags" },
        withdrawn > 0 && h("button", { class: "quiet", type: "button", onclick: then({ ...state, all: true }) }, `Show ${withdrawn} withdrawn`),
        (chosen || state.q) && h("button", { class: "quiet", type: "button", id: "reset", onclick: then({}) }, "Reset")));
    const results = h("section", { "aria-label": "Components" }, count, cards);
    if (!hits.length) {
      cards.remove();
      results.append(total === 0
        ? notice("This catalog is empty", ["Publish a component with: cargo xtask publish --registry REGISTRY"], "warn")
        : notice("Nothing fits", [state.q ? `No component matches “${state.q}”${chosen ? " with these filters" : ""}.` : "No component has all of these.", "Fewer words or filters find more."], "warn"));
    }
    show(h("h1", { class: "hidden" }, title()), h("div", { class: "browse" }, total > 0 && facets(state, searched, open), results));
    if (focused) document.querySelector(`[data-facet="${CSS.escape(focused)}"]`)?.focus();
    fill(cards, hits, 1 + hits.findIndex(({ component }) => component.name === opened));
    if (opened && [document.body, main].includes(document.activeElement)) document.querySelector(`.card[href="#/c/${opened}"]`)?.focus();
    opened = null;
    list = location.hash || "#/";
    say(`${hits.length} ${hits.length === 1 ? "component" : "components"}`);
  }

  function facets(state, searched, open) {
    const groups = FACETS.map(([key, heading]) => {
      const counts = new Map();
      for (const one of searched) {
        if (fits(one, state, key)) for (const value of one.facets[key]) counts.set(value, (counts.get(value) || 0) + 1);
      }
      if (state[key] && !counts.has(state[key])) counts.set(state[key], 0);
      if (!counts.size) return null;
      const chips = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value, number]) => {
        const pressed = state[key] === value;
        return h("li", {}, h("button", {
          class: "chip", type: "button", "aria-pressed": String(pressed), "data-facet": `${key}:${value}`,
          onclick: () => go({ ...state, [key]: pressed ? "" : value }),
        }, value, h("span", {}, String(number))));
      });
      return h("div", {}, h("h2", { id: `facet-${key}` }, heading), h("ul", { class: "chips", "aria-labelledby": `facet-${key}` }, chips));
    });
    const wide = matchMedia("(min-width: 60.01rem)").matches;
    return h("aside", { class: "facets", "aria-label": "Filters" }, h("details", { open: wide || open }, h("summary", {}, "Filters"), groups));
  }

  // A screenful at a time, or as many as are wanted: two thousand cards at once would take longer to lay out than to find.
  function fill(cards, hits, wanted) {
    let shown = 0;
    const more = (number) => {
      cards.append(...hits.slice(shown, shown + number).map(({ component }) => h("li", {}, card(component))));
      shown = Math.min(shown + number, hits.length);
      if (shown < hits.length) {
        const sentinel = h("li", { "aria-hidden": "true" });
        cards.append(sentinel);
        new IntersectionObserver((entries, observer) => {
          if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); sentinel.remove(); more(PAGE); }
        }, { rootMargin: "800px" }).observe(sentinel);
      }
    };
    more(Math.max(PAGE, wanted));
  }

  function card(component) {
    const types = (ports) => {
      const all = [...new Set(ports.map((port) => port.type))];
      return all.length > 3 ? `${all.slice(0, 3).join(", ")}, …` : all.join(", ") || "nothing";
    };
    const { latest } = component;
    const old = ageing(latest);
    return h("a", { class: "card", href: `#/c/${component.name}` },
      h("h2", {}, component.display_name || component.name),
      h("div", { class: "tags" },
        h("span", { class: "tag" }, `${component.name} ${latest.version}`),
        Object.entries(latest.sizes || {}).map(([arch, bytes]) => h("span", { class: "tag good" }, `${arch} ${size(bytes)}`)),
        component.yanked && h("span", { class: "tag bad" }, "withdrawn"),
        component.deprecated && h("span", { class: "tag warn" }, "deprecated"),
        old && h("span", { class: "tag warn" }, old)),
      component.summary && h("p", {}, component.summary),
      h("div", { class: "flow" }, `${types(latest.inputs || [])} → ${types(latest.outputs || [])}`));
  }

  // ------------------------------------------------------------------------------------------------ detail

  function detail(name, version) {
    const all = h("a", { href: "#/" }, "All components");
    const summary = catalog.index.components.find((one) => one.name === name);
    if (!summary) {
      const near = Detail.isName(name) ? Search.ranked(catalog.documents, name).slice(0, 3) : [];
      const links = near.map(({ component }, i) => [i ? ", " : "", h("a", { href: `#/c/${component.name}` }, component.name)]);
      show(notice(`No component is called “${name}” here`, [links.length > 0 && h("span", {}, "Perhaps ", links, "?"), all].filter(Boolean)));
      return;
    }
    if (!catalog.details.has(name)) show(h("p", { class: "notice" }, `Loading ${name}…`));
    read(name, (problem) => {
      if (address().parts[1] !== name) return;
      const known = catalog.details.get(name);
      if (!known) {
        show(notice(`${name} cannot be shown`, [`components/${name}/index.js cannot be used: ${problem || "it holds no component"}.`, all]));
        return;
      }
      const { versions } = known.index;
      const release = versions.find((one) => one.version === (version || summary.latest.version));
      if (!release) {
        show(notice(`${name} has no version ${version || summary.latest.version}`, [`It has ${versions.map((one) => one.version).join(", ")}.`, h("a", { href: `#/c/${name}` }, `The latest version of ${name}`)]));
        return;
      }
      const wrong = Detail.unusable(release);
      if (wrong) {
        show(notice(`${name} cannot be shown`, [`components/${name}/index.js cannot be used: ${wrong}.`, all]));
        return;
      }
      document.title = `${known.index.display_name || name} – ${title()}`;
      opened = name;
      show(Detail.render(catalog.index, summary, known, release, list));
      window.scrollTo(0, 0);
      main.focus({ preventScroll: true });
      say(`${known.index.display_name || name} ${release.version}`);
    });
  }

  function read(name, done) {
    if (catalog.details.has(name)) done(null);
    else load(`components/${name}/index.js`, done);
  }

  // --------------------------------------------------------------------------------------------- listening

  let pending = 0;
  query.addEventListener("input", () => {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => {
      if (!catalog.index) return;
      const { parts, parameters } = address();
      const state = parts.length ? {} : Object.fromEntries(parameters);
      go({ ...state, all: state.all === "1", q: query.value }, parts.length === 0);
    });
  });
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const cards = document.querySelectorAll(".card");
    if (cards.length) cards[0].focus();
  });

  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing) { event.preventDefault(); query.focus(); query.select(); }
    if (event.key === "Escape" && event.target === query && query.value) { event.preventDefault(); query.value = ""; query.dispatchEvent(new Event("input")); }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (event.target === query || event.target.classList.contains("card"))) {
      const cards = [...document.querySelectorAll(".card")];
      const at = cards.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
      const next = at < 0 ? query : cards[at];
      if (next) { event.preventDefault(); next.focus(); }
    }
  });

  window.addEventListener("hashchange", () => { route(); });

  const theme = document.getElementById("theme");
  function paint(chosen) {
    document.documentElement.dataset.theme = chosen;
    theme.textContent = chosen === "dark" ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Switch to ${chosen === "dark" ? "light" : "dark"} colours`);
  }
  function remembered() {
    try { return localStorage.getItem("kfp-catalog-theme"); } catch { return null; }
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  paint(remembered() || (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => { if (!remembered()) paint(dark.matches ? "dark" : "light"); });
  theme.addEventListener("click", () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("kfp-catalog-theme", next); } catch { /* a private window forgets it */ }
    paint(next);
  });

  start();
})();
