/* The scenes of a page: sliders, precomputed frames, and Python in the page on request. */
import { leastIndex } from "d3-array";
import { Chart, asHtml, asText, number } from "./chart.js";

const here = document.currentScript.src.replace(/[^/]*$/, "");

// --- frames: arrays of 16-bit numbers, shared among the pictures of a scene --------------

function unpack(packed) {
  if (Array.isArray(packed)) return packed;
  const { low, high, data } = packed;
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const out = new Array(bytes.length / 2);
  for (let i = 0; i < out.length; i++) {
    const level = bytes[2 * i] + 256 * bytes[2 * i + 1];
    out[i] = level === 65535 ? null : low + ((high - low) * level) / 65534;
  }
  return out;
}

function picture(packed, arrays) {
  const traces = (panel) => panel.traces.map((trace) => ({
    ...trace, x: arrays[trace.x], y: arrays[trace.y], base: trace.base === null ? null : arrays[trace.base],
  }));
  return { ...packed, panels: packed.panels.map((panel) => ({ ...panel, traces: traces(panel) })) };
}

const waiting = new Map();
const frames = new Map();

/** Called by the frame files, which are scripts so that they also load from a folder. */
function receive(name, { arrays, alone, grid }) {
  const values = arrays.map(unpack);
  const open = (list) => list.map((packed) => packed && picture(packed, values));
  const found = {
    alone: Object.fromEntries(Object.entries(alone).map(([control, list]) => [control, open(list)])),
    grid: grid.map(open),
  };
  frames.set(name, found);
  (waiting.get(name) || []).forEach((scene) => scene.framed());
}

function ask(scene) {
  const { name, version } = scene;
  if (frames.has(name)) return scene.framed();
  if (waiting.has(name)) return waiting.get(name).add(scene);
  waiting.set(name, new Set([scene]));
  const script = document.createElement("script");
  script.src = `${here}frames/${name}.js?v=${version}`;
  script.onerror = () => {
    const scenes = waiting.get(name);
    waiting.delete(name);
    scenes.forEach((one) => one.unframed());
  };
  return document.head.append(script);
}

// --- Python: one worker for the page ------------------------------------------------------

class Python {
  constructor() {
    this.state = "off"; // off, starting, ready, failed
    this.text = "";
    this.scenes = [];
    this.busy = null;
    this.queue = new Map(); // scene -> values: the latest wins
    this.ticket = 0;
  }

  tell(state, text) {
    this.state = state;
    this.text = text;
    this.scenes.forEach((scene) => scene.python(state, text));
  }

  start({ pyodide, wheel }) {
    if (this.state === "starting" || this.state === "ready") return;
    this.began = performance.now();
    if (location.protocol === "file:") {
      this.tell("failed", "Python needs the book to come from a web server; the precomputed frames go on working.");
      return;
    }
    this.tell("starting", "Starting Python");
    try {
      this.worker = new Worker(`${here}worker.js`, { type: "module" });
    } catch (error) {
      this.fail(error.message);
      return;
    }
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.fail(event.message || "the worker did not load");
    };
    this.worker.postMessage({
      kind: "start",
      base: new URL(pyodide, document.baseURI).href,
      wheel: new URL(wheel, here).href,
    });
  }

  fail(text) {
    if (this.worker) this.worker.terminate();
    this.worker = null;
    this.busy = null;
    this.queue.clear();
    this.tell("failed", `Python did not start (${text}). The precomputed frames go on working.`);
  }

  hear(data) {
    if (data.kind === "progress") {
      this.tell("starting", data.text);
    } else if (data.kind === "ready") {
      this.versions = data.versions;
      this.tell("ready", `ready after ${((performance.now() - this.began) / 1000).toFixed(1)} s`);
    } else if (data.kind === "picture") {
      const scene = this.busy;
      this.busy = null;
      if (!this.queue.has(scene)) scene.computed(JSON.parse(data.picture), data.took, this.versions);
      this.next();
    } else if (this.state === "starting") {
      this.fail(data.text);
    } else {
      const scene = this.busy;
      this.busy = null;
      if (scene) scene.say(`Python could not compute this: ${data.text}`);
      this.next();
    }
  }

  compute(scene, values) {
    this.queue.set(scene, values);
    this.next();
  }

  next() {
    if (this.busy || !this.queue.size) return;
    const [scene, values] = this.queue.entries().next().value;
    this.queue.delete(scene);
    this.busy = scene;
    this.worker.postMessage({ kind: "compute", ticket: ++this.ticket, scene: scene.name, values });
  }
}

