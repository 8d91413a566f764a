/* Set formulas: {macros, formulas: [[TeX, display?], ...]} -> {set: [HTML, ...], style: CSS}. */
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const mathjax = require("path").dirname(require.resolve("mathjax/es5/node-main.js"));

require("mathjax/es5/node-main.js").init({
  loader: {
    require,
    paths: { mathjax },
    load: ["input/tex", "output/chtml", "a11y/assistive-mml"],
  },
  startup: { typeset: false },
  tex: {
    tags: "none",
    macros: input.macros,
    packages: { "[-]": ["noerrors", "noundefined"] },
    formatError: (_, error) => { throw error; },
  },
  chtml: { matchFontHeight: false, fontURL: input.fonts },
}).then(async (MathJax) => {
  const { adaptor } = MathJax.startup;
  const set = [];
  for (const [tex, display] of input.formulas) {
    try {
      set.push(adaptor.outerHTML(await MathJax.tex2chtmlPromise(tex, { display })));
    } catch (error) {
      throw new Error(`${error.message} in the formula ${tex}`);
    }
  }
  process.stdout.write(JSON.stringify({ set, style: adaptor.textContent(MathJax.chtmlStylesheet()) }));
}).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
