/* The scenes of a page: stage, charts and sliders, moved by frames or by Python in the page. */
import { leastIndex } from "d3-array";
import { Cell } from "./cell.js";
import { Chart } from "./chart.js";
import { ask, frames, opener } from "./frames.js";
import { asHtml, asText, number } from "./labels.js";
import { cost, python } from "./python.js";
import { Stage } from "./stage.js";
import { code, csv, fromAddress, listen, toAddress } from "./take.js";

const nearest = (list, value) => leastIndex(list, (v) => Math.abs(v - value));

class Scene {
  constructor(figure) {
    this.figure = figure;
    const told = JSON.parse(figure.querySelector("script").textContent);
    Object.assign(this, { name: told.name, version: told.version, told });
    this.values = {}; // of the controls that are not at their defaults
    this.live = false;
    this.first = opener(told.arrays)(told.picture);
    this.find();
    this.show(this.first);
    this.set(null);
    this.describe();
    python.scenes.push(this);
    // the frames are fetched when a reader comes near
    for (const near of ["pointerenter", "focusin"]) figure.addEventListener(near, () => ask(this), { once: true });
    this.arrive();
    window.addEventListener("hashchange", () => this.arrive());
  }

  /** The parts of the figure. */
  find() {
    const part = (name) => this.figure.querySelector(`.cif-${name}`);
    const press = (name, action) => part(name).addEventListener("click", action);
    this.body = part("live");
    [this.sentence, this.spoken, this.shown, this.status] = ["sentence", "spoken[aria-live]", "shown", "status"].map(part);
    for (const control of this.told.controls) {
      control.input = document.getElementById(`cif-${this.name}-${control.name}`);
      const [label, output] = control.input.parentElement.children;
      control.output = output;
      label.replaceChildren(asHtml(control.label));
      control.input.addEventListener("input", () => this.moved(control));
    }
    this.presets = [...part("presets").children];
    this.presets.forEach((button) => button.addEventListener("click", () => this.choose(JSON.parse(button.dataset.values))));
    this.button = part("python");
    this.button.textContent = this.offered();
    this.button.addEventListener("click", () => python.start(this.told));
    press("fit", ({ currentTarget: button }) => {
      const fitted = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", fitted);
      this.chart.fit(fitted);
    });
    press("csv", () => csv(this.told, this.chosen(), this.values, this.current));
    press("listen", ({ currentTarget: button }) => {
      button.textContent = "Stop";
      listen(this.current, () => { button.textContent = "Listen"; });
    });
    this.code = part("code").querySelector("pre");
    press("copy", ({ currentTarget: button }) => {
      getSelection().selectAllChildren(this.code);
      const done = navigator.clipboard && navigator.clipboard.writeText(this.code.textContent);
      if (done) done.then(() => { button.textContent = "Copied"; }, () => {});
    });
    this.chart = new Chart(part("panels"));
    this.stage = new Stage(this.figure, (i) => this.chart.here(i));
  }

  value(control) {
    return control.name in this.values ? this.values[control.name] : control.default;
  }

  /** The values a slider runs over: those of which there are frames, or, with Python, all. */
  range(control) {
    return this.live ? control.values : control.frames;
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
    for (const button of this.presets) {
      button.setAttribute("aria-pressed", button.dataset.values.replace(/\s/g, "") === JSON.stringify(this.values));
    }
    this.code.textContent = code(this.told, this.chosen());
  }

  moved(control) {
    const value = this.range(control)[Number(control.input.value)];
    if (value === control.default) delete this.values[control.name];
    else this.values[control.name] = value;
    this.change(control);
  }

  choose(values) {
    this.values = { ...values };
    this.change(null);
  }

