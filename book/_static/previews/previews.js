/* Hovering over, focusing or tapping a reference to an equation, a figure or a publication
   shows it. What is on this page is copied; what is on another page is fetched from it.
   A symbol in an equation shows what it stands for; arrow keys go from one to the next. */
(function () {
  "use strict";

  const LINKS = "article a.reference.internal[href*='#']";
  const pages = new Map();
  let card = null, owner = null, timer = 0;

  function target(link, page, id) {
    const found = page.getElementById(id);
    if (!found) return null;
    if (found.matches("div.math, figure, div.citation, div.cell_output, .admonition")) return found;
    const near = found.closest("div.math-wrapper, div.math, figure, div.citation");
    if (near) return near;
    // a label stands just before what it labels
    const next = found.matches("span, a") && (found.nextElementSibling || found.parentElement.nextElementSibling);
    return next && next.matches("div.math, figure") ? next : null;
  }

  async function preview(link) {
    const [address, id] = link.href.split("#");
    let page = document;
    if (address !== location.href.split("#")[0]) {
      if (!pages.has(address)) {
        pages.set(address, fetch(address).then((answer) => answer.text())
          .then((text) => new DOMParser().parseFromString(text, "text/html")));
      }
      page = await pages.get(address);
    }
    const found = target(link, page, decodeURIComponent(id));
    if (!found) return null;
    const copy = document.importNode(found, true);
    copy.querySelectorAll("[id]").forEach((node) => { if (!node.closest("svg")) node.removeAttribute("id"); });
    copy.querySelectorAll("a.headerlink, script").forEach((node) => node.remove());
    copy.removeAttribute("id");
    copy.querySelectorAll("[src]").forEach((node) => { node.src = new URL(node.getAttribute("src"), address).href; });
    return copy;
  }

  function hide() {
    clearTimeout(timer);
    if (card) card.remove();
    if (owner) owner.removeAttribute("aria-describedby");
    card = owner = null;
  }

  async function show(link, make = preview) {
    if (owner === link) return;
    hide();
    owner = link;
    let found = null;
    try {
      found = await make(link);
    } catch {
      found = null; // from a folder, other pages cannot be read
    }
    if (!found || owner !== link) return;
    card = document.createElement("div");
    card.className = "cif-preview";
    card.id = "cif-preview";
    card.setAttribute("role", "tooltip");
    card.append(found);
    document.body.append(card);
    link.setAttribute("aria-describedby", card.id);
    card.addEventListener("pointerenter", () => clearTimeout(timer));
    card.addEventListener("pointerleave", later);
    place(link);
  }

  function place(link) {
    const own = link.getBoundingClientRect();
    const around = link.matches(".cif-symbol") ? link.closest("div.math").getBoundingClientRect() : own;
    const box = { left: own.left, top: around.top, bottom: around.bottom };
    const width = document.documentElement.clientWidth;
    const left = Math.max(8, Math.min(box.left, width - card.offsetWidth - 8));
    const below = box.bottom + 8 + card.offsetHeight < innerHeight || box.top < card.offsetHeight + 8;
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${(below ? box.bottom + 8 : box.top - card.offsetHeight - 8) + scrollY}px`;
  }

  const later = () => { clearTimeout(timer); timer = setTimeout(hide, 250); };

  // --- symbols

  const here = document.currentScript.src;
  let symbols = null;

  function meaning(node) {
    symbols ??= new Promise((done, failed) => {
      window.cifSymbols = done;
      const script = document.createElement("script");
      script.onerror = failed;
      script.src = new URL("symbols.js", here).href;
      document.head.append(script);
    });
    return symbols.then((cards) => document.createRange().createContextualFragment(cards[node.dataset.symbol]));
  }

  /** Step through the symbols of an equation by keyboard; what they mean is said. */
  function steps(equation) {
    const nodes = [...equation.querySelectorAll("mjx-math .cif-symbol")];
    const each = nodes.filter((node, i) => nodes.findIndex((other) => other.dataset.symbol === node.dataset.symbol) === i);
    if (!each.length) return;
    const said = document.createElement("span");
    said.className = "cif-said";
    said.setAttribute("aria-live", "polite");
    equation.append(said);
    equation.tabIndex = 0;
    equation.setAttribute("role", "group");
    equation.setAttribute("aria-label", "equation; left and right arrow keys explain its symbols");
    let at = -1;
    equation.addEventListener("blur", () => { at = -1; hide(); });
    equation.addEventListener("keydown", async (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      at = (at + step + each.length) % each.length;
      each[at].scrollIntoView({ block: "nearest", inline: "nearest" });
      await show(each[at], meaning);
      const words = card && card.cloneNode(true);
      if (!words) return;
      words.querySelectorAll("mjx-math").forEach((drawn) => drawn.remove());
      said.textContent = words.textContent;
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("article div.math").forEach(steps);
    const symbol = (event) => event.target.closest && event.target.closest("div.math .cif-symbol");
    document.addEventListener("pointerover", (event) => {
      const node = event.pointerType === "mouse" && symbol(event);
      if (!node) return;
      clearTimeout(timer);
      timer = setTimeout(() => show(node, meaning), 200);
    });
    document.addEventListener("pointerout", (event) => { if (event.pointerType === "mouse" && symbol(event)) later(); });
    document.addEventListener("click", (event) => { if (symbol(event)) show(symbol(event), meaning); });
    document.querySelectorAll(LINKS).forEach((link) => {
      link.addEventListener("pointerenter", (event) => {
        if (event.pointerType !== "mouse") return;
        clearTimeout(timer);
        timer = setTimeout(() => show(link), 120);
      });
      link.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") later(); });
      link.addEventListener("focus", () => { if (link.matches(":focus-visible")) show(link); });
      link.addEventListener("blur", later);
      // the first tap shows, the second follows
      let touched = false;
      link.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
      link.addEventListener("click", async (event) => {
        if (!touched || owner === link) return;
        event.preventDefault();
        await show(link);
        if (!card) location.href = link.href;
      });
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    document.addEventListener("pointerdown", (event) => {
      if (card && !card.contains(event.target) && !(owner && owner.contains(event.target))) hide();
    });
  });
})();
