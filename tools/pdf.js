/* Make of the book's one page what is printed: a page of title, the contents, the chapters; or the
   package alone. Gives the names of the places that the contents lead to. */
({ by, alone }) => {
  const article = document.querySelector("article"), contents = document.getElementById("jb-print-toc");
  const start = document.getElementById("document-book/api"), api = start.nextElementSibling;
  const needless = document.querySelectorAll(".bd-sidebar, .cif-times, script");
  for (const one of [start, api, ...needless]) one.remove();
  document.getElementById("jb-print-docs-body")?.replaceChildren();
  const title = [document.querySelector("article h1"), document.querySelector(".cif-byline")];
  article.insertAdjacentHTML("afterbegin", `<header class="cif-title"><p>${by}</p></header>`);
  article.firstChild.prepend(...title);
  article.firstChild.after(contents);
  if (alone) {
    article.replaceChildren(start, api);
    for (const heading of api.querySelectorAll("h2, h3, h4, h5, h6")) {
      const higher = document.createElement(`h${heading.tagName[1] - 1}`);
      higher.append(...heading.childNodes);
      heading.replaceWith(higher);
    }
  }
  for (const link of document.querySelectorAll("article a[href^='#']")) {
    if (document.getElementById(decodeURIComponent(link.hash.slice(1)))) continue;
    if (contents.contains(link)) link.closest("li").remove();
    else link.replaceWith(...link.childNodes); // what is not in this file
  }
  return [...contents.querySelectorAll("a")].map((link) => link.hash.slice(1));
}
