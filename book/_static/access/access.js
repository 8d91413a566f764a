/* What scrolls sideways inside itself can be reached and scrolled by keyboard. */
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

  let timer = 0;
  const soon = () => { clearTimeout(timer); timer = setTimeout(mark, 100); };
  window.addEventListener("load", () => {
    const math = window.MathJax && window.MathJax.startup && window.MathJax.startup.promise;
    if (math) math.then(mark);
    mark();
    new ResizeObserver(soon).observe(document.body);
  });
})();