const python = new Python();

// --- one scene ------------------------------------------------------------------------------

const nearest = (list, value) => leastIndex(list, (v) => Math.abs(v - value));

class Scene {
  constructor(figure) {
    this.figure = figure;
    const told = JSON.parse(figure.querySelector("script").textContent);
    Object.assign(this, { name: told.name, version: told.version, told });
    this.values = {};
    this.live = false;
    this.first = picture(told.picture, told.arrays.map(unpack));
    this.find();
    this.show(this.first);
    this.set(null);
    this.describe([]);
    python.scenes.push(this);
    // the frames are fetched when a reader comes near
    for (const near of ["pointerenter", "focusin"]) figure.addEventListener(near, () => ask(this), { once: true });
  }

  /** The parts of the figure. */
  find() {
    const part = (name) => this.figure.querySelector(`.cif-${name}`);
    this.body = part("live");
    [this.sentence, this.spoken, this.shown, this.status] = ["sentence", "spoken[aria-live]", "shown", "status"].map(part);
    for (const control of this.told.controls) {
      control.input = document.getElementById(`cif-${this.name}-${control.name}`);
      const [label, output] = control.input.parentElement.children;
      control.output = output;
      label.replaceChildren(asHtml(control.label));
      control.input.addEventListener("input", () => this.moved(control));
    }
    this.button = part("python");
    this.button.addEventListener("click", () => python.start(this.told));
    part("reset").addEventListener("click", () => this.reset());
    part("csv").addEventListener("click", () => this.download());
    this.chart = new Chart(part("panels"));
  }

  value(control) {
    return control.name in this.values ? this.values[control.name] : control.default;
  }

  /** The control that frames move together with this one, if it is not at its default. */
  partner(control) {
    const { grid, controls } = this.told;
    const other = control.name in grid && controls.find((c) => c !== control && c.name in grid);
    return other && this.value(other) !== other.default ? other : null;
  }

  /** The values a slider runs over: those of which there are frames, or, with Python, all. */
  range(control) {
    if (this.live) return control.values;
    return this.partner(control) ? this.told.grid[control.name] : control.frames;
  }

  /** Put every slider where its value is; `control` is the one being moved. */
  set(control) {
    for (const c of this.told.controls) {
      const range = this.range(c);
      if (c !== control) {
        c.input.max = range.length - 1;
        c.input.value = nearest(range, this.value(c));
      }
      c.output.replaceChildren(`${number(this.value(c))} `, asHtml(c.unit));
      c.input.setAttribute("aria-valuetext", `${number(this.value(c))} ${asText(c.unit)}`);
    }
  }

  /** The nearest value that the grid has, and not the default: a slider moves its own value. */
  onGrid(control) {
    const list = this.told.grid[control.name].filter((value) => value !== control.default);
    return list[nearest(list, this.value(control))];
  }

  moved(control) {
    const value = this.range(control)[Number(control.input.value)];
    if (this.live) {
      this.values[control.name] = value;
      python.compute(this, this.chosen());
    } else {
      const other = this.partner(control);
      const kept = other && (value === control.default ? this.value(other) : this.onGrid(other));
      this.values = { [control.name]: value, ...(other && { [other.name]: kept }) };
      this.frame();
    }
    this.set(control);
  }

  chosen() {
    return Object.fromEntries(this.told.controls.map((c) => [c.name, this.value(c)]));
  }

