/* What scrolls sideways inside itself can be reached and scrolled by keyboard; buttons do what
   they say although the page runs no script that is written on an element. */
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

  // browsers that do not open a fold on the way to what is in it
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".cif-how a");
    const fold = link && document.querySelector(link.hash).closest("details");
    if (fold) fold.open = true;
  });

  const DOES = { print: () => window.print(), "full-screen": () => window.toggleFullScreen() };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-does]");
    if (button) DOES[button.dataset.does]();
  });

  let timer = 0;
  const soon = () => { clearTimeout(timer); timer = setTimeout(mark, 100); };
  window.addEventListener("load", () => {
    document.fonts.ready.then(mark);
    new ResizeObserver(soon).observe(document.body);
  });
})();
