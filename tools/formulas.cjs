/* Set formulas: {macros, formulas: [[TeX, display?], ...], symbols: [TeX, ...]} -> {set: [HTML, ...],
   style: CSS}. What is one of the symbols, in a formula on lines of its own, gets the class
   cif-symbol and its place among them. */
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const mathjax = require("path").dirname(require.resolve("mathjax/es5/node-main.js"));

/** What stands side by side in a node. */
const parts = (node) => node.childNodes.flatMap((child) => (/row$|^TeXAtom$|^mstyle$/i.test(child.kind) ? parts(child) : [child]));
const script = (node) => /^(msub|msup|msubsup)$/.test(node.kind) && node.childNodes.map((child) => parts({ childNodes: [child] }).map(key).join(""));

/** The same for symbols that look the same. */
function key(node) {
  if (node.isToken) {
    const variant = node.attributes.get("mathvariant");
    return parts(node).map((text) => text.getText()).join("") + (/bold|calli/.test(variant) ? variant : "");
  }
  const on = script(node);
  if (!on) return `${node.kind}(${parts(node).map(key).join("")})`;
  return on[0] + (node.kind === "msup" ? "" : `_${on[1]}`) + (node.kind === "msub" ? "" : `^${on[on.length - 1]}`);
}

/** A symbol, or a power of one. */
function is(node, wanted) {
  const told = key(node);
  return told === wanted || (/^msup$|^msubsup$/.test(node.kind) && told.replace(/\^\d$/, "") === wanted);
}

function mark(node, symbols) {
  const list = parts(node);
  for (let i = 0; i < list.length; i++) {
    const found = symbols.find(({ keys }) => keys.every((wanted, j) => list[i + j] && is(list[i + j], wanted)));
    if (found) {
      for (const one of list.slice(i, i + found.keys.length)) {
        one.attributes.set("class", "cif-symbol");
        one.attributes.set("data-symbol", String(found.place));
      }
      i += found.keys.length - 1;
    } else if (list[i].kind === "msup") mark(list[i], symbols); // an index makes another symbol
    else if (!script(list[i]) && !list[i].isToken && list[i].childNodes) mark(list[i], symbols);
  }
}

require("mathjax/es5/node-main.js").init({
  loader: { require, paths: { mathjax }, load: ["input/tex", "output/chtml", "a11y/assistive-mml"] },
  startup: { typeset: false },
  tex: {
    macros: input.macros,
    packages: { "[-]": ["noerrors", "noundefined"] },
    formatError: ({ latex }, { message }) => { throw new Error(`${message} in the formula ${latex}`); },
  },
  chtml: { matchFontHeight: false, fontURL: input.fonts },
}).then(async (MathJax) => {
  const { adaptor } = MathJax.startup;
  const symbols = [], set = [];
  let seen = null;
  MathJax.startup.document.inputJax[0].postFilters.add(({ math, data }) => {
    seen = parts(data.root).map(key);
    if (math.display) mark(data.root, symbols);
  }, 20);
  for (const [place, tex] of input.symbols.entries()) {
    await MathJax.tex2chtmlPromise(tex);
    symbols.push({ place, keys: seen });
  }
  symbols.sort((one, other) => other.keys.length - one.keys.length);
  for (const [tex, display] of input.formulas) {
    set.push(adaptor.outerHTML(await MathJax.tex2chtmlPromise(tex, { display })));
  }
  process.stdout.write(JSON.stringify({ set, style: adaptor.textContent(MathJax.chtmlStylesheet()) }));
});
