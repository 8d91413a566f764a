/* The scenes of a page: sliders, precomputed frames, and Python in the page on request. */
(function () {
  "use strict";

  const { Chart, asHtml, asText, number } = window.cifChart;
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
  function receive(name, { arrays, controls }) {
    const values = arrays.map(unpack);
    const found = {};
    for (const [control, list] of Object.entries(controls)) {
      found[control] = list.map(([value, packed]) => ({ value, picture: picture(packed, values) }));
    }
    frames.set(name, found);
    (waiting.get(name) || []).forEach((scene) => scene.framed(found));
  }

  function ask(scene) {
    const { name, version } = scene;
    if (frames.has(name)) return scene.framed(frames.get(name));
    if (waiting.has(name)) return waiting.get(name).push(scene);
    waiting.set(name, [scene]);
    const script = document.createElement("script");
    script.src = `${here}frames/${name}.js?v=${version}`;
    script.onerror = () => {
      waiting.delete(name);
      scene.say("The precomputed frames did not load.");
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

  function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  const nearest = (list, value) => d3.leastIndex(list, (v) => Math.abs(v - value));

  class Scene {
    constructor(figure) {
      this.figure = figure;
      const told = JSON.parse(figure.querySelector("script").textContent);
      Object.assign(this, { name: told.name, version: told.version, told });
      this.values = {};
      this.live = false;
      this.first = picture(told.picture, told.arrays.map(unpack));
      this.build();
      this.show(this.first);
      this.set(null);
      python.scenes.push(this);
      new IntersectionObserver((entries, observer) => {
        if (entries.some((entry) => entry.isIntersecting)) {
          observer.disconnect();
          ask(this);
        }
      }).observe(figure);
    }

    build() {
      const id = `cif-${this.name}`;
      this.panels = element("div", { class: "cif-panels" });
      this.sentence = element("p", { class: "cif-sentence" });
      this.spoken = element("p", { class: "cif-spoken", "aria-live": "polite" });
      this.shown = element("p", { class: "cif-shown" });
      this.status = element("p", { class: "cif-status", role: "status" });
      this.controls = this.told.controls.map((control) => {
        const input = element("input", { type: "range", id: `${id}-${control.name}`, min: 0, step: 1 });
        const label = element("label", { for: input.id }, asHtml(control.label));
        const output = element("output", { for: input.id });
        input.addEventListener("input", () => this.moved(control));
        Object.assign(control, { input, output });
        return element("div", { class: "cif-control" }, label, output, input);
      });
      this.button = element("button", { type: "button", class: "cif-button cif-python" }, "Compute with Python in this page");
      this.button.addEventListener("click", () => python.start(this.told));
      const reset = element("button", { type: "button", class: "cif-button" }, "Back to the paper’s values");
      reset.addEventListener("click", () => this.reset());
      const csv = element("button", { type: "button", class: "cif-button" }, "Data as CSV");
      csv.addEventListener("click", () => this.download());
      const fields = element("fieldset", { class: "cif-controls" },
        element("legend", { class: "cif-spoken" }, "Move"), ...this.controls);
      this.body = element("div", { class: "cif-live" }, this.panels, this.sentence, this.spoken, fields,
        element("div", { class: "cif-buttons" }, this.button, reset, csv), this.shown, this.status);
      this.figure.querySelector(".cif-still").after(this.body);
      this.figure.classList.add("cif-alive");
      this.chart = new Chart(this.panels);
    }

    /** The values a slider runs over: those of the frames, or, with Python, all. */
    range(control) {
      if (this.live) return control.values;
      const found = this.frames && this.frames[control.name];
      return found ? found.map((frame) => frame.value) : [control.default];
    }

    /** Put every slider where its value is; `control` is the one being moved. */
    set(control) {
      for (const c of this.told.controls) {
        const range = this.range(c);
        const value = c.name in this.values ? this.values[c.name] : c.default;
        if (c !== control) {
          c.input.max = Math.max(range.length - 1, 1);
          c.input.value = nearest(range, value);
        }
        c.output.replaceChildren(`${number(value)} `, asHtml(c.unit));
        c.input.setAttribute("aria-valuetext", `${number(value)} ${asText(c.unit)}`);
      }
    }

    moved(control) {
      const range = this.range(control);
      const value = range[Math.min(Number(control.input.value), range.length - 1)];
      if (this.live) {
        this.values[control.name] = value;
        this.set(control);
        python.compute(this, this.chosen());
        return;
      }
      if (!this.frames) {
        ask(this);
        this.set(null);
        return;
      }
      this.values = { [control.name]: value };
      this.set(control);
      this.show(this.frames[control.name].find((frame) => frame.value === value).picture);
      this.describe();
    }

    chosen() {
      return Object.fromEntries(this.told.controls.map((c) => [c.name, c.name in this.values ? this.values[c.name] : c.default]));
    }

    reset() {
      this.values = {};
      this.set(null);
      if (this.live) python.compute(this, this.chosen());
      else {
        this.show(this.first);
        this.describe();
      }
    }

    framed(found) {
      this.frames = found;
      this.figure.dataset.frames = "ready";
      if (!this.live) {
        this.set(null);
        this.describe();
      }
    }

    describe() {
      const moved = this.told.controls.filter((c) => c.name in this.values && this.values[c.name] !== c.default);
      this.shown.replaceChildren("Shown, computed beforehand: ");
      if (!moved.length) this.shown.append("the paper’s values. One slider moves at a time; with Python, all of them.");
      for (const c of moved) {
        const symbol = c.label.match(/\$[^$]*\$/);
        this.shown.append(asHtml(symbol ? symbol[0] : c.label), ` = ${number(this.values[c.name])} `, asHtml(c.unit));
        this.shown.append("; all else as in the paper.");
      }
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
      const link = element("a", { download: `${this.name}.csv` });
      link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }
  }

  window.cifScenes = { receive };
  const begin = () => document.querySelectorAll("figure.cif-scene").forEach((figure) => { figure.scene = new Scene(figure); });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
