/* Python in the page: one worker for all its scenes and one a cell, started when a reader asks.

   What runs is known beforehand: of each file of Python the page has the sha256, and the browser
   refuses other bytes. The scripts are put together here; the rest the worker asks for. */

export const here = document.currentScript.src.replace(/[^/]*$/, "");

const SCRIPTS = ["pyodide.asm.js", "pyodide.js"];

/** A worker made of Python's own scripts, checked, and ours. */
export async function worker(base, files) {
  const text = async (url, options) => {
    const response = await fetch(url, options);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return response.text();
  };
  const known = (name) => text(`${base}${name}`, { integrity: `sha256-${files[name].sha256}` });
  const parts = await Promise.all([...SCRIPTS.map(known), text(`${here}worker.js`)]);
  const url = URL.createObjectURL(new Blob(parts.map((part) => `${part}\n`), { type: "text/javascript" }));
  try {
    return new Worker(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** What starting Python costs, in words. */
export function cost(files) {
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
  return `${Math.round(bytes / 1e6)} MB, about 10 s`;
}

export class Python {
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

  async start({ pyodide, files, wheel }) {
    if (this.state === "starting" || this.state === "ready") return;
    const began = performance.now();
    this.began = began;
    if (location.protocol === "file:") {
      this.tell("failed", "Python needs the book to come from a web server.");
      return;
    }
    this.tell("starting", "Fetching Python");
    const base = new URL(pyodide, here).href;
    try {
      const made = await worker(base, files);
      if (this.state !== "starting" || this.began !== began) return made.terminate(); // stopped meanwhile
      this.worker = made;
    } catch (error) {
      return this.fail(error.message);
    }
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.fail(event.message || "the worker did not load");
    };
    this.worker.postMessage({ kind: "start", base, files, wheel: new URL(wheel, here).href });
  }

  fail(text) {
    this.stop("failed", `Python did not start (${text}).`);
  }

  /** End it, whatever it is doing; it can be started anew. */
  stop(state, text) {
    if (this.worker) this.worker.terminate();
    this.worker = null;
    this.busy = null;
    this.queue.clear();
    this.tell(state, text);
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
      if (scene) scene.failed(`Python could not compute this: ${data.text}`);
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
    const [asked, ...told] = scene.asks(values);
    this.worker.postMessage({ kind: "compute", ticket: ++this.ticket, asked, told });
  }
}

export const python = new Python();
