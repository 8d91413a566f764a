/* Python for all scenes of one page: Pyodide, numpy, and the book's own package.
   Pyodide's scripts stand before this one in the worker; see python.js. */

let answer = null;

/** Ask for files of Python alone, and for the bytes that they are known to have. */
function guard(base, files) {
  const plain = self.fetch;
  self.fetch = (asked, options) => {
    const url = new URL(asked.url || asked, base).href;
    const file = url.startsWith(base) && files[url.slice(base.length)];
    if (!file) return Promise.reject(new Error(`${url} is no file that this page knows`));
    return plain(url, { ...options, integrity: `sha256-${file.sha256}` });
  };
}

async function start({ base, files, wheel }) {
  const say = (text) => postMessage({ kind: "progress", text });
  const archive = fetch(wheel).then((response) => {
    if (!response.ok) throw new Error(`${wheel}: ${response.status}`);
    return response.arrayBuffer();
  });
  archive.catch(() => {});
  guard(base, files);
  say("Starting Python");
  const python = await self.loadPyodide({
    indexURL: base,
    packages: ["numpy"],
    stdout: () => {},
  });
  say("Unpacking cifcore");
  python.unpackArchive(await archive, "wheel");
  answer = python.runPython(`
import json
from cifcore.book.scenes.catalogue import evaluate
from cifcore.book.scenes.cell import run

lambda asked, told: json.dumps({"evaluate": evaluate, "run": run}[asked](*json.loads(told)))
`);
  const versions = python.runPython(`
import platform
from importlib.metadata import version

f"Python {platform.python_version()}, numpy {version('numpy')}, cifcore {version('cifcore')}"
`);
  postMessage({ kind: "ready", versions });
}

function compute({ asked, told, ticket }) {
  const begin = performance.now();
  const picture = answer(asked, JSON.stringify(told));
  postMessage({ kind: "picture", ticket, picture, took: performance.now() - begin });
}

onmessage = async ({ data }) => {
  try {
    if (data.kind === "start") await start(data);
    else compute(data);
  } catch (error) {
    postMessage({ kind: "failed", ticket: data.ticket, text: String((error && error.message) || error) });
  }
};
