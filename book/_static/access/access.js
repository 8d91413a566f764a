/* What scrolls sideways inside itself can be reached and scrolled by keyboard; buttons do what
   they say although the page runs no script that is written on an element. */
(function () {
  "use strict";
  const REGIONS = "div.math, .cif-columns, .pst-scrollable-table-container, .cell_output > .output";

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

  // what was printed in columns keeps them, on a narrow screen too: it scrolls
  document.querySelectorAll("div.cell_output pre").forEach((printed) => {
    const columns = printed.textContent.split("\n").filter((line) => /\S {2,}\S/.test(line));
    if (columns.length > 1) printed.classList.add("cif-columns");
  });

  // browsers that do not open a fold on the way to what is in it
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".cif-how a");
    const fold = link && document.querySelector(link.hash).closest("details");
    if (fold) fold.open = true;
  });

  // the switch for folded code is remembered, where a browser lets it
  const KEPT = "cif-unfolded";
  const switches = document.querySelectorAll("[data-does=unfold]");
  function unfold(all) {
    document.querySelectorAll("details.hide").forEach((fold) => { fold.open = all; });
    switches.forEach((button) => button.setAttribute("aria-pressed", all));
  }
  try {
    if (localStorage.getItem(KEPT)) unfold(true);
  } catch { /* folded, then */ }

  const DOES = {
    print: () => window.print(),
    "full-screen": () => window.toggleFullScreen(),
    unfold: (button) => {
      const all = button.getAttribute("aria-pressed") !== "true";
      unfold(all);
      try {
        if (all) localStorage.setItem(KEPT, "yes");
        else localStorage.removeItem(KEPT);
      } catch { /* for this page only */ }
    },
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-does]");
    if (button) DOES[button.dataset.does](button);
  });

  // --- figures on a narrow screen: panels one below another, where that can be read

  const union = (boxes) => {
    const [x, y] = ["x", "y"].map((side) => Math.min(...boxes.map((box) => box[side])));
    return { x, y, right: Math.max(...boxes.map((b) => b.right)), bottom: Math.max(...boxes.map((b) => b.bottom)) };
  };

  /** What is seen of a group: not what its axes cut off. */
  function seen(group) {
    const drawn = [...group.querySelectorAll("path, use, image")].filter((one) => !one.closest("[clip-path], defs"));
    const into = group.parentNode.getScreenCTM().inverse();
    return union(drawn.map((one) => {
      const [from, to] = [one.getBoundingClientRect()].flatMap((box) => [[box.left, box.top], [box.right, box.bottom]])
        .map(([x, y]) => new DOMPoint(x, y).matrixTransform(into));
      return { x: from.x, y: from.y, right: to.x, bottom: to.y };
    }));
  }

  /** An axis of y without numbers, shared with a panel to the left, gets that panel's. */
  function number(panel, panels) {
    const [own, ground] = [panel.querySelector(".cif-y"), (one) => seen(one.firstElementChild)];
    const numbered = (axis) => { const { x, right } = seen(axis); return right - x > 8; };
    if (!own || !own.querySelector("use") || numbered(own)) return;
    const here = ground(panel);
    if (here.right - here.x < 20 || Math.abs(seen(own).right - here.x) > 8) return; // a bar, or a second axis
    const there = panels.filter((one) => one.querySelector(".cif-y")).map((one) => ({ axis: one.querySelector(".cif-y"), ...ground(one) }))
      .filter(({ axis, x, y, bottom }) => x < here.x && Math.abs(y - here.y) + Math.abs(bottom - here.bottom) < 1 && seen(axis).x < x - 8).pop();
    if (!there) return;
    const copy = there.axis.cloneNode(true);
    copy.setAttribute("transform", `translate(${here.x - there.x} 0)`);
    copy.removeAttribute("class");
    panel.append(copy);
  }

  /** Whether an axis of x has numbers of its own. */
  function below(panel) {
    const axis = panel.querySelector(".cif-y")?.previousElementSibling;
    if (!axis || !axis.querySelector("use")) return true;
    const { y, bottom } = seen(axis);
    return bottom - y > 8;
  }

  /** Rows of panels from the top, if each stands by itself; or else all of them at once. */
  function bands(panels) {
    const found = [];
    for (const panel of [...panels].sort((one, other) => one.y - other.y)) {
      const last = found[found.length - 1];
      if (last && panel.y < Math.max(...last.map((one) => one.bottom)) - 4) last.push(panel);
      else found.push([panel]);
    }
    return found.slice(0, -1).flat().every(({ groups }) => below(groups[0])) ? found : [panels];
  }

  function stack(svg) {
    const panels = [...svg.querySelectorAll(".cif-axes")].filter((one) => !one.parentNode.closest(".cif-axes"));
    if (panels.length < 2) return;
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const told = (group) => ({ groups: [group], ...seen(group) });
    const over = (one, other) => one.x < other.right - 4 && other.x < one.right - 4;
    const join = (one, other) => Object.assign(one, union([one, other]), { groups: [...one.groups, ...other.groups] });
    const rows = bands(panels.map(told)).flatMap((band) => {
      const columns = [];
      for (const panel of band.sort((one, other) => one.x - other.x)) {
        const last = columns[columns.length - 1];
        // a bar of colours goes with the panel before it
        const bar = panel.right - panel.x < 0.14 * width && panel.bottom - panel.y > 0.14 * height;
        if (last && (over(last, panel) || bar)) join(last, panel);
        else columns.push(panel);
      }
      return columns;
    });
    if (rows.length < 2) return;
    panels.forEach((panel) => number(panel, panels));
    rows.forEach((row) => Object.assign(row, union(row.groups.map(seen))));
    const others = [...panels[0].parentNode.children].filter((one, i) => i && !panels.includes(one) && one.querySelector("path, use"));
    for (const other of others.map(told)) {
      const away = (row) => (over(row, other) ? Math.max(0, row.y - other.bottom, other.y - row.bottom) : Infinity);
      const least = Math.min(...rows.map(away));
      const near = rows.filter((row) => away(row) < least + 8);
      if (near.length === 1) join(near[0], other);
      else rows[other.y < height / 2 ? "unshift" : "push"](other);
    }
    const widest = 8 + Math.max(...rows.map(({ x, right }) => right - x));
    let down = 0;
    for (const { groups, x, y, right, bottom } of rows) {
      groups.forEach((group) => group.setAttribute("transform", `translate(${(widest - right - x) / 2} ${down - y + 4})`));
      down += bottom - y + 16;
    }
    svg.setAttribute("viewBox", `0 0 ${widest} ${down}`);
    const box = svg.closest(".cif-drawing");
    box.style.aspectRatio = `${widest} / ${down}`;
    box.style.setProperty("--natural", `${(widest * 96) / 72}px`);
    box.parentNode.classList.remove("cif-wide");
    ["tabindex", "role", "aria-label"].forEach((name) => box.parentNode.removeAttribute(name));
  }
  if (matchMedia("(max-width: 600px)").matches) document.querySelectorAll(".cif-wide svg").forEach(stack);

  let timer = 0;
  const soon = () => { clearTimeout(timer); timer = setTimeout(mark, 100); };
  window.addEventListener("load", () => {
    document.fonts.ready.then(mark);
    new ResizeObserver(soon).observe(document.body);
  });
})();
