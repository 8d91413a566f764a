/* Make of the book's one page what is printed: a page of title, the contents, the chapters. Gives
   the names of the places that the contents lead to. */
(by) => {
  const article = document.querySelector("article"), contents = document.getElementById("jb-print-toc");
  const start = document.getElementById("document-book/api"); // the package is for screens
  start.nextElementSibling.remove();
  start.remove();
  document.querySelectorAll(".bd-sidebar, #jb-print-docs-body > h1, .cif-times, script").forEach((one) => one.remove());
  document.getElementById("jb-print-docs-body")?.replaceChildren();
  const title = document.createElement("header"), told = document.createElement("p");
  title.className = "cif-title";
  told.textContent = by;
  title.append(document.querySelector("article h1"), document.querySelector(".cif-byline"), told);
  article.prepend(title, contents);
  for (const link of document.querySelectorAll("article a[href^='#']")) {
    if (document.getElementById(decodeURIComponent(link.hash.slice(1)))) continue;
    if (contents.contains(link)) link.closest("li").remove();
    else link.replaceWith(...link.childNodes); // what is not in this file
  }
  return [...contents.querySelectorAll("a")].map((link) => link.hash.slice(1));
}
