// A chosen file shows its columns before it is sent; a running import shows how far it is.
import { visit } from "./swap.js";

export function listen() {
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-preview]") || !event.target.files.length) return;
    const chosen = event.target.parentElement.querySelector("[data-chosen]");
    if (chosen) chosen.textContent = event.target.files[0].name;
    preview(event.target);
  });
  setInterval(() => {
    if (document.querySelector("[data-refresh]") && !document.hidden) visit(location.href, { push: false });
  }, 2000);
}

async function preview(input) {
  const body = new FormData();
  body.append("csrf", input.form.elements.csrf.value);
  body.append("file", input.files[0]);
  const answer = await fetch("/settings/import/preview", { method: "POST", body, headers: { "X-Requested-With": "fragment" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const columns = page.getElementById(input.dataset.preview);
  if (columns) document.getElementById(input.dataset.preview).replaceChildren(...columns.childNodes);
}
