/* Panels of curves and marks, drawn as SVG with d3's scales, axes and shapes.
   Colours are the book's CSS variables, so both themes are right without drawing again. */
import { leastIndex, max, range } from "d3-array";
import { axisBottom, axisLeft } from "d3-axis";
import { scaleLinear } from "d3-scale";
import { pointer, select } from "d3-selection";
import { area, line } from "d3-shape";
import { asHtml, asSvg, asText, number } from "./labels.js";
import { between } from "./stage.js";

let HEIGHT; // the style sheet's
const MARGIN = { top: 10, right: 20, bottom: 44, left: 54 };

// --- one panel -------------------------------------------------------------------------

class Panel {
  constructor(box) {
    this.box = select(box);
    this.legend = this.box.append("ul").attr("class", "cif-legend");
    this.frame = this.box.append("div").attr("class", "cif-frame");
    this.svg = this.frame.append("svg").attr("role", "img").attr("tabindex", 0);
    const clip = `cif-clip-${Panel.count++}`;
    this.clip = this.svg.append("clipPath").attr("id", clip).append("rect");
    this.axes = this.svg.append("g");
    this.ghosts = this.svg.append("g").attr("clip-path", `url(#${clip})`);
    this.curves = this.svg.append("g").attr("clip-path", `url(#${clip})`);
    this.marks = this.svg.append("g");
    this.dot = this.svg.append("circle").attr("class", "cif-here").attr("r", 7).style("display", "none");
    this.cursor = this.svg.append("circle").attr("class", "cif-cursor").attr("r", 5.5).style("display", "none");
    this.tip = this.frame.append("div").attr("class", "cif-tip").attr("role", "status").attr("hidden", "");
    this.at = null;
    const node = this.svg.node();
    node.addEventListener("pointermove", (event) => this.point(event));
    node.addEventListener("pointerdown", (event) => this.point(event));
    node.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.show(null));
    node.addEventListener("blur", () => this.show(null));
    node.addEventListener("keydown", (event) => this.key(event));
  }

  /** Draw it; of `ghost`, the panel of other values, the curves in the background. */
  draw(panel, width, ghost, fitted) {
    this.panel = panel;
    const ranges = fitted ? [panel.x_fit || panel.x_range, panel.y_fit || panel.y_range] : [panel.x_range, panel.y_range];
    const top = MARGIN.top, bottom = HEIGHT - MARGIN.bottom;
    const y = scaleLinear(ranges[1], [bottom, top]);
    const longest = max(y.ticks(5), (tick) => y.tickFormat(5)(tick).length);
    const left = Math.max(MARGIN.left, 34 + 6.6 * longest), right = width - MARGIN.right;
    const x = scaleLinear(ranges[0], [left, right]);
    this.x = x;
    this.y = y;
    this.svg.attr("width", width).attr("height", HEIGHT).attr("viewBox", `0 0 ${width} ${HEIGHT}`)
      .attr("aria-label", `${asText(panel.y_label)} against ${asText(panel.x_label)}; arrow keys read values`);
    this.clip.attr("x", left).attr("y", top - 1).attr("width", Math.max(right - left, 1)).attr("height", bottom - top + 2);

    this.axes.selectAll("*").remove();
    const across = Math.max(3, Math.min(7, Math.floor((right - left) / 60)));
    this.axes.append("g").attr("class", "cif-grid")
      .selectAll("line").data(y.ticks(5)).join("line")
      .attr("x1", left).attr("x2", right).attr("y1", y).attr("y2", y);
    this.axes.append("g").attr("class", "cif-axis").attr("transform", `translate(0,${bottom})`)
      .call(axisBottom(x).ticks(across).tickSizeOuter(0));
    this.axes.append("g").attr("class", "cif-axis").attr("transform", `translate(${left},0)`)
      .call(axisLeft(y).ticks(5).tickSizeOuter(0));
    const below = this.axes.append("text").attr("class", "cif-label").attr("y", HEIGHT - 8).attr("text-anchor", "middle");
    asSvg(below, panel.x_label);
    below.attr("x", Math.min((left + right) / 2, width - below.node().getComputedTextLength() / 2));
    asSvg(this.axes.append("text").attr("class", "cif-label").attr("text-anchor", "middle")
      .attr("transform", `translate(15,${(top + bottom) / 2}) rotate(-90)`), panel.y_label);

    const curve = (trace, there, index) => line().defined(there).x((i) => x(trace.x[i])).y((i) => y(trace.y[i]))(index);
    this.ghosts.selectAll("path").data(ghost ? ghost.traces.filter((trace) => trace.line !== "none") : []).join("path")
      .attr("class", "cif-ghost").style("stroke", (trace) => `var(--cif-${trace.colour})`)
      .attr("d", (trace) => curve(trace, (i) => trace.x[i] !== null && trace.y[i] !== null, range(trace.x.length)));
    this.curves.selectAll("*").remove();
    this.marks.selectAll("*").remove();
    for (const trace of panel.traces) {
      const colour = `var(--cif-${trace.colour})`;
      const index = range(trace.x.length);
      const there = (i) => trace.x[i] !== null && trace.y[i] !== null;
      if (trace.base) {
        this.curves.append("path").style("fill", colour).attr("class", "cif-area")
          .attr("d", area().defined(there).x((i) => x(trace.x[i])).y0((i) => y(trace.base[i])).y1((i) => y(trace.y[i]))(index));
      }
      if (trace.line !== "none") {
        this.curves.append("path").attr("class", "cif-curve").style("stroke", colour)
          .style("stroke-width", trace.width * 1.15)
          .style("stroke-dasharray", trace.line === "dashed" ? "5 4" : null)
          .attr("d", curve(trace, there, index));
      }
      if (trace.marker) {
        const [x0, x1] = x.domain(), [y0, y1] = y.domain();
        const seen = index.filter((i) => there(i) && trace.x[i] >= x0 && trace.x[i] <= x1 && trace.y[i] >= y0 && trace.y[i] <= y1);
        this.marks.selectAll(null).data(seen).join("circle").attr("class", "cif-mark").attr("r", 4.6)
          .attr("cx", (i) => x(trace.x[i])).attr("cy", (i) => y(trace.y[i]))
          .style("stroke", colour).style("fill", trace.marker === "open" ? "var(--cif-paper)" : colour);
      }
    }
    this.explain(panel.traces);
    if (this.at) this.show(this.nearest(x(this.at.x), y(this.at.y)));
  }

  explain(traces) {
    const seen = new Set();
    const named = traces.filter((t) => t.label && t.x.length && !seen.has(t.label) && seen.add(t.label));
    const wanted = JSON.stringify(named.map((t) => [t.label, t.colour, t.line, t.marker]));
    if (wanted === this.explained) return;
    this.explained = wanted;
    this.legend.selectAll("*").remove();
    for (const trace of named) {
      const item = this.legend.append("li");
      const key = item.append("svg").attr("width", 24).attr("height", 10).attr("aria-hidden", "true");
      const colour = `var(--cif-${trace.colour})`;
      if (trace.line !== "none") {
        key.append("line").attr("x2", 24).attr("y1", 5).attr("y2", 5).style("stroke", colour)
          .style("stroke-width", trace.width * 1.15).style("stroke-dasharray", trace.line === "dashed" ? "5 4" : null);
      }
      if (trace.marker) {
        key.append("circle").attr("cx", 12).attr("cy", 5).attr("r", 4).attr("class", "cif-mark").style("stroke", colour)
          .style("fill", trace.marker === "open" ? "var(--cif-paper)" : colour);
      }
      item.append("span").node().append(asHtml(trace.label));
    }
  }

  /** Mark where the dot of the stage is, between two points of its way. */
  here(i) {
    const at = this.panel.cursor && this.panel.cursor.map((list) => between(list, i));
    const inside = at && at.every((value, n) => {
      const [low, high] = (n ? this.y : this.x).domain();
      return value !== null && value >= low && value <= high;
    });
    this.dot.style("display", inside ? null : "none");
    if (inside) this.dot.attr("cx", this.x(at[0])).attr("cy", this.y(at[1]));
  }

  // --- reading values: pointer, touch, keyboard

  nearest(px, py) {
    let best = null, least = Infinity;
    this.panel.traces.forEach((trace, which) => {
      for (let i = 0; i < trace.x.length; i++) {
        if (trace.x[i] === null || trace.y[i] === null) continue;
        const dx = this.x(trace.x[i]) - px, dy = this.y(trace.y[i]) - py;
        const far = dx * dx + dy * dy - (trace.marker ? 60 : 0);
        if (far < least) { least = far; best = { which, i, x: trace.x[i], y: trace.y[i] }; }
      }
    });
    return best;
  }

  point(event) {
    if (!this.panel) return;
    const [px, py] = pointer(event, this.svg.node());
    this.show(this.nearest(px, py));
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
    const turn = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Escape") return this.show(null);
    if (!step && !turn) return undefined;
    event.preventDefault();
    const traces = this.panel.traces;
    const shown = (trace, i) => trace.x[i] !== null && trace.y[i] !== null;
    if (!this.at) {
      const [x0, x1] = this.x.range(), [y0, y1] = this.y.range();
      return this.show(this.nearest((x0 + x1) / 2, (y0 + y1) / 2));
    }
    let { which, i } = this.at;
    if (turn) {
      do which = (which + turn + traces.length) % traces.length; while (!traces[which].x.length);
      const px = this.x(this.at.x);
      i = leastIndex(traces[which].x, (v) => (v === null ? Infinity : Math.abs(this.x(v) - px)));
    } else {
      const last = traces[which].x.length - 1;
      do i += Math.sign(step); while (i > 0 && i < last && !shown(traces[which], i));
      i = Math.max(0, Math.min(last, i + step - Math.sign(step)));
    }
    if (!shown(traces[which], i)) return undefined;
    return this.show({ which, i, x: traces[which].x[i], y: traces[which].y[i] });
  }

  show(at) {
    this.at = at;
    this.cursor.style("display", at ? null : "none");
    this.tip.attr("hidden", at ? null : "");
    if (!at) return;
    const trace = this.panel.traces[at.which];
    const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
    const px = this.x(at.x), py = Math.max(top, Math.min(bottom, this.y(at.y)));
    this.cursor.attr("cx", px).attr("cy", py).style("stroke", `var(--cif-${trace.colour})`);
    const name = trace.label ? `${asText(trace.label)}: ` : "";
    const left = px > (this.x.range()[0] + this.x.range()[1]) / 2;
    this.tip.text(`${name}${number(at.x)}, ${number(at.y)}`)
      .style("left", left ? "auto" : `${px + 10}px`)
      .style("right", left ? `${Number(this.svg.attr("width")) - px + 10}px` : "auto")
      .style("top", `${py < (top + bottom) / 2 ? py + 10 : py - 32}px`);
  }
}
Panel.count = 0;

