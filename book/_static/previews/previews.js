/* Hovering over, focusing or tapping a reference to an equation, a figure or a publication
   shows it. What is on this page is copied; what is on another page is fetched from it. */
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

  async function show(link) {
    if (owner === link) return;
    hide();
    owner = link;
    let found = null;
    try {
      found = await preview(link);
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
    const box = link.getBoundingClientRect();
    const width = document.documentElement.clientWidth;
    const left = Math.max(8, Math.min(box.left, width - card.offsetWidth - 8));
    const below = box.bottom + 8 + card.offsetHeight < innerHeight || box.top < card.offsetHeight + 8;
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${(below ? box.bottom + 8 : box.top - card.offsetHeight - 8) + scrollY}px`;
  }

  const later = () => { clearTimeout(timer); timer = setTimeout(hide, 250); };

  document.addEventListener("DOMContentLoaded", () => {
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
