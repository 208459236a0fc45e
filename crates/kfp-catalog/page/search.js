// Finds components by words, forgiving typing mistakes: the same rules as `kfp-comp search`; a shared list of queries and
// answers keeps the two together.
"use strict";

const Search = (() => {
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

  // The documents that fit the words, best first.
  function ranked(documents, text) {
    const wanted = words(text);
    // A word meets the same tokens in many components: compare it with each of them once.
    const seen = wanted.map(() => new Map());
    const lengths = wanted.map((word) => [...word].length);
    const hits = [];
    for (const document of documents) {
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

  return { describe, ranked };
})();