  reset() {
    this.values = {};
    this.set(null);
    if (this.live) python.compute(this, this.chosen());
    else this.frame();
  }

  framed() {
    this.figure.dataset.frames = "ready";
    if (!this.live) this.frame();
  }

  unframed() {
    this.say("The precomputed frames did not load.");
    if (!this.live) this.reset();
  }

  /** Show the frame of the values chosen. */
  frame() {
    const found = frames.get(this.name);
    const { controls, grid } = this.told;
    const moved = controls.filter((c) => this.value(c) !== c.default);
    if (!moved.length) {
      this.show(this.first);
    } else if (!found) {
      this.shown.textContent = "Fetching what was computed beforehand …";
      ask(this);
      return;
    } else if (moved.length === 1) {
      const [c] = moved;
      this.show(found.alone[c.name][c.frames.indexOf(this.value(c))]);
    } else {
      const [i, j] = Object.keys(grid).map((name) => grid[name].indexOf(this.values[name]));
      this.show(found.grid[i][j]);
    }
    this.describe(moved);
  }

  /** Say which values are shown. */
  describe(moved) {
    const symbol = (c) => asHtml((c.label.match(/\$[^$]*\$/) || [c.label])[0]);
    this.shown.replaceChildren("Shown, computed beforehand: ");
    if (!moved.length) {
      const [one, two] = this.told.controls.filter((c) => c.name in this.told.grid);
      this.shown.append("the paper’s values. ", symbol(one), " and ", symbol(two),
        " move together, any other slider alone; with Python, all of them.");
    }
    moved.forEach((c, i) => this.shown.append(i ? ", " : "", symbol(c), ` = ${number(this.value(c))} `, asHtml(c.unit)));
    if (moved.length) this.shown.append("; all else as in the paper.");
  }

  show(shown) {
    this.current = shown;
    this.chart.draw(shown);
    this.sentence.textContent = shown.sentence;
    clearTimeout(this.speaking);
    if (this.body.contains(document.activeElement)) {
      this.speaking = setTimeout(() => { this.spoken.textContent = shown.sentence; }, 600);
    }
  }

  waiting() {
    return python.busy === this || python.queue.has(this);
  }

  computed(shown, took, versions) {
    this.pictures = (this.pictures || 0) + 1;
    this.show(shown);
    this.figure.dataset.took = took.toFixed(1);
    this.shown.textContent = `Computed just now, in this page, in ${took.toFixed(took < 10 ? 1 : 0)} ms. ${versions}.`;
  }

  say(text) {
    this.status.textContent = text;
  }

  python(state, text) {
    this.figure.dataset.python = state;
    this.button.disabled = state === "starting" || state === "ready";
    if (state === "ready") {
      this.live = true;
      this.button.textContent = "Python is running in this page";
      this.say(`Python is ${text}: every slider is free.`);
      this.set(null);
      python.compute(this, this.chosen());
    } else {
      this.button.textContent = state === "failed" ? "Try Python again" : "Compute with Python in this page";
      this.say(state === "starting" ? `${text} …` : text);
    }
  }

  download() {
    const lines = ["panel,curve,x,y"];
    const quoted = (text) => `"${text.replace(/"/g, '""')}"`;
    this.current.panels.forEach((panel) => {
      const name = quoted(`${asText(panel.y_label)} against ${asText(panel.x_label)}`);
      panel.traces.forEach((trace) => trace.x.forEach((x, i) => {
        if (x !== null && trace.y[i] !== null) {
          lines.push(`${name},${quoted(asText(trace.label))},${Number(x.toPrecision(9))},${Number(trace.y[i].toPrecision(9))}`);
        }
      }));
    });
    const link = document.createElement("a");
    link.download = `${this.name}.csv`;
    link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

window.cifScenes = { receive };
const begin = () => document.querySelectorAll("figure.cif-scene").forEach((figure) => { figure.scene = new Scene(figure); });
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
