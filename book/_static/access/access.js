/* What scrolls sideways inside itself can be reached and scrolled by keyboard; links and table
   heads that hold nothing but mathematics have a name in words. */
(function () {
  "use strict";
  const REGIONS = "div.math, .pst-scrollable-table-container, .cell_output > .output";

  function mark() {
    document.querySelectorAll(REGIONS).forEach((region) => {
      const wide = region.scrollWidth > region.clientWidth + 1;
      if (!wide || region.hasAttribute("tabindex")) return;
      region.tabIndex = 0;
      if (!region.hasAttribute("role")) {
        region.setAttribute("role", "group");
        region.setAttribute("aria-label", region.matches("div.math") ? "equation, scrolls sideways" : "scrolls sideways");
      }
    });
  }

  /** TeX as one would say it: commands by their names, without braces. */
  const spoken = (tex) => tex.replace(/\\(?:mathrm|text|left|right|[,;!])/g, " ").replace(/[\\{}]/g, " ").replace(/\s+/g, " ").trim();

  function name() {
    for (const item of MathJax.startup.document.math) {
      const holder = item.typesetRoot && item.typesetRoot.closest("a, th");
      if (!holder || holder.querySelector(".cif-said")) continue;
      const rest = holder.cloneNode(true);
      rest.querySelectorAll("mjx-container").forEach((math) => math.remove());
      if (rest.textContent.trim()) continue;
      const said = document.createElement("span");
      said.className = "cif-said";
      said.textContent = spoken(item.math);
      holder.append(said);
    }
  }

  // browsers that do not open a fold on the way to what is in it
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".cif-how a");
    const fold = link && document.querySelector(link.hash).closest("details");
    if (fold) fold.open = true;
  });

  let timer = 0;
  const soon = () => { clearTimeout(timer); timer = setTimeout(mark, 100); };
  window.addEventListener("load", () => {
    const math = window.MathJax && window.MathJax.startup && window.MathJax.startup.promise;
    if (math) math.then(() => { mark(); name(); });
    mark();
    new ResizeObserver(soon).observe(document.body);
  });
})();
