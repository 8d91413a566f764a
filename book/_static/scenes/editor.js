/* A better place to type in than a text area: CodeMirror, fetched when a reader goes to a cell.

   It stands in a shadow root, where its styles are sheets that the page's policy allows. Tab
   indents; after Escape it leads out. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null], color: "var(--cif-negative)", fontWeight: 600 },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--cif-positive)" },
  { tag: tags.number, color: "var(--cif-third)" },
  { tag: tags.comment, color: "var(--pst-color-text-muted)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { border: "1px solid var(--cif-faint)", borderRadius: "6px", background: "var(--pst-color-surface)", color: "var(--cif-ink)" },
  "&.cm-focused": { outline: "3px solid var(--cif-negative)", outlineOffset: "2px" },
  ".cm-scroller": { font: '0.82rem/1.5 "Source Code Pro", monospace' },
  ".cm-content": { caretColor: "var(--cif-ink)" },
  ".cm-gutters": { background: "none", border: 0, color: "var(--pst-color-text-muted)" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--cif-faint)" },
});

/** Put an editor where the area is; what has its `value` from then on. */
window.cifEditor = (area, run) => {
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const { selectionStart: anchor, selectionEnd: head } = area;
  const view = new EditorView({
    doc: area.value, selection: { anchor, head }, root, parent: root,
    extensions: [
      keymap.of([{ key: "Mod-Enter", run: () => run() || true }, indentWithTab, ...defaultKeymap, ...historyKeymap]),
      history(), python(), indentUnit.of("    "), bracketMatching(), lineNumbers(), syntaxHighlighting(colours), look,
      EditorView.contentAttributes.of({ "aria-label": area.getAttribute("aria-label") }),
    ],
  });
  const focused = document.activeElement === area;
  area.replaceWith(host);
  if (focused) view.focus();
  return {
    get value() { return view.state.doc.toString(); },
    set value(insert) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert } }); },
  };
};
