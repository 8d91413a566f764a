/* What a reader takes along from a scene: a link, its numbers, its code, its sound. */
import { asText } from "./labels.js";

/** The values that the page's address gives to a scene; null if it gives none. */
export function fromAddress({ name, controls }) {
  const start = `#scene-${name}:`;
  if (!location.hash.startsWith(start)) return null;
  const values = {};
  for (const part of decodeURIComponent(location.hash.slice(start.length)).split(",")) {
    const [key, text] = part.split("=");
    const control = controls.find((c) => c.name === key);
    const value = Number(text);
    if (!control || !text || !Number.isFinite(value)) continue;
    const near = (best, v) => (Math.abs(v - value) < Math.abs(best - value) ? v : best);
    values[key] = control.values.reduce(near);
  }
  return values;
}

export function address({ name }, values) {
  const told = Object.entries(values).map(([key, value]) => `${key}=${value}`).join(",");
  return `${location.href.replace(/#.*/, "")}#scene-${name}${told && `:${told}`}`;
}

/** Put the link to these values where the reader finds it. */
export function toAddress(told, values) {
  try {
    history.replaceState(null, "", address(told, values));
  } catch {
    // a browser may keep the address of a folder's page as it is
  }
}

export function csv(told, chosen, values, picture) {
  const lines = [
    `# ${told.title}`,
    `# ${told.controls.map((c) => `${c.name} = ${chosen[c.name]} ${asText(c.unit)}`.trim()).join("; ")}`,
    `# cifcore ${told.release}, ${address(told, values)}`,
    "panel,curve,x,y",
  ];
  const quoted = (text) => `"${text.replace(/"/g, '""')}"`;
  picture.panels.forEach((panel) => {
    const name = quoted(`${asText(panel.y_label)} against ${asText(panel.x_label)}`);
    panel.traces.forEach((trace) => trace.x.forEach((x, i) => {
      if (x !== null && trace.y[i] !== null) {
        lines.push(`${name},${quoted(asText(trace.label))},${Number(x.toPrecision(9))},${Number(trace.y[i].toPrecision(9))}`);
      }
    }));
  });
  const link = document.createElement("a");
  link.download = `${told.name}.csv`;
  link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** The lines that compute the view. */
export function code(told, chosen) {
  return told.code.replace(/\{(\w+)\}/g, (whole, key) => (key in chosen ? String(chosen[key]) : whole));
}

const SECONDS = 3;
let sounding = null;

/** Play the first panel's widest curve from left to right, the higher the value the higher the tone. */
export function listen(picture, done) {
  if (sounding) {
    sounding.close();
    sounding = null;
    return done();
  }
  const [panel] = picture.panels;
  const curves = panel.traces.filter((trace) => trace.line !== "none" && trace.x.length > 8);
  const { y } = curves.reduce((best, trace) => (trace.width > best.width ? trace : best));
  const heard = y.filter((value) => value !== null);
  const low = Math.min(...heard), high = Math.max(...heard);
  const tones = Float32Array.from(heard, (value) => 220 * 2 ** (2 * ((value - low) / (high - low || 1))));
  const context = new AudioContext();
  sounding = context;
  const tone = context.createOscillator(), loudness = context.createGain();
  tone.type = "triangle";
  tone.frequency.setValueCurveAtTime(tones, context.currentTime, SECONDS);
  loudness.gain.value = 0.12;
  tone.connect(loudness).connect(context.destination);
  tone.onended = () => {
    if (sounding !== context) return;
    context.close();
    sounding = null;
    done();
  };
  tone.start();
  tone.stop(context.currentTime + SECONDS);
  return undefined;
}
