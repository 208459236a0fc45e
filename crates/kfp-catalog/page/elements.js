// Elements out of data: text becomes text nodes and checked attributes, never HTML.
"use strict";

const Elements = (() => {
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

  // What screen readers hear.
  const say = (text) => { document.getElementById("status").textContent = text; };

  function notice(title, lines, kind = "bad") {
    return h("section", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : null },
      h("h2", {}, title), lines.map((line) => h("p", {}, line)));
  }

  function table(head, rows) {
    return h("div", { class: "scroll" }, h("table", {},
      h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell)))))));
  }

  const size = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`);

  // Whether a verification is old enough to say so; the same ages as in `kfp-comp show`.
  function ageing({ last_verified: verified, released }) {
    const days = (Date.now() - Date.parse(verified || released)) / 86400000;
    const since = `not verified since ${(verified || released || "").slice(0, 10)}`;
    return days >= 360 ? `stale: ${since}` : days >= 270 ? since : null;
  }

  return { ageing, h, link, notice, say, size, table, web };
})();
