// One version of one component: how to use it, its interface, its versions, and what is known of its image.
"use strict";

const Detail = (() => {
  const { ageing, h, link, notice, say, size, table, web } = Elements;

  const isName = (name) => typeof name === "string" && /^[a-z][a-z0-9-]*$/.test(name);
  const isVersion = (text) => /^\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/.test(text);
  const isPath = (path) => typeof path === "string" && /^[\w.+-]+(\/[\w.+-]+)*$/.test(path) && !/(^|\/)\.\.?(\/|$)/.test(path);

  // Why a release cannot be shown. What is pasted into a shell or a program must be just what it seems.
  function unusable(release) {
    const { version, component, image, interface: ports } = release || {};
    if (!isVersion(version)) return "it has a version that is none";
    if (!component || !isPath(component.url)) return `${version} names its file wrongly`;
    if (!image || !/^[\w.:\/-]+$/.test(image.repository) || !/^sha256:[0-9a-f]{64}$/.test(image.digest)) return `${version} names its image wrongly`;
    if (!ports || !Array.isArray(ports.inputs) || !Array.isArray(ports.outputs)) return `${version} has no interface`;
    return (release.sboms || []).every((bill) => isPath(bill.url)) ? null : `${version} names its bill of materials wrongly`;
  }

  // The whole page of a release, as an element. Its way back leads to `list`.
  function render(catalog, summary, { index, readme }, release, list) {
    const isLatest = release.version === summary.latest.version;
    const old = ageing(release);
    return h("article", { class: "detail" },
      h("header", {},
        h("a", { class: "back", href: list }, "← All components"),
        h("h1", {}, index.display_name || index.name),
        index.summary && h("p", { class: "lead" }, index.summary),
        h("div", { class: "tags" },
          h("span", { class: "tag" }, `${index.name} ${release.version}`),
          release.license && h("span", { class: "tag" }, release.license),
          (index.categories || []).map((category) => h("a", { class: "tag good", href: `#/?category=${encodeURIComponent(category)}` }, category)),
          ((release.compat || {}).kfp_sdk || []).length > 1 && h("span", { class: "tag good" }, "kfp 1.8 and kfp 2"),
          old && h("span", { class: "tag warn" }, old),
          !isLatest && h("a", { class: "tag warn", href: `#/c/${index.name}` }, `${summary.latest.version} is newer`))),
      h("div", {}, warnings(release), use(catalog, index, release), ports(release.interface), versions(index, release),
        readme && isLatest && about(index, readme)),
      h("aside", { class: "side", "aria-label": "About this version" }, facts(index, release), image(release), materials(release), neighbours(catalog, summary)));
  }

  function panel(title, ...children) {
    return h("section", { class: "panel" }, h("h2", {}, title), ...children);
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

  const here = () => location.href.replace(/[#?].*/, "");

  // Where a file of the catalog is, as a program elsewhere names it; null when only this machine has it.
  function published(catalog, path) {
    if (/^https?:$/.test(location.protocol)) return new URL(path, here()).href;
    return web(catalog.url) ? `${catalog.url.replace(/\/+$/, "")}/${path}` : null;
  }

  // Where it is on this machine.
  function local(path) {
    const { pathname } = new URL(path, here());
    try { return decodeURIComponent(pathname); } catch { return pathname; }
  }

  // The name both SDKs give it in Python, or the nearest one that is allowed there.
  const identifier = (name) => name.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).join("_");

  function use(catalog, index, release) {
    const name = identifier(index.name);
    const { inputs, outputs } = release.interface;
    const url = published(catalog, release.component.url);
    const loading = url
      ? `load_component_from_url(\n    ${JSON.stringify(url)})`
      : `load_component_from_file(\n    ${JSON.stringify(local(release.component.url))})`;
    const given = inputs.filter((input) => !input.optional).map((input) => identifier(input.name));
    const gives = outputs.length ? `\n    # then: task.outputs[${JSON.stringify(outputs[0].name)}]` : "";
    const python = `from kfp import components, dsl\n\n${name} = components.${loading}\n\n@dsl.pipeline(name="my-pipeline")\ndef pipeline():\n    task = ${name}(${given.map((input) => `${input}=…`).join(", ")})${gives}`;
    const catalogAt = (published(catalog, "") || local(".")).replace(/\/$/, "");
    const flags = given.map((input) => ` --${input.replaceAll("_", "-")} …`).join("");
    const pinned = `${release.image.repository}@${release.image.digest}`;
    const shell = `# into ./kfp-components, hash checked and locked\nkfp-comp add ${index.name}@${release.version} --catalog ${quoted(catalogAt)}\n\n# what it takes\ndocker run --rm ${pinned} /${index.name} --help`;
    const run = flags && `\n\n# one run\ndocker run --rm ${pinned} /${index.name}${flags}`;
    return panel("Use it", tabs([["kfp 2", python], ["kfp 1.8", python], ["Command line", shell + run], ["Rust", rust(name, inputs, outputs)]]));
  }

  // A word of a shell's.
  const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

  const RUST = { String: "String", Integer: "i64", Float: "f64", Boolean: "bool", JsonArray: "Vec<Json>", JsonObject: "Json", HTML: "Html" };

  // A component of one's own with the same interface, to stand in for this one.
  function rust(name, inputs, outputs) {
    const type = (port) => RUST[port.type] || (/^\w+$/.test(port.type) ? port.type : "Artifact");
    const argument = (input) => {
      const own = identifier(input.name);
      const taken = input.kind === "artifact" ? `Input<${type(input)}>` : type(input);
      if (input.kind === "artifact" || input.default === undefined || input.default === null) return `    ${own}: ${input.optional ? `Option<${taken}>` : taken},`;
      const value = ["Integer", "Float", "Boolean"].includes(input.type) ? input.default.toLowerCase().replace(/[^\w.+-]/g, "") : JSON.stringify(input.default);
      return `    #[arg(default = ${value})]\n    ${own}: ${taken},`;
    };
    const produced = outputs.map((output) => `    ${identifier(output.name)}: Output<${type(output)}>,`);
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
    const last = snippets.length - 1;
    snippets.forEach(([title, text], i) => {
      const keys = { ArrowRight: i === last ? 0 : i + 1, ArrowLeft: i === 0 ? last : i - 1, Home: 0, End: last };
      buttons.push(h("button", { type: "button", role: "tab", id: `tab-${i}`, "aria-controls": `panel-${i}`, onclick: () => select(i), onkeydown: (event) => {
        if (event.key in keys) { event.preventDefault(); select(keys[event.key], true); }
      } }, title));
      panels.push(h("div", { class: "snippet", role: "tabpanel", id: `panel-${i}`, "aria-labelledby": `tab-${i}` },
        h("pre", { tabindex: "0", role: "group", "aria-label": `${title} lines` }, h("code", {}, text)), copier(text, `Copy the ${title} lines`)));
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
      promise.then(done, () => { if (copy(text)) done(); else button.textContent = "Press Ctrl+C"; });
    } }, "Copy");
    return button;
  }

  function copy(text) {
    const focused = document.activeElement;
    const area = h("textarea", { class: "hidden", readonly: true });
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    focused?.focus();
    return copied;
  }

  function ports({ inputs, outputs }) {
    const type = (port) => h("span", { class: "type" }, port.type);
    const name = (port) => h("code", {}, port.name);
    // What the program's own signature says stands at the end of the description already.
    const isSaid = ({ description }) => /(^|\s)(From \S+ to (less than )?\S+|Less than \S+|At (least|most) \S+|One of: .+)\.$/.test(description || "");
    const extra = (input) => !isSaid(input) && [
      (input.enum || []).length > 0 && h("div", {}, "One of: ", input.enum.map((choice, i) => [i ? ", " : "", h("code", {}, choice)])),
      (input.minimum !== undefined || input.maximum !== undefined || input.exclusive_maximum !== undefined) && h("div", {}, range(input)),
    ];
    const absent = (input) => (!input.optional ? "required" : input.default === undefined ? "none" : input.default === "" ? "empty" : [h("span", { class: "narrow" }, "default "), h("code", {}, input.default)]);
    return h("section", { class: "panel ports" }, h("h2", {}, "Interface"),
      inputs.length ? table(["Input", "Type", "When left out", "What it is"], inputs.map((input) => [name(input), type(input), absent(input), [Markdown.inline(input.description || ""), extra(input)]])) : h("p", {}, "No inputs."),
      outputs.length ? table(["Output", "Type", "What it is"], outputs.map((output) => [name(output), type(output), Markdown.inline(output.description || "")])) : h("p", {}, "No outputs."));
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
    const rows = [...index.versions].reverse().map((release) => [
      h("a", { href: `#/c/${index.name}/${encodeURIComponent(release.version)}`, class: release.yanked ? "yanked" : null, "aria-current": release === current ? "true" : null }, release.version),
      (release.released || "").slice(0, 10),
      [release.yanked && h("span", { class: "tag bad" }, "withdrawn"), release.deprecated && h("span", { class: "tag warn" }, "deprecated"),
        (release.changes || []).length > 0 && h("ul", { class: "changes" }, release.changes.map((change) => h("li", {}, change.breaking && h("span", { class: "tag bad" }, "breaking"), ` ${change.kind}: ${change.description}`))),
        release.yanked && release.advisory && h("div", {}, release.advisory)],
    ]);
    return panel("Versions", table(["Version", "Released", "Notes"], rows));
  }

  // The README without what the page shows already: its title and the interface's table.
  function about(index, readme) {
    const own = readme.replace(/<!-- kfp-comp interface -->[\s\S]*?<!-- \/kfp-comp -->/g, "");
    const [first, ...rest] = own.trimStart().split("\n");
    const isTitle = /^# /.test(first) && first.slice(2).trim() === index.display_name;
    return h("section", { class: "panel readme" }, h("h2", {}, "README"), Markdown.markdown(isTitle ? rest.join("\n") : own));
  }

  function facts(index, release) {
    const folder = release.component.url.replace(/[^/]+$/, "");
    const tested = (release.compat || {}).tested || [];
    const rows = [
      (index.maintainers || []).length > 0 && ["Maintained by", index.maintainers.join(", ")],
      release.license && ["Licence", release.license],
      release.source && ["Source", link(release.source.git, release.source.git), release.source.rev && ` at ${release.source.rev.slice(0, 10)}`],
      index.homepage && ["Homepage", link(index.homepage, index.homepage)],
      release.last_verified && ["Last verified", release.last_verified.slice(0, 10), tested.length > 0 && `, with kfp ${tested.join(" and ")}`],
      ["Files", h("a", { href: release.component.url }, "component.yaml"), ", ", h("a", { href: `${folder}schema.json` }, "schema")],
    ];
    return panel("About", h("dl", {}, rows.filter(Boolean).map(([term, ...values]) => [h("dt", {}, term), h("dd", {}, ...values.filter(Boolean))])));
  }

  function image(release) {
    const pinned = `${release.image.repository}@${release.image.digest}`;
    const platforms = release.image.platforms || [];
    return panel("Image", h("p", {}, h("code", {}, pinned)), h("p", {}, copier(pinned, "Copy the image reference")),
      platforms.length > 0 && table(["Platform", "Compressed"], platforms.map((one) => [`${one.os}/${one.arch}`, size(one.bytes)])));
  }

  function materials(release) {
    const bill = (release.sboms || [])[0];
    if (!bill) return null;
    const licences = Object.entries(bill.licenses || {}).sort((a, b) => b[1] - a[1]);
    return panel("Inside", h("p", {}, `${bill.crates} ${bill.crates === 1 ? "library" : "libraries"}, in `, h("a", { href: bill.url }, "the bill of materials"), "."), h("ul", {}, licences.map(([licence, number]) => h("li", {}, `${licence} (${number})`))));
  }

  // What gives something this one takes, and what takes something it gives. A type everything has says nothing.
  function neighbours(catalog, summary) {
    const telling = (ports) => new Set((ports || []).filter((port) => !["String", "Integer", "Float", "Boolean", "JsonArray", "JsonObject", "Artifact"].includes(port.type)).map((port) => port.type));
    const takes = telling(summary.latest.inputs), gives = telling(summary.latest.outputs);
    const named = (ports, others) => (ports || []).filter((port) => (others || []).some((other) => other.name === port.name && other.type === port.type)).length;
    const best = (score) => catalog.components
      .filter((one) => one.name !== summary.name && !one.yanked && !one.deprecated)
      .map((one) => [score(one), one]).filter(([points]) => points > 0).sort((a, b) => b[0] - a[0]).slice(0, 3).map(([, one]) => one);
    const shared = (types, ports) => (ports || []).some((port) => types.has(port.type));
    const before = best((one) => shared(takes, one.latest.outputs) && 1 + 10 * named(one.latest.outputs, summary.latest.inputs));
    const after = best((one) => shared(gives, one.latest.inputs) && 1 + 10 * named(summary.latest.outputs, one.latest.inputs));
    if (!before.length && !after.length) return null;
    const list = (title, found) => found.length > 0 && [h("h3", {}, title), h("ul", { class: "near" }, found.map((one) => h("li", {}, h("a", { href: `#/c/${one.name}` }, one.display_name || one.name, h("small", {}, one.summary || "")))))];
    return panel("Goes well with", list("Before it", before), list("After it", after));
  }

  return { isName, render, unusable };
})();
