/* A cell of Python that a reader edits and runs, in a worker of its own that can be stopped.
   What runs is what stands in the cell, and only when Run is pressed. */
import { Chart } from "./chart.js";
import { cost, here, Python } from "./python.js";

const LIMIT = 30; // seconds

/** Bring the editor; without it the text area goes on. */
function editor() {
  editor.came ??= new Promise((done) => {
    const script = document.createElement("script");
    script.src = `${here}editor.js`;
    script.onload = done;
    document.head.append(script);
  });
  return editor.came;
}

export class Cell {
  constructor(figure) {
    this.figure = figure;
    const part = (name) => figure.querySelector(`.cif-${name}`);
    this.told = JSON.parse(figure.querySelector("script").textContent);
    [this.area, this.status, this.text, this.verdict] = ["typed", "status", "printed", "verdict"].map(part);
    [this.go, this.end] = ["run", "stop"].map(part);
    this.chart = new Chart(part("panels"));
    this.engine = new Python();
    this.engine.scenes.push(this);
    this.area.addEventListener("input", () => this.size());
    this.area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.run();
    });
    this.area.addEventListener("focus", () => editor().then(() => {
      this.area = window.cifEditor(this.area, () => this.run());
    }), { once: true });
    this.go.addEventListener("click", () => this.run());
    this.end.addEventListener("click", () => this.stop("Stopped."));
    part("reset").addEventListener("click", () => {
      this.area.value = this.told.code;
      this.size();
      if (!this.end.disabled) this.stop("");
      this.show({ text: "", panels: [], error: "", passed: null, verdict: "" });
      this.say("");
    });
    this.area.value = this.told.code; // not what a browser kept from the last visit
    this.say(`Python is fetched at the first run (${cost(this.told.files)}).`);
  }

  size() {
    this.area.rows = this.area.value.split("\n").length;
  }

  say(text) {
    this.status.textContent = text;
  }

  busy(yes) {
    this.go.disabled = yes;
    this.end.disabled = !yes;
    this.figure.toggleAttribute("data-stale", yes);
    clearTimeout(this.timer);
  }

  run() {
    if (this.go.disabled) return;
    this.busy(true);
    if (this.engine.state === "ready") this.python("ready");
    else this.engine.start(this.told);
  }

  stop(text) {
    this.busy(false);
    this.engine.stop("off", text);
  }

  // --- what the worker calls

  python(state, text) {
    if (state === "ready") {
      this.say("Running …");
      this.timer = setTimeout(() => this.stop(`Stopped: it took longer than ${LIMIT} s.`), 1000 * LIMIT);
      this.engine.compute(this, null);
    } else {
      if (state !== "starting") this.busy(false);
      this.say(state === "starting" ? `${text} …` : text);
    }
  }

  asks() {
    return ["run", this.area.value, this.told.check];
  }

  computed(shown, took, versions) {
    this.busy(false);
    this.show(shown);
    this.say(`${shown.error ? "" : `Took ${(took / 1000).toFixed(2)} s. `}${versions}.`);
  }

  failed(text) {
    this.busy(false);
    this.say(text);
  }

  show({ text, panels, error, passed, verdict }) {
    this.text.textContent = [text.trimEnd(), error].filter(Boolean).join("\n");
    this.text.classList.toggle("cif-failed", Boolean(error));
    this.chart.draw({ panels });
    this.verdict.textContent = passed === null ? "" : `${passed ? "✓" : "Not yet:"} ${verdict}`;
  }
}