  /** Show what belongs to the values now chosen. */
  change(control) {
    this.set(control);
    if (this.live) python.compute(this, this.chosen());
    else this.frame();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => toAddress(this.told, this.values), 300);
  }

  /** The values of the page's address, if it has any for this scene. */
  arrive() {
    const values = fromAddress(this.told);
    if (!values) return;
    for (const c of this.told.controls) if (values[c.name] === c.default) delete values[c.name];
    this.values = values;
    this.set(null);
    if (this.live) python.compute(this, this.chosen());
    else this.frame();
    this.figure.scrollIntoView({ block: "start" });
  }

  chosen() {
    return Object.fromEntries(this.told.controls.map((c) => [c.name, this.value(c)]));
  }

  framed() {
    this.figure.dataset.frames = "ready";
    if (!this.live) this.frame();
  }

  unframed() {
    this.say("The precomputed frames did not load.");
    if (!this.live) this.choose({});
  }

  /** Controls away from their defaults. */
  away() {
    return this.told.controls.filter((c) => c.name in this.values);
  }

  /** The frame of the values chosen, if there is one. */
  found({ alone, grid, open }) {
    const [one, two] = this.told.together.map((name) => this.told.controls.find((c) => c.name === name));
    const away = this.away();
    const at = (c) => c.frames.indexOf(this.value(c));
    if (away.every((c) => c === one || c === two)) {
      return at(one) < 0 || at(two) < 0 ? null : open(grid[at(one)][at(two)]);
    }
    return away.length > 1 || at(away[0]) < 0 ? null : open(alone[away[0].name][at(away[0])]);
  }

  /** Show the frame of the values chosen, or offer Python for them. */
  frame() {
    const known = frames.get(this.name);
    const picture = this.away().length ? known && this.found(known) : this.first;
    if (picture) this.show(picture);
    else if (!known) {
      this.shown.textContent = "Fetching what was computed beforehand …";
      ask(this);
      return;
    }
    this.figure.toggleAttribute("data-stale", !picture);
    if (picture) this.describe();
    else this.offer();
  }

  symbols(controls) {
    return controls.map((c) => asHtml((c.label.match(/\$[^$]*\$/) || [c.label])[0]));
  }

  together() {
    return this.symbols(this.told.together.map((name) => this.told.controls.find((c) => c.name === name)));
  }

  offered() {
    return `Compute with Python in this page (${cost(this.told.files)})`;
  }

  /** There is no frame for these values. */
  offer() {
    const [one, two] = this.together();
    this.shown.replaceChildren("Not computed beforehand: only ", one, " and ", two, " move together, the others one at a time. ",
      `Python in this page computes these values (${cost(this.told.files)}); the curves are still those from before.`);
    this.say("");
  }

  /** Say which values are shown. */
  describe() {
    const moved = this.away();
    this.shown.replaceChildren("Shown, computed beforehand: ");
    if (!moved.length) {
      const [one, two] = this.together();
      this.shown.append(`the ${this.told.origin}’s values. `, one, " and ", two, " move together, any other slider alone; with Python, all of them.");
    }
    const symbols = this.symbols(moved);
    moved.forEach((c, i) => this.shown.append(i ? ", " : "", symbols[i], ` = ${number(this.value(c))} `, asHtml(c.unit)));
    if (moved.length) this.shown.append(`; all else as in the ${this.told.origin}.`);
  }

  show(shown) {
    this.current = shown;
    this.chart.draw(shown, shown === this.first ? null : this.first);
    const jump = this.stage.show(shown.stage);
    if (jump) this.figure.dataset.jumps = Number(this.figure.dataset.jumps || 0) + 1;
    this.sentence.textContent = shown.sentence;
    clearTimeout(this.speaking);
    if (this.body.contains(document.activeElement)) {
      this.speaking = setTimeout(() => { this.spoken.textContent = jump + shown.sentence; }, 600);
    }
  }

  asks(values) {
    return ["evaluate", this.name, values];
  }

  waiting() {
    return python.busy === this || python.queue.has(this);
  }

  computed(shown, took, versions) {
    this.pictures = (this.pictures || 0) + 1;
    this.figure.removeAttribute("data-stale");
    this.show(shown);
    this.figure.dataset.took = took.toFixed(1);
    this.shown.textContent = `Computed just now, in this page, in ${took.toFixed(took < 10 ? 1 : 0)} ms. ${versions}.`;
  }

  say(text) {
    this.status.textContent = text;
  }

  failed(text) {
    this.say(text);
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
      this.button.textContent = state === "failed" ? "Try Python again" : this.offered();
      this.say(state === "starting" ? `${text} …` : `${text} The precomputed frames go on working.`);
    }
  }
}

function begin() {
  document.querySelectorAll("figure.cif-scene").forEach((figure) => { figure.scene = new Scene(figure); });
  document.querySelectorAll("figure.cif-cell").forEach((figure) => { figure.cell = new Cell(figure); });
}
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
