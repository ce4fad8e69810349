// Adds sorting and searching to the tables; without scripts they are complete as they stand.
"use strict";

const collator = new Intl.Collator(undefined, { numeric: true });

function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value ?? cell.textContent.trim();
}

// What is empty comes last, whatever the direction; equal rows keep their order.
function sortBy(table, column, kind, descending) {
  const body = table.tBodies[0];
  const keyed = Array.from(body.rows, (row) => {
    const text = valueOf(row, column);
    return { row, empty: text === "", value: kind === "number" ? Number(text) : text };
  });
  const compare = kind === "number" ? (a, b) => a - b : collator.compare;
  keyed.sort((a, b) => {
    if (a.empty || b.empty) return a.empty - b.empty;
    return descending ? compare(b.value, a.value) : compare(a.value, b.value);
  });
  body.append(...keyed.map((each) => each.row));
}

function makeSortable(table) {
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const kind = head.dataset.sort;
    if (!kind) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      // Of numbers the largest are wanted first.
      const first = kind === "number" ? "descending" : "ascending";
      const other = kind === "number" ? "ascending" : "descending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      sortBy(table, column, kind, order === "descending");
    });
  });
}

function makeSearchable(table) {
  const search = table.previousElementSibling;
  const input = search.querySelector("input");
  const output = search.querySelector("output");
  const rows = Array.from(table.tBodies[0].rows, (row) => ({
    row, text: row.textContent.toLowerCase(),
  }));
  search.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, text } of rows) {
      const found = words.every((word) => text.includes(word));
      if (row.hidden === found) row.hidden = !found;
      count += found;
    }
    output.textContent = document.body.dataset.found
      .replace("{number}", count)
      .replace("{all}", rows.length);
  });
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
document.querySelectorAll("table.searchable").forEach(makeSearchable);

// Paper has nothing to unfold, and no room for long lists of names.
let opened = [];
addEventListener("beforeprint", () => {
  opened = Array.from(document.querySelectorAll("details:not([open], .who)"));
  for (const each of opened) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
});
