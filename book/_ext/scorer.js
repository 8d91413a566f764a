/* Chapters before the package: what describes functions comes after what explains them. */
var Scorer = {
  score: ([docname, title, anchor, descr, score]) =>
    /^(book\/api|book\/licences|book\/performance|_modules)/.test(docname) ? score - 200 : score,
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
