/* Labels and numbers: the little TeX that scenes use. */

const SYMBOLS = {
  "\\gamma": "γ", "\\lambda": "λ", "\\zeta": "ζ", "\\tau": "τ", "\\hbar": "ħ", "\\omega": "ω", "\\nu": "ν",
  "\\pi": "π", "\\varphi": "φ", "\\delta": "δ", "\\Delta": "Δ", "\\,": "\u2009",
};

/** Pieces of a label: {text, italic, level}, level 1 a superscript, -1 a subscript. */
function pieces(label) {
  const out = [];
  label.split("$").forEach((part, i) => {
    if (i % 2 === 0) {
      if (part) out.push({ text: part, italic: false, level: 0 });
      return;
    }
    const math = part.replace(/\\[A-Za-z]+|\\,/g, (name) => SYMBOLS[name] || name);
    for (const [, script, group, single, plain] of math.matchAll(/([_^])(?:\{([^}]*)\}|(.))|([^_^])/gu)) {
      const text = (script ? group || single : plain).replace(/-/g, "−");
      const italic = !script && /\p{L}/u.test(text);
      const level = script === "_" ? -1 : script === "^" ? 1 : 0;
      const last = out[out.length - 1];
      if (last && last.italic === italic && last.level === level) last.text += text;
      else out.push({ text, italic, level });
    }
  });
  return out;
}

export function asHtml(label) {
  const holder = document.createDocumentFragment();
  for (const { text, italic, level } of pieces(label)) {
    const node = document.createElement(level < 0 ? "sub" : level > 0 ? "sup" : italic ? "i" : "span");
    node.textContent = text;
    holder.append(node);
  }
  return holder;
}

export function asText(label) {
  const low = (text) => text.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
  return pieces(label).map(({ text, level }) => (level < 0 ? low(text) : text)).join("");
}

export function asSvg(selection, label) {
  let level = 0;
  for (const piece of pieces(label)) {
    selection.append("tspan")
      .attr("dy", `${(level - piece.level) * 0.3}em`)
      .style("font-style", piece.italic ? "italic" : null)
      .style("font-size", piece.level ? "75%" : null)
      .text(piece.text);
    level = piece.level;
  }
}

export function number(value, digits = 4) {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e5)) {
    return String(Number(value.toPrecision(digits))).replace("-", "−");
  }
  const [mantissa, power] = value.toExponential(digits - 2).split("e");
  const raised = [...power.replace("+", "")].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])).join("");
  return `${String(Number(mantissa)).replace("-", "−")}\u2009×\u200910${raised}`;
}