// --- all panels of a scene ----------------------------------------------------------------

class Chart {
  constructor(holder) {
    this.holder = holder;
    this.panels = [...holder.children].map((box) => new Panel(box));
    new ResizeObserver(() => this.resize()).observe(holder);
  }

  /** Draw a picture, with the curves of another one behind it. */
  draw(picture, ghost = null) {
    this.picture = picture;
    this.ghost = ghost;
    HEIGHT = Number(getComputedStyle(this.holder).getPropertyValue("--plot"));
    while (this.panels.length < picture.panels.length) {
      this.panels.push(new Panel(select(this.holder).append("div").attr("class", "cif-panel").node()));
    }
    while (this.panels.length > picture.panels.length) this.panels.pop().box.remove();
    this.holder.dataset.panels = picture.panels.length;
    picture.panels.forEach((panel, i) => {
      const same = (other) => other.x_label === panel.x_label && other.y_label === panel.y_label;
      const behind = ghost && ghost.panels.find(same);
      this.panels[i].draw(panel, Math.max(220, this.panels[i].box.node().clientWidth), behind, this.fitted);
    });
    if (this.at !== undefined) this.here(this.at);
  }

  here(i) {
    this.at = i;
    if (this.picture) this.panels.forEach((panel) => panel.here(i));
  }

  fit(fitted) {
    this.fitted = fitted;
    this.draw(this.picture, this.ghost);
  }

  resize() {
    const width = this.holder.clientWidth;
    if (this.picture && width && width !== this.width) {
      this.width = width;
      this.draw(this.picture, this.ghost);
    }
  }
}

export { Chart };
