/* The device itself, drawn to scale: leads, springs, couplings, the dot, electrons, the bias.

   Every length, width and rate follows a number of the picture. Where nothing has a clock the
   dot is wherever the slope of its potential takes it from where it was, so it keeps to its
   branch and jumps where that ends. */
import { bisectLeft, max } from "d3-array";
import { scaleLinear } from "d3-scale";
import { select } from "d3-selection";
import { asText, number } from "./labels.js";

const MIDDLE = 54; // the height of the dot
const SPRING = 76;
const FLOOR = 98; // of the axis
const VALLEY = 56; // height of the strip in which a swarm moves
const SECONDS = 9; // a run from its first moment to its last
const ELECTRONS = 10;
const TILT = 130; // pixels per gamma0
const STEEPEST = 40; // pixels up and down
const WIDEST = 13; // pixels of a coupling of gamma0
const JUMP = 0.25; // what counts as one, in a

export const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Value at a place between two points of a list. */
export function between(list, i) {
  const low = Math.max(0, Math.min(list.length - 1, Math.floor(i)));
  const high = Math.min(low + 1, list.length - 1);
  if (list[low] === null || list[high] === null) return null;
  return list[low] + (list[high] - list[low]) * Math.max(0, i - low);
}

/** Where a value stands in an ascending list, as a number between two points. */
function position(list, value) {
  const high = Math.max(1, Math.min(list.length - 1, bisectLeft(list, value)));
  const share = (value - list[high - 1]) / (list[high] - list[high - 1]);
  return high - 1 + Math.max(0, Math.min(1, share));
}

function zigzag(from, to, y) {
  const turns = 9, ends = 0.1 * (to - from), step = (to - from - 2 * ends) / turns;
  const points = Array.from({ length: turns + 1 }, (_, i) => `${from + ends + i * step},${y + (i === 0 || i === turns ? 0 : i % 2 ? -5 : 5)}`);
  return `M${from},${y}L${points.join("L")}L${to},${y}`;
}

export class Stage {
  /** `moved` is called with the point of the run, or of the places, that is shown. */
  constructor(figure, moved) {
    this.moved = moved;
    this.box = figure.querySelector(".cif-stage");
    this.button = figure.querySelector(".cif-play");
    this.scrub = figure.querySelector(".cif-scrub input");
    this.readout = figure.querySelector(".cif-readout");
    this.home = 0; // where the dot was last at rest
    this.at = 0;
    this.phase = 0;
    this.running = !still.matches;
    this.build();
    this.button.hidden = still.matches;
    this.button.addEventListener("click", () => this.play(!this.running));
    if (this.scrub) {
      this.scrub.addEventListener("input", () => { this.play(false); this.go(Number(this.scrub.value)); });
    }
    this.frame = (now) => this.tick(now);
    new IntersectionObserver(([{ isIntersecting }]) => { this.seen = isIntersecting; this.wake(); }).observe(this.box);
    new ResizeObserver(() => this.stage && this.width !== this.box.clientWidth && this.layout()).observe(this.box);
  }

  build() {
    const svg = select(this.box).append("svg").attr("role", "img");
    // class names stand whole, so that the style sheet keeps their rules
    const add = (kind, name) => svg.append(kind).attr("class", name);
    this.svg = svg;
    this.leads = [0, 1].map(() => ({ body: add("rect", "cif-lead"), sea: add("rect", "cif-sea"), name: add("text", "cif-side") }));
    this.tilt = add("line", "cif-tilt");
    this.axis = svg.append("g").attr("class", "cif-axis");
    this.places = svg.append("g");
    this.valley = add("path", "cif-valley");
    this.swarm = svg.append("g");
    this.springs = [0, 1].map(() => add("path", "cif-spring"));
    this.couplings = [0, 1].map(() => add("line", "cif-coupling"));
    this.trail = add("path", "cif-trail");
    this.electrons = svg.append("g").selectAll("circle").data(Array.from({ length: ELECTRONS }, (_, i) => i / ELECTRONS))
      .join("circle").attr("class", "cif-electron").attr("r", 3);
    this.stem = add("line", "cif-stem");
    this.dot = add("circle", "cif-dot").attr("r", 11);
  }

  /** Show what another picture has; gives a sentence if the dot jumped. */
  show(stage) {
    const before = this.stage;
    this.stage = stage;
    if (!before) {
      this.rate = 0.3 / (max(stage.current, Math.abs) || 1); // ways a second for each unit of current
      this.box.classList.toggle("cif-tall", stage.swarm.length > 0);
    }
    this.layout();
    if (stage.clock) {
      if (this.scrub) this.scrub.max = stage.x.length - 1;
      const share = before ? this.at / (before.x.length - 1) : 0;
      this.go(still.matches && !before ? stage.x.length - 1 : share * (stage.x.length - 1));
      return "";
    }
    return this.settle(Boolean(before));
  }

