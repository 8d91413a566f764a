/* The ledger's filters: rows of one verdict, of one section. Without this script all are shown. */
for (const table of document.querySelectorAll("table.ledger-complete")) {
  const rows = [...table.tBodies[0].rows];
  const chosen = { verdict: "", section: "" };
  const box = document.createElement("p");
  box.className = "ledger-filters";
  const count = document.createElement("span");
  count.setAttribute("role", "status");

  const show = () => {
    let shown = 0;
    for (const row of rows) {
      row.hidden = Object.keys(chosen).some((key) => chosen[key] && row.dataset[key] !== chosen[key]);
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  };

  for (const key of Object.keys(chosen)) {
    const label = document.createElement("label");
    const select = document.createElement("select");
    const values = [...new Set(rows.map((row) => row.dataset[key]))];
    if (key === "section") values.sort();
    select.append(new Option("all", ""), ...values.map((value) => new Option(value, value)));
    select.addEventListener("change", () => { chosen[key] = select.value; show(); });
    label.append(`${key} `, select);
    box.append(label, " ");
  }
  box.append(count);
  table.before(box);
  show();

  // a link to a row that a filter hides shows all
  addEventListener("hashchange", () => {
    if (document.querySelector(":target")?.hidden) {
      for (const select of box.querySelectorAll("select")) select.value = "";
      chosen.verdict = chosen.section = "";
      show();
      document.querySelector(":target").scrollIntoView();
    }
  });
}
