/* Make style sheets, fonts and scripts of built pages as small as the pages allow.

   {folder, sheets, pages, scripts, bundles} -> {style, fonts}: of the style sheets, in their order, one with
   the rules that pages and scripts can meet; of every font the characters that occur; each of
   `bundles` in one piece with the modules it imports. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";
import subsetFont from "subset-font";

const { folder, sheets, pages, scripts, bundles } = JSON.parse(readFileSync(0, "utf8"));
const at = (name) => path.join(folder, name);
const read = (name) => readFileSync(at(name), "utf8");
const WEIGHTS = { min: 400, max: 700 };
const FEATURES = ["ccmp", "locl", "kern", "liga", "calt", "mark", "mkmk", "tnum"];

async function bundle() {
  await esbuild.build({
    entryPoints: bundles.map(at), outdir: folder, outbase: folder, allowOverwrite: true,
    bundle: true, minify: true, format: "iife", target: "es2022", logLevel: "error",
  });
}

async function purge() {
  const raw = [...pages, ...scripts].map((name) => ({ raw: read(name), extension: "html" }));
  const purged = await new PurgeCSS().purge({ content: raw, css: sheets.map(at) });
  purged.forEach(({ css, file }) => {
    writeFileSync(file, css.replace(/\.woff"\) format\("woff"\)/g, '.woff2") format("woff2")'));
  });
}

/** Every character of pages, scripts and style sheets, however it is written there. */
function characters() {
  const text = [...pages, ...scripts, ...sheets].map(read).join("\n")
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code))
    .replace(/(?:&#x|\\u\{?|\\)([0-9a-fA-F]{2,6})/g, (_, code) => {
      const point = parseInt(code, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : "";
    });
  const always = Array.from({ length: 0x180 - 0x20 }, (_, i) => String.fromCodePoint(i + 0x20));
  return [...new Set([...text, ...always])].sort().join("");
}

async function subset() {
  const text = characters();
  const named = sheets.flatMap((sheet) => [...read(sheet).matchAll(/url\(["']?([^"')]+\.(?:woff2?|ttf))["']?\)/g)]
    .map(([, url]) => path.join(path.dirname(at(sheet)), url)));
  for (const file of new Set(named)) {
    const targetFormat = file.endsWith(".ttf") ? "sfnt" : "woff2";
    const before = file.includes("MathJax_") ? file.replace(/woff2$/, "woff") : file;
    const options = { targetFormat, keepFeatures: FEATURES };
    if (file.includes("-wght-")) options.variationAxes = { wght: WEIGHTS };
    const font = readFileSync(before);
    rmSync(before);
    writeFileSync(file, await subsetFont(font, text, options));
  }
}

async function join() {
  const { metafile } = await esbuild.build({
    stdin: { contents: sheets.map((name) => `@import "./${name}";`).join("\n"), resolveDir: folder, loader: "css" },
    outdir: at("_static"), entryNames: "book-[hash]", assetNames: "fonts/[name]-[hash]",
    bundle: true, minify: true, metafile: true, logLevel: "error", absWorkingDir: folder,
    loader: { ".woff2": "file", ".ttf": "file", ".png": "dataurl", ".svg": "dataurl" },
  });
  Object.keys(metafile.inputs).filter((name) => name !== "<stdin>").forEach((name) => rmSync(at(name)));
  const made = Object.keys(metafile.outputs);
  return { style: made.find((name) => name.endsWith(".css")), fonts: made.filter((name) => name.endsWith(".woff2")) };
}

await bundle();
await purge();
await subset();
process.stdout.write(JSON.stringify(await join()));