  /** The dot slides down from where it was to the rest position of that well. */
  settle(moving) {
    const { stable, unstable } = this.stage;
    const from = this.home;
    const well = stable[bisectLeft(unstable, from)];
    if (well === undefined) return "";
    this.home = well;
    const jumped = moving && Math.abs(well - from) > JUMP;
    this.trail.classed("cif-fresh", false);
    if (jumped) {
      const [one, two] = [this.x(from), this.x(well)];
      this.trail.attr("d", `M${one},${MIDDLE - 12}Q${(one + two) / 2},${MIDDLE - 48} ${two},${MIDDLE - 12}`);
      this.trail.node().getBoundingClientRect(); // the fading starts again
      this.trail.classed("cif-fresh", true);
    }
    this.slide = still.matches || !moving ? null : { from: this.place ?? from, to: well, began: null };
    if (!this.slide) this.put(well);
    this.wake();
    return jumped ? `The dot jumps from x = ${number(from, 3)} to ${number(well, 3)} a. ` : "";
  }

  layout() {
    const { lead, place, swarm, energy } = this.stage;
    this.width = Math.max(200, this.box.clientWidth);
    const height = swarm.length ? FLOOR + VALLEY + 22 : FLOOR + 22;
    const floor = height - 22;
    this.svg.attr("width", this.width).attr("height", height).attr("viewBox", `0 0 ${this.width} ${height}`);
    this.x = scaleLinear([place[0], place[place.length - 1]], [0, this.width]);
    this.sides = [this.x(-lead), this.x(lead)];
    this.leads.forEach(({ body, sea, name }, i) => {
      const [left, right] = i ? [this.sides[1], this.width] : [0, this.sides[0]];
      body.attr("x", left).attr("y", 4).attr("width", right - left).attr("height", FLOOR - 6).attr("rx", 3);
      sea.attr("x", left + 1).attr("width", right - left - 2);
      name.attr("x", (left + right) / 2).attr("y", FLOOR - 8).text("LR"[i]);
    });
    this.axis.selectAll("*").remove();
    this.axis.append("line").attr("x1", this.sides[0]).attr("x2", this.sides[1]).attr("y1", floor).attr("y2", floor);
    const ticks = this.x.ticks(9).filter((t) => Math.abs(t) <= lead);
    this.axis.selectAll("g").data(ticks).join((enter) => {
      const g = enter.append("g").attr("transform", (t) => `translate(${this.x(t)},${floor})`);
      g.append("line").attr("y2", 4);
      g.append("text").attr("y", 16).text((t) => `${number(t)}${t === ticks[ticks.length - 1] ? " a" : ""}`);
      return g;
    });
    this.drawPlaces(floor);
    if (swarm.length) {
      const deep = Math.min(...energy.filter((_, i) => Math.abs(place[i]) < 0.9 * lead));
      const tall = Math.max(...[-0.6, 2.5].map((x) => between(energy, position(place, x)))) - deep || 1;
      const y = scaleLinear([deep, deep + tall], [floor - 6, FLOOR + 6]);
      this.depth = (x) => y(between(energy, position(place, x)));
      const low = place.filter((x, i) => y(energy[i]) > FLOOR - 8);
      this.valley.attr("d", `M${low.map((x) => `${this.x(x)},${this.depth(x)}`).join("L")}`);
      this.swarm.selectAll("circle").data(swarm).join("circle").attr("class", "cif-one").attr("r", 2.6);
    }
    if (this.stage.clock) this.go(Math.min(this.at, this.stage.x.length - 1));
    else if (this.place !== undefined) this.put(this.place);
  }

  /** Where the dot can rest, on the axis. */
  drawPlaces(floor) {
    const { stable, unstable } = this.stage;
    const marks = [...stable.map((x) => [x, "var(--cif-ink)"]), ...unstable.map((x) => [x, "var(--cif-paper)"])];
    this.places.selectAll("circle").data(marks).join("circle").attr("class", "cif-rest").attr("r", 4)
      .attr("cx", ([x]) => this.x(x)).attr("cy", floor).style("fill", ([, fill]) => fill);
  }

