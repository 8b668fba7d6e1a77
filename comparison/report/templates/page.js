"use strict";
// What CSS cannot do: filter the matrix, and close a drawer with the Escape key.
const form = document.querySelector(".filters");
if (form) {
  const cells = [...document.querySelectorAll(".matrix [data-path]")];
  const rows = [...document.querySelectorAll(".matrix tbody tr")];
  const apply = () => {
    const path = form.elements.path.value;
    const verdict = form.elements.verdict.value;
    for (const cell of cells) {
      cell.hidden = path !== "" && cell.dataset.path !== path;
      cell.classList.toggle("faded", verdict !== "" && "verdict" in cell.dataset && cell.dataset.verdict !== verdict);
    }
    let matching = 0;
    for (const row of rows) {
      const count = row.querySelectorAll("td:not([hidden]):not(.faded)").length;
      row.hidden = count === 0;
      matching += count;
    }
    form.querySelector("output").textContent = `${matching} of ${cells.filter((cell) => "verdict" in cell.dataset).length} answers`;
  };
  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}
const open = () => location.hash.endsWith("-open") && document.getElementById(decodeURIComponent(location.hash.slice(1)));
window.addEventListener("hashchange", () => open() && open().focus());
window.addEventListener("keydown", (event) => {
  const drawer = event.key === "Escape" && open();
  if (!drawer) return;
  location.hash = drawer.querySelector(".close").hash;
  document.getElementById(location.hash.slice(1)).querySelector("a").focus();
});
