// The catalog's page. Data arrives through scripts, because browsers refuse to fetch from file://; whatever is in it is
// only ever put into text nodes and checked attributes, never into HTML.
"use strict";

(() => {
  const SCHEMA = "kfp-comp.dev/catalog/v1";
  const PAGE = 48;
  const PATIENCE = 15000;
  const main = document.getElementById("main");
  const query = document.getElementById("query");
  const status = document.getElementById("status");
  const catalog = { index: null, documents: [], details: new Map() };

  // ---------------------------------------------------------------------------------------------- elements

  function h(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(properties || {})) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  const web = (url) => (/^https?:\/\//i.test(url || "") ? url : null);
  const link = (url, text) => (web(url) ? h("a", { href: web(url), rel: "noopener noreferrer" }, text) : text);
  const say = (text) => { status.textContent = text; };

  function notice(title, lines, kind = "bad") {
    return h("section", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : null },
      h("h2", {}, title), lines.map((line) => h("p", {}, line)));
  }

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
    const broken = index.components.findIndex((one) => !one || !isName(one.name) || !one.latest || !one.latest.component);
    return broken < 0 ? null : `its entry ${broken + 1} is not a component`;
  }

  const isName = (name) => typeof name === "string" && /^[a-z][a-z0-9-]*$/.test(name);

  function start() {
    load("index.js", (problem) => {
      problem = problem || unusable(catalog.index);
      if (problem) {
        catalog.index = null;
        say("The catalog cannot be shown");
        show(notice("The catalog cannot be shown", [`index.js cannot be used: ${problem}.`, "Whoever runs this catalog can mend it with: cargo xtask catalog build"]));
        return;
      }
      const title = catalog.index.title || "Components";
      document.getElementById("title").textContent = title;
      catalog.documents = catalog.index.components.map(describe);
      route();
    });
  }

  // ----------------------------------------------------------------------------------------------- search
  // The same rules as `kfp-comp search`; a shared list of queries and answers keeps the two together.

  const words = (text) => String(text || "").toLowerCase().split(/[^\p{Alphabetic}\p{N}]+/u).filter(Boolean);

  function describe(component) {
    const tokens = new Map();
    const add = (weight, text) => {
      for (const word of words(text)) tokens.set(word, Math.max(weight, tokens.get(word) || 0));
    };
    add(10, component.name);
    add(8, component.display_name);
    add(2, component.summary);
    for (const text of component.keywords || []) add(6, text);
    for (const text of component.categories || []) add(5, text);
    const inputs = component.latest.inputs || [], outputs = component.latest.outputs || [];
    for (const port of inputs.concat(outputs)) { add(3, port.type); add(2, port.name); }
    const distinct = (ports) => [...new Set(ports.map((port) => port.type))];
    return {
      component, tokens,
      facets: { category: component.categories || [], in: distinct(inputs), out: distinct(outputs), arch: Object.keys(component.latest.sizes || {}) },
    };
  }

  function similarity(word, length, token) {
    if (word === token) return 100;
    if (token.startsWith(word)) return 80;
    if (length >= 3 && token.includes(word)) return 50;
    if (length < 4) return 0;
    const found = distance(word, token, length < 8 ? 1 : 2);
    return found === 1 ? 40 : found === 2 ? 30 : 0;
  }

  function distance(left, right, limit) {
    const a = [...left], b = [...right];
    if (Math.abs(a.length - b.length) > limit) return null;
    let beforeLast = [], last = b.map((_, j) => j).concat(b.length);
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      for (let j = 1; j <= b.length; j++) {
        let best = Math.min(last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1), last[j] + 1, row[j - 1] + 1);
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, beforeLast[j - 2] + 1);
        row.push(best);
      }
      beforeLast = last;
      last = row;
    }
    return last[b.length] <= limit ? last[b.length] : null;
  }

  function ranked(text) {
    const wanted = words(text);
    // A word meets the same tokens in many components: compare it with each of them once.
    const seen = wanted.map(() => new Map());
    const lengths = wanted.map((word) => [...word].length);
    const hits = [];
    for (const document of catalog.documents) {
      let score = 0;
      const fits = wanted.every((word, i) => {
        let best = 0;
        for (const [token, weight] of document.tokens) {
          let match = seen[i].get(token);
          if (match === undefined) seen[i].set(token, match = similarity(word, lengths[i], token));
          best = Math.max(best, weight * match);
        }
        score += best;
        return best > 0;
      });
      if (fits) hits.push({ document, score: wanted.length && wanted.join("-") === document.component.name ? score + 10000 : score });
    }
    const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    return hits.sort((a, b) => b.score - a.score || order(a.document.component.name, b.document.component.name)).map((hit) => hit.document);
  }

  const FACETS = [["category", "Category"], ["in", "Takes"], ["out", "Gives"], ["arch", "Architecture"]];

  function fits(document, filters, except) {
    return FACETS.every(([key]) => key === except || !filters[key] || document.facets[key].includes(filters[key]));
  }

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

  function browse(state) {
    document.title = catalog.index.title || "Components";
    const open = document.querySelector(".facets details")?.open;
    const focused = document.activeElement?.dataset?.facet;
    const searched = ranked(state.q).filter(({ component }) => state.all || (!component.yanked && !component.deprecated));
    const hits = searched.filter((one) => fits(one, state));
    const cards = h("ul", { class: "cards", id: "cards" });
    const total = catalog.documents.length;
    const hiddenCount = state.all ? 0 : catalog.documents.filter(({ component }) => component.yanked || component.deprecated).length;
    const chosen = FACETS.some(([key]) => state[key]);
    const count = h("p", { class: "count" },
      h("span", {}, h("strong", {}, String(hits.length)), hits.length === 1 ? " component" : " components", hits.length < total - hiddenCount ? ` of ${total - hiddenCount}` : ""),
      h("span", { class: "tags" },
        hiddenCount > 0 && h("button", { class: "quiet", type: "button", onclick: () => go({ ...state, all: true }) }, `Show ${hiddenCount} withdrawn`),
        (chosen || state.q) && h("button", { class: "quiet", type: "button", id: "reset", onclick: () => { query.value = ""; go({}); } }, "Reset")));
    const results = h("section", { "aria-label": "Components" }, count, cards);
    if (!hits.length) {
      results.append(total === 0
        ? notice("This catalog is empty", ["Publish a component with: cargo xtask publish --registry REGISTRY"], "warn")
        : notice("Nothing fits", [state.q ? `No component matches “${state.q}”${chosen ? " with these filters" : ""}.` : "No component has all of these.", "Fewer words or filters find more."], "warn"));
    }
    show(h("div", { class: "browse" }, facets(state, searched, open), results));
    if (focused) document.querySelector(`[data-facet="${CSS.escape(focused)}"]`)?.focus();
    fill(cards, hits);
    say(`${hits.length} ${hits.length === 1 ? "component" : "components"}`);
  }

  function facets(state, searched, open) {
    const groups = FACETS.map(([key, title]) => {
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
      return h("div", {}, h("h2", {}, title), h("ul", { class: "chips" }, chips));
    });
    const wide = matchMedia("(min-width: 60.01rem)").matches;
    return h("aside", { class: "facets", "aria-label": "Filters" }, h("details", { open: wide || open }, h("summary", {}, "Filters"), groups));
  }

  // A screenful at a time: two thousand cards at once would take longer to lay out than to find.
  function fill(cards, hits) {
    let shown = 0;
    const more = () => {
      cards.append(...hits.slice(shown, shown + PAGE).map(({ component }) => h("li", {}, card(component))));
      shown = Math.min(shown + PAGE, hits.length);
      if (shown < hits.length) {
        const sentinel = h("li", { "aria-hidden": "true" });
        cards.append(sentinel);
        new IntersectionObserver((entries, observer) => {
          if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); sentinel.remove(); more(); }
        }, { rootMargin: "800px" }).observe(sentinel);
      }
    };
    more();
  }

  const size = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`);

  function marks(component) {
    return [component.yanked && h("span", { class: "tag bad" }, "withdrawn"), component.deprecated && h("span", { class: "tag warn" }, "deprecated")];
  }

  function card(component) {
    const types = (ports) => [...new Set(ports.map((port) => port.type))].slice(0, 3).join(", ") || "nothing";
    const { latest } = component;
    return h("a", { class: "card", href: `#/c/${component.name}` },
      h("h2", {}, component.display_name || component.name),
      h("div", { class: "tags" },
        h("span", { class: "tag" }, `${component.name} ${latest.version}`),
        Object.entries(latest.sizes || {}).map(([arch, bytes]) => h("span", { class: "tag good" }, `${arch} ${size(bytes)}`)),
        marks(component)),
      component.summary && h("p", {}, component.summary),
      h("div", { class: "flow" }, `${types(latest.inputs || [])} → ${types(latest.outputs || [])}`));
  }

  // ------------------------------------------------------------------------------------------------ detail

  function detail(name, version) {
    const summary = catalog.index.components.find((one) => one.name === name);
    if (!summary) {
      const near = ranked(isName(name) ? name : "").slice(0, 3).map(({ component }) => component.name);
      show(notice(`No component is called “${name}” here`, [near.length && isName(name) ? h("span", {}, "Perhaps ", near.map((one, i) => [i ? ", " : "", h("a", { href: `#/c/${one}` }, one)]), "?") : "", h("a", { href: "#/" }, "All components")]));
      return;
    }
    const known = catalog.details.get(name);
    if (known) { render(summary, known, version); return; }
    show(h("p", { class: "notice" }, `Loading ${name}…`));
    load(`components/${name}/index.js`, (problem) => {
      if (address().parts[1] !== name) return;
      const loaded = catalog.details.get(name);
      if (loaded) { render(summary, loaded, version); return; }
      show(notice(`${name} cannot be shown`, [`components/${name}/index.js cannot be used: ${problem || "it holds no component"}.`, h("a", { href: "#/" }, "All components")]));
    });
  }

  function render(summary, { index, readme }, version) {
    const release = index.versions.find((one) => one.version === (version || summary.latest.version));
    if (!release) {
      show(notice(`${index.name} has no version ${version}`, [`It has ${index.versions.map((one) => one.version).join(", ")}.`, h("a", { href: `#/c/${index.name}` }, `The latest version of ${index.name}`)]));
      return;
    }
    const isLatest = release.version === summary.latest.version;
    document.title = `${index.display_name} – ${catalog.index.title || "Components"}`;
    const body = h("article", { class: "detail" },
      h("header", {},
        h("a", { class: "back", href: "#/", onclick: back }, "← All components"),
        h("h1", {}, index.display_name || index.name),
        index.summary && h("p", { class: "lead" }, index.summary),
        h("div", { class: "tags" },
          h("span", { class: "tag" }, `${index.name} ${release.version}`),
          release.license && h("span", { class: "tag" }, release.license),
          (index.categories || []).map((category) => h("a", { class: "tag good", href: `#/?category=${encodeURIComponent(category)}` }, category)),
          ((release.compat || {}).kfp_sdk || []).length > 1 && h("span", { class: "tag good" }, "kfp 1.8 and kfp 2"),
          !isLatest && h("a", { class: "tag warn", href: `#/c/${index.name}` }, `${summary.latest.version} is newer`))),
      h("div", {}, warnings(release), use(index, release), ports(release.interface), versions(index, release),
        readme && isLatest && h("section", { class: "panel readme", "aria-label": "README" }, markdown(readme))),
      h("div", { class: "side" }, facts(index, release), image(release), materials(release), neighbours(summary)));
    show(body);
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
    say(`${index.display_name} ${release.version}`);
  }

  let cameFromList = false;
  function back(event) {
    if (cameFromList) { event.preventDefault(); history.back(); }
  }

  function warnings(release) {
    const instead = release.superseded_by && h("span", {}, "Use ", reference(release.superseded_by), " instead.");
    return [
      release.yanked && notice("This version is withdrawn", [release.advisory || "Nobody should start using it. Pipelines that have it keep working.", instead || ""], "bad"),
      release.deprecated && notice("This version is deprecated", [release.deprecated, instead || ""], "warn"),
    ];
  }

  function reference(text) {
    const [name, version] = text.split("@");
    return isName(name) ? h("a", { href: `#/c/${name}${version ? "/" + encodeURIComponent(version) : ""}` }, text) : text;
  }

  function panel(title, ...children) {
    return h("section", { class: "panel" }, h("h2", {}, title), ...children);
  }

  // Where a file of the catalog is, as a program elsewhere names it; null when only this machine has it.
  function published(path) {
    if (/^https?:$/.test(location.protocol)) return new URL(path, location.href.replace(/[#?].*/, "")).href;
    return web(catalog.index.url) ? `${catalog.index.url.replace(/\/+$/, "")}/${path}` : null;
  }

  function use(index, release) {
    const name = index.name.replaceAll("-", "_");
    const { inputs, outputs } = release.interface;
    const url = published(release.component.url);
    const file = decode(new URL(release.component.url, location.href.replace(/[#?].*/, "")).pathname);
    const loading = url ? `load_component_from_url(\n    ${JSON.stringify(url)})` : `load_component_from_file(\n    ${JSON.stringify(file)})`;
    const given = inputs.filter((input) => !input.optional);
    const call = `${name}(${given.map((input) => `${input.name}=…`).join(", ")})`;
    const gives = outputs.length ? `\n    # then: task.outputs[${JSON.stringify(outputs[0].name)}]` : "";
    const python = (imports, decorator) => `${imports}\n\n${name} = components.${loading}\n\n${decorator}\ndef pipeline():\n    task = ${call}${gives}`;
    const catalogAt = published("") || decode(new URL(".", location.href.replace(/[#?].*/, "")).pathname);
    const flags = given.map((input) => ` --${input.name.replaceAll("_", "-")} …`).join("");
    const pinned = `${release.image.repository}@${release.image.digest}`;
    const snippets = [
      ["kfp 2", python("from kfp import components, dsl", `@dsl.pipeline(name="my-pipeline")`)],
      ["kfp 1.8", python("from kfp import components, dsl", `@dsl.pipeline(name="my-pipeline")`)],
      ["Command line", `# into ./kfp-components, hash checked and locked\nkfp-comp add ${index.name}@${release.version} --catalog ${catalogAt.replace(/\/$/, "")}\n\n# what it takes\ndocker run --rm ${pinned} /${index.name} --help${flags ? `\n\n# one run\ndocker run --rm ${pinned} /${index.name}${flags}` : ""}`],
      ["Rust", rust(name, inputs, outputs)],
    ];
    return panel("Use it", tabs(snippets));
  }

  const RUST = { String: "String", Integer: "i64", Float: "f64", Boolean: "bool", JsonArray: "Vec<Json>", JsonObject: "Json", HTML: "Html" };

  // A component of one's own with the same interface, to stand in for this one.
  function rust(name, inputs, outputs) {
    const argument = (input) => {
      const type = RUST[input.type] || input.type;
      if (input.kind === "artifact") return `    ${input.name}: ${input.optional ? `Option<Input<${type}>>` : `Input<${type}>`},`;
      if (input.default === undefined || input.default === null) return `    ${input.name}: ${input.optional ? `Option<${type}>` : type},`;
      const value = ["Integer", "Float", "Boolean"].includes(input.type) ? input.default.toLowerCase() : JSON.stringify(input.default);
      return `    #[arg(default = ${value})]\n    ${input.name}: ${type},`;
    };
    const produced = outputs.map((output) => `    ${output.name}: Output<${RUST[output.type] || output.type}>,`);
    return `use kfp_component::prelude::*;\n\n// A drop-in of your own: the same interface.\n#[component]\nfn ${name}(\n${inputs.map(argument).concat(produced).join("\n")}\n) -> Result<()> {\n    todo!()\n}\n\nkfp_component::main!(${name});`;
  }

  function tabs(snippets) {
    const panels = [], buttons = [];
    const select = (chosen, focus) => {
      buttons.forEach((button, i) => {
        button.setAttribute("aria-selected", String(i === chosen));
        button.tabIndex = i === chosen ? 0 : -1;
        panels[i].hidden = i !== chosen;
      });
      if (focus) buttons[chosen].focus();
    };
    snippets.forEach(([title, text], i) => {
      buttons.push(h("button", { type: "button", role: "tab", id: `tab-${i}`, "aria-controls": `panel-${i}`, onclick: () => select(i), onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) { event.preventDefault(); select((i + step + snippets.length) % snippets.length, true); }
      } }, title));
      panels.push(h("div", { class: "snippet", role: "tabpanel", id: `panel-${i}`, "aria-labelledby": `tab-${i}` }, h("pre", { tabindex: "0" }, h("code", {}, text)), copier(text, `Copy the ${title} lines`)));
    });
    select(0);
    return [h("div", { role: "tablist", "aria-label": "How" }, buttons), ...panels];
  }

  function copier(text, label) {
    const button = h("button", { class: "copy", type: "button", "aria-label": label, onclick: () => {
      const done = () => {
        button.textContent = "Copied";
        say("Copied");
        setTimeout(() => { button.textContent = "Copy"; }, 1600);
      };
      // Browsers give the clipboard to secure origins only; elsewhere the selection does it.
      const promise = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard"));
      promise.then(done, () => { if (select(text)) done(); else button.textContent = "Press Ctrl+C"; });
    } }, "Copy");
    return button;
  }

  function select(text) {
    const area = h("textarea", { class: "hidden", readonly: true });
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }

  function ports({ inputs, outputs }) {
    const type = (port) => h("span", { class: "type" }, port.type);
    const extra = (input) => [
      (input.enum || []).length > 0 && h("div", {}, "One of: ", input.enum.map((choice, i) => [i ? ", " : "", h("code", {}, choice)])),
      (input.minimum !== undefined || input.maximum !== undefined || input.exclusive_maximum !== undefined) && h("div", {}, range(input)),
    ];
    const absent = (input) => (!input.optional ? "required" : input.default === undefined ? "none" : input.default === "" ? "empty" : h("code", {}, input.default));
    const table = (head, rows) => h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows)));
    return panel("Interface",
      inputs.length ? table(["Input", "Type", "When left out", "What it is"], inputs.map((input) => h("tr", {}, h("td", {}, h("code", {}, input.name)), h("td", {}, type(input)), h("td", {}, absent(input)), h("td", {}, input.description || "", extra(input))))) : h("p", {}, "No inputs."),
      h("h3", {}, ""),
      outputs.length ? table(["Output", "Type", "What it is"], outputs.map((output) => h("tr", {}, h("td", {}, h("code", {}, output.name)), h("td", {}, type(output)), h("td", {}, output.description || "")))) : h("p", {}, "No outputs."));
  }

  function range({ minimum, maximum, exclusive_maximum: below }) {
    const parts = [];
    if (minimum !== undefined) parts.push(`at least ${minimum}`);
    if (maximum !== undefined) parts.push(`at most ${maximum}`);
    if (below !== undefined) parts.push(`less than ${below}`);
    const text = parts.join(", ");
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  function versions(index, current) {
    const rows = [...index.versions].reverse().map((release) => h("tr", {},
      h("td", {}, h("a", { href: `#/c/${index.name}/${encodeURIComponent(release.version)}`, class: release.yanked ? "yanked" : null, "aria-current": release === current ? "true" : null }, release.version)),
      h("td", {}, (release.released || "").slice(0, 10)),
      h("td", {}, release.yanked && h("span", { class: "tag bad" }, "withdrawn"), release.deprecated && h("span", { class: "tag warn" }, "deprecated"),
        (release.changes || []).length > 0 && h("ul", { class: "changes" }, release.changes.map((change) => h("li", {}, change.breaking && h("span", { class: "tag bad" }, "breaking"), ` ${change.kind}: ${change.description}`))),
        release.yanked && release.advisory && h("div", {}, release.advisory))));
    return panel("Versions", h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ["Version", "Released", "Notes"].map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows))));
  }

  function facts(index, release) {
    const folder = release.component.url.replace(/[^/]+$/, "");
    const rows = [
      (index.maintainers || []).length > 0 && ["Maintained by", index.maintainers.join(", ")],
      release.license && ["Licence", release.license],
      release.source && ["Source", link(release.source.git, release.source.git), release.source.rev && ` at ${release.source.rev.slice(0, 10)}`],
      index.homepage && ["Homepage", link(index.homepage, index.homepage)],
      release.last_verified && ["Image last read back", release.last_verified.slice(0, 10)],
      ((release.compat || {}).tested || []).length > 0 && ["Tested with kfp", release.compat.tested.join(", ")],
      ["Files", h("a", { href: release.component.url }, "component.yaml"), ", ", h("a", { href: `${folder}schema.json` }, "schema")],
    ];
    return panel("About", h("dl", {}, rows.filter(Boolean).map(([term, ...values]) => [h("dt", {}, term), h("dd", {}, ...values.filter(Boolean))])));
  }

  function image(release) {
    const pinned = `${release.image.repository}@${release.image.digest}`;
    const platforms = release.image.platforms || [];
    return panel("Image", h("p", {}, h("code", {}, pinned)), h("p", {}, copier(pinned, "Copy the image reference")),
      platforms.length > 0 && h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Platform"), h("th", { scope: "col" }, "Compressed"))), h("tbody", {}, platforms.map((one) => h("tr", {}, h("td", {}, `${one.os}/${one.arch}`), h("td", {}, size(one.bytes)))))));
  }

  function materials(release) {
    const bill = (release.sboms || [])[0];
    if (!bill) return null;
    const licences = Object.entries(bill.licenses || {}).sort((a, b) => b[1] - a[1]);
    return panel("Inside", h("p", {}, `${bill.crates} ${bill.crates === 1 ? "library" : "libraries"}, in `, h("a", { href: bill.url }, "the bill of materials"), "."), h("ul", {}, licences.map(([licence, number]) => h("li", {}, `${licence} (${number})`))));
  }

  // What gives something this one takes, and what takes something it gives. A type everything has says nothing.
  function neighbours(summary) {
    const telling = (ports) => new Set((ports || []).filter((port) => !["String", "Integer", "Float", "Boolean", "JsonArray", "JsonObject", "Artifact"].includes(port.type)).map((port) => port.type));
    const takes = telling(summary.latest.inputs), gives = telling(summary.latest.outputs);
    const named = (ports, others) => (ports || []).filter((port) => (others || []).some((other) => other.name === port.name && other.type === port.type)).length;
    const best = (score) => catalog.index.components
      .filter((one) => one.name !== summary.name && !one.yanked && !one.deprecated)
      .map((one) => [score(one), one]).filter(([points]) => points > 0).sort((a, b) => b[0] - a[0]).slice(0, 3).map(([, one]) => one);
    const shared = (types, ports) => (ports || []).filter((port) => types.has(port.type)).length;
    const before = best((one) => shared(takes, one.latest.outputs) && 1 + 10 * named(one.latest.outputs, summary.latest.inputs));
    const after = best((one) => shared(gives, one.latest.inputs) && 1 + 10 * named(summary.latest.outputs, one.latest.inputs));
    if (!before.length && !after.length) return null;
    const list = (title, found) => found.length > 0 && [h("h3", {}, title), h("ul", { class: "near" }, found.map((one) => h("li", {}, h("a", { href: `#/c/${one.name}` }, one.display_name || one.name, h("small", {}, one.summary || "")))))];
    return panel("Goes well with", list("Before it", before), list("After it", after));
  }

  // ---------------------------------------------------------------------------------------------- Markdown
  // As much of it as READMEs need, straight into elements: HTML in it stays text, images become their description.

  function markdown(text) {
    const lines = text.replace(/\r\n?/g, "\n").replace(/<!--[\s\S]*?-->/g, "").split("\n");
    const blocks = [];
    let i = 0;
    const until = (test) => { const from = i; while (i < lines.length && !test(lines[i])) i++; return lines.slice(from, i); };
    while (i < lines.length) {
      const line = lines[i];
      const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
      const fence = /^\s*(```|~~~)/.exec(line);
      if (!line.trim()) i++;
      else if (heading) { i++; blocks.push(h(`h${Math.min(6, heading[1].length + 1)}`, {}, inline(heading[2]))); }
      else if (fence) { i++; const code = until((next) => next.trim().startsWith(fence[1])); i++; blocks.push(h("pre", { tabindex: "0" }, h("code", {}, code.join("\n")))); }
      else if (/^\s*([-*+]|\d+[.)])\s+/.test(line)) blocks.push(listOf(until((next) => !/^\s*([-*+]|\d+[.)])\s+|^\s{2,}\S/.test(next))));
      else if (line.includes("|") && /^\s*\|?[\s:|-]+\|[\s:|-]*$/.test(lines[i + 1] || "")) blocks.push(tableOf(until((next) => !next.includes("|"))));
      else if (/^\s*>/.test(line)) blocks.push(h("blockquote", {}, inline(until((next) => !/^\s*>/.test(next)).map((one) => one.replace(/^\s*>\s?/, "")).join(" "))));
      else {
        const from = i++;
        until((next) => !next.trim() || /^(#{1,6}\s|\s*(```|~~~)|\s*[-*+]\s)/.test(next));
        blocks.push(h("p", {}, inline(lines.slice(from, i).join(" "))));
      }
    }
    return blocks;
  }

  function listOf(lines) {
    const items = [];
    for (const line of lines) {
      const item = /^\s*([-*+]|\d+[.)])\s+(.*)/.exec(line);
      if (item) items.push(item[2]); else items[items.length - 1] += ` ${line.trim()}`;
    }
    return h(/^\s*\d/.test(lines[0]) ? "ol" : "ul", {}, items.map((item) => h("li", {}, inline(item))));
  }

  function tableOf(lines) {
    const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => inline(cell.trim().replaceAll("\\|", "|")));
    const [head, , ...rows] = lines;
    return h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, cells(head).map((cell) => h("th", { scope: "col" }, cell)))), h("tbody", {}, rows.map((row) => h("tr", {}, cells(row).map((cell) => h("td", {}, cell)))))));
  }

  function inline(text) {
    const parts = [];
    let rest = text;
    const rules = [
      [/`([^`]+)`/, (found) => h("code", {}, found[1])],
      [/!\[([^\]]*)\]\([^)]*\)/, (found) => found[1]],
      [/\[([^\]]+)\]\(([^)\s]+)[^)]*\)/, (found) => link(found[2], found[1])],
      [/\*\*([^*]+)\*\*/, (found) => h("strong", {}, found[1])],
      [/(?<![\w*])\*([^*\s][^*]*)\*(?!\w)/, (found) => h("em", {}, found[1])],
      [/<(https?:\/\/[^>\s]+)>/, (found) => link(found[1], found[1])],
    ];
    while (rest) {
      let first = null;
      for (const [pattern, make] of rules) {
        const found = pattern.exec(rest);
        if (found && (!first || found.index < first.found.index)) first = { found, make };
      }
      if (!first) break;
      if (first.found.index) parts.push(rest.slice(0, first.found.index));
      parts.push(first.make(first.found));
      rest = rest.slice(first.found.index + first.found[0].length);
    }
    return rest ? [...parts, rest] : parts;
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
  window.addEventListener("popstate", () => { cameFromList = false; });
  main.addEventListener("click", (event) => { if (event.target.closest?.(".card")) cameFromList = true; });

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
