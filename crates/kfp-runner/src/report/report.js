"use strict";
const field = document.getElementById("name");
const rows = document.querySelectorAll("tr.task");
if (field) {
  field.closest("label").hidden = false;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.classList.toggle("other", !row.cells[0].textContent.toLowerCase().includes(wanted));
  });
}
