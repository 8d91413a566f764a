/* Frames: pictures computed beforehand, whose arrays of 16-bit numbers are stored once. */
import { here } from "./python.js";

function unpack(packed) {
  if (Array.isArray(packed)) return packed;
  if ("count" in packed) return new Array(packed.count).fill(packed.value);
  const { low, high, data } = packed;
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const out = new Array(bytes.length / 2);
  for (let i = 0; i < out.length; i++) {
    const level = bytes[2 * i] + 256 * bytes[2 * i + 1];
    out[i] = level === 65535 ? null : low + ((high - low) * level) / 65534;
  }
  return out;
}

/** What puts the arrays back where a picture has "@" and their number. */
export function opener(arrays) {
  const known = [];
  const open = (told) => {
    if (typeof told === "string" && told[0] === "@") {
      const i = Number(told.slice(1));
      known[i] ??= unpack(arrays[i]);
      return known[i];
    }
    if (Array.isArray(told)) return told.map(open);
    if (told === null || typeof told !== "object") return told;
    return Object.fromEntries(Object.entries(told).map(([key, value]) => [key, open(value)]));
  };
  return open;
}

const waiting = new Map();
export const frames = new Map();

/** Called by the frame files, which are scripts so that they also load from a folder. */
function receive(name, { arrays, alone, grid }) {
  frames.set(name, { alone, grid, open: opener(arrays) });
  (waiting.get(name) || []).forEach((scene) => scene.framed());
}

export function ask(scene) {
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

window.cifScenes = { receive };