  /** Show a moment of the run. */
  go(i) {
    this.at = i;
    const { x, clock, clock_label: label, swarm } = this.stage;
    if (this.scrub) {
      this.scrub.value = i;
      const [name, unit] = asText(label).split(/ (?=\()/);
      this.clock = label ? `${name.split(", ").pop()} = ${number(between(clock, i), 3)} ${(unit || "").replace(/[()]/g, "")}`.trim() : "";
    }
    if (swarm.length) {
      const dots = swarm.map((path) => between(path, i));
      this.swarm.selectAll("circle").attr("cx", (_, n) => this.x(dots[n])).attr("cy", (_, n) => this.depth(dots[n]));
    }
    this.put(between(x, i));
  }

  /** Put the dot at a place, with what goes with it. */
  put(x) {
    const { place, left, right, x: along, bias, current, clock } = this.stage;
    const here = position(place, x);
    const i = clock ? this.at : here;
    this.place = x;
    this.now = { x, bias: clock ? bias[Math.round(i)] : between(bias, i), current: between(current, i), index: i };
    const X = this.x(x), [a, b] = this.sides;
    const tilt = Math.max(-STEEPEST, Math.min(STEEPEST, (TILT * this.now.bias) / 2));
    this.levels = [MIDDLE - tilt, MIDDLE + tilt];
    this.leads.forEach(({ sea }, n) => sea.attr("y", this.levels[n]).attr("height", Math.max(0, FLOOR - 3 - this.levels[n])));
    this.tilt.attr("x1", a).attr("y1", this.levels[0]).attr("x2", b).attr("y2", this.levels[1]);
    [left, right].forEach((list, n) => {
      this.couplings[n].attr("x1", n ? b : a).attr("x2", X).attr("y1", MIDDLE).attr("y2", MIDDLE)
        .style("stroke-width", Math.max(0.4, Math.min(WIDEST, WIDEST * Math.sqrt(between(list, here)))));
      this.springs[n].attr("d", zigzag(n ? b : a, X, SPRING));
    });
    this.stem.attr("x1", X).attr("x2", X).attr("y1", MIDDLE).attr("y2", SPRING);
    this.dot.attr("cx", X).attr("cy", MIDDLE);
    this.flow(0);
    const way = this.now.current > 0 ? " →" : this.now.current < 0 ? " ←" : "";
    const told = `${this.clock ? `${this.clock}, ` : ""}x = ${number(x, 3)} a, eV = ${number(this.now.bias, 3)} γ₀, I = ${number(this.now.current, 3)} γ₀/ħ${way}`;
    this.readout.textContent = told;
    if (this.scrub) this.scrub.setAttribute("aria-valuetext", told);
    this.svg.attr("aria-label", `The device: ${told}; couplings ${number(between(left, here), 2)} and ${number(between(right, here), 2)} γ₀`);
    this.moved(i);
  }

  /** Let the electrons go on for some seconds, at a rate that is the current's. */
  flow(seconds) {
    const { x, current } = this.now, [a, b] = this.sides, X = this.x(x);
    this.phase += seconds * Math.max(-1.5, Math.min(1.5, current * this.rate));
    const middle = Math.max(a, Math.min(b, X));
    const way = [[0, this.levels[0]], [a, this.levels[0]], [middle, MIDDLE], [b, this.levels[1]], [this.width, this.levels[1]]];
    this.electrons.each((start, n, all) => {
      const p = ((((start + this.phase) % 1) + 1) % 1) * this.width;
      const leg = Math.max(0, way.findIndex(([end]) => end >= p) - 1);
      const share = (p - way[leg][0]) / (way[leg + 1][0] - way[leg][0] || 1);
      const [x0, y0] = way[leg], [x1, y1] = way[leg + 1];
      all[n].setAttribute("cx", x0 + (x1 - x0) * share);
      all[n].setAttribute("cy", y0 + (y1 - y0) * share);
    });
  }

  // --- time -------------------------------------------------------------------------------

  play(on) {
    this.running = on && !still.matches;
    const last = this.stage.x.length - 1;
    if (this.running && this.stage.clock && this.at >= last) this.go(0);
    this.wake();
  }

  wake() {
    this.button.textContent = this.running ? "❚❚" : "▶";
    this.button.setAttribute("aria-label", this.running ? "Pause" : "Play");
    if (!this.asked && this.seen && this.stage && (this.running || this.slide)) {
      this.last = null;
      this.asked = requestAnimationFrame(this.frame);
    }
  }

  tick(now) {
    this.asked = 0;
    const passed = this.last === null ? 0 : Math.min(0.1, (now - this.last) / 1000);
    this.last = now;
    if (this.slide) {
      this.slide.began ??= now;
      const { from, to, began } = this.slide;
      const share = Math.min(1, (now - began) / (Math.abs(to - from) > JUMP ? 520 : 140));
      if (share === 1) this.slide = null;
      this.put(from + (to - from) * (1 - (1 - share) ** 3));
    }
    if (this.running) {
      this.flow(passed);
      if (this.stage.clock) {
        const last = this.stage.x.length - 1;
        this.go(Math.min(last, this.at + (passed * last) / SECONDS));
        if (this.at === last) { this.running = false; this.wake(); }
      }
    }
    if (this.seen && (this.running || this.slide)) this.asked = requestAnimationFrame(this.frame);
  }
}
