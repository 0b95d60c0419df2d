// A chosen or dropped file shows its columns before it is sent, and again when its encoding is changed; what is being read
// shows how far it is.
import { alarm, failed, UNREACHED, visit } from "./swap.js";

export function listen() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-preview]")) show(event.target);
  });
  document.addEventListener("dragover", (event) => { if (dropped(event)) event.preventDefault(); });
  document.addEventListener("drop", take);
  // on a slow line a file may be chosen before this script is there
  document.querySelectorAll("input[type=file][data-preview]").forEach(show);
  setInterval(() => {
    if (document.querySelector("[data-refresh]") && !document.hidden) visit(location.href);
  }, 2000);
}

// Beside its field the browser would open a file, and the page with all that was filled in would be gone.
function take(event) {
  const input = dropped(event);
  if (!input) return;
  event.preventDefault();
  if (event.dataTransfer.files.length !== 1) return alarm("هر بار یک پرونده را رها کنید.");
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function dropped(event) {
  return event.dataTransfer.types.includes("Files") && document.querySelector("input[type=file][data-preview]");
}

function show(input) {
  const [file] = input.form.elements.file.files;
  if (!file) return;
  const chosen = input.form.querySelector("[data-chosen]");
  if (chosen) chosen.textContent = file.name;
  preview(input);
}

async function preview(input) {
  const { csrf, file, encoding } = input.form.elements;
  const asked = { file: file.files[0], encoding: encoding.value };
  const body = new FormData();
  for (const [name, value] of Object.entries({ csrf: csrf.value, ...asked })) body.append(name, value);
  const sent = { method: "POST", body, headers: { Accept: "text/html", "X-Requested-With": "fragment" } };
  const answer = await fetch("/settings/import/preview", sent).catch(() => null);
  if (!answer) return alarm(UNREACHED);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (failed(page, answer, input.dataset.preview)) return;
  const columns = page.getElementById(input.dataset.preview);
  // an answer that was overtaken would name columns the file does not have
  const isLatest = file.files[0] === asked.file && encoding.value === asked.encoding;
  if (isLatest) document.getElementById(input.dataset.preview).replaceChildren(...columns.childNodes);
}
