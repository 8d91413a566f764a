/* Python for all scenes of one page: Pyodide, numpy, and the book's own package. */

let evaluate = null;

async function start({ base, wheel }) {
  const say = (text) => postMessage({ kind: "progress", text });
  say("Fetching Python");
  const archive = fetch(wheel).then((response) => {
    if (!response.ok) throw new Error(`${wheel}: ${response.status}`);
    return response.arrayBuffer();
  });
  archive.catch(() => {});
  const { loadPyodide } = await import(`${base}pyodide.mjs`);
  const python = await loadPyodide({
    indexURL: base,
    packages: ["numpy"],
    stdout: () => {},
  });
  say("Unpacking cifcore");
  python.unpackArchive(await archive, "wheel");
  evaluate = python.runPython(`
import json
from cifcore.book.scenes.catalogue import evaluate

lambda name, values: json.dumps(evaluate(name, json.loads(values)))
`);
  const versions = python.runPython(`
import platform
from importlib.metadata import version

f"Python {platform.python_version()}, numpy {version('numpy')}, cifcore {version('cifcore')}"
`);
  postMessage({ kind: "ready", versions });
}

function compute({ scene, values, ticket }) {
  const begin = performance.now();
  const picture = evaluate(scene, JSON.stringify(values));
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
