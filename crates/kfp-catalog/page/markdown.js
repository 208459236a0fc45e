// As much of Markdown as READMEs need, straight into elements: HTML in it stays text, images become their description.
// Headings begin at the third level, below the page's own.
"use strict";

const Markdown = (() => {
  const { h, link, table } = Elements;

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
      else if (heading) { i++; blocks.push(h(`h${Math.min(6, heading[1].length + 2)}`, {}, inline(heading[2]))); }
      else if (fence) { i++; const code = until((next) => next.trim().startsWith(fence[1])); i++; blocks.push(h("pre", { tabindex: "0", role: "group", "aria-label": "Example" }, h("code", {}, code.join("\n")))); }
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
    return table(cells(head), rows.map(cells));
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

  return { inline, markdown };
})();
