// What is half-written stays: it waits in this tab until it is sent, whatever else happens to the page.
// `data-keep` names what a text is for and whose it is, so that nobody finds the words of somebody else.

// Other texts are kept only where a session ended: who opens their page anew begins it anew.
const WRITTEN = "#main form[method=post] :is(textarea, input:is(:not([type]), [type=text], [type=url], [type=number]))";
const written = new Set();

export function listen() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-keep]")) keep(event.target);
    else if (event.target.matches(WRITTEN)) written.add(where(event.target));
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-leave]")) sessionStorage.clear();
  });
  document.addEventListener("submit", takeAlong, true);
  document.addEventListener("submit", askFirst, true);
  document.addEventListener("swapped", restore);
  restore();
  fetchAgain();
}

// Whoever is led to the door finds what they had written when they are back.
export function leaveBehind() {
  const texts = [...written].map((place) => [place, document.querySelector(place)?.value]);
  sessionStorage.setItem(behind(), JSON.stringify(texts.filter(([, text]) => text)));
}

function fetchAgain() {
  for (const [place, text] of JSON.parse(sessionStorage.getItem(behind())) ?? []) {
    const field = document.querySelector(place);
    if (!field) continue;
    field.value = text;
    field.closest("details")?.setAttribute("open", "");
    written.add(place);
  }
  sessionStorage.removeItem(behind());
}

function behind() {
  return `${document.querySelector(".who b")?.textContent} ${location.pathname}${location.search}`;
}

function where(field) {
  return `form[action="${field.form.getAttribute("action")}"] [name="${field.name}"]`;
}

// The server took this form: its texts wait no longer.
export function forget(form) {
  for (const field of form.querySelectorAll("[data-keep]")) sessionStorage.removeItem(field.dataset.keep);
}

// Who settles a ticket from the list, or gives one away, is asked about the reply they left in it, as by its own form.
function takeAlong(event) {
  const { body } = event.target.elements;
  const button = event.submitter ?? event.target.querySelector("[data-unsent]");
  if (body?.type === "hidden") body.value = sessionStorage.getItem(button?.dataset.unsent) ?? "";
}

// Replies to several tickets cannot all be shown: who settles these together is asked with their number.
function askFirst(event) {
  const whose = event.submitter?.dataset.writer;
  if (!whose) return;
  const left = new FormData(event.target).getAll("ticket").filter((picked) =>
    sessionStorage.getItem(`${whose} ${picked.split(":")[0]} reply`)?.trim());
  if (left.length === 0) return;
  const number = left.length.toLocaleString("fa-IR");
  if (confirm(`پاسخی که در ${number} تا از این تیکت‌ها نوشته‌اید هنوز فرستاده نشده است. بدون فرستادن آن حل شوند؟`)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function keep(field) {
  if (field.value) sessionStorage.setItem(field.dataset.keep, field.value);
  else sessionStorage.removeItem(field.dataset.keep);
}

// A text that a page brings along is one that was sent and came back.
function restore() {
  for (const field of document.querySelectorAll("[data-keep]")) {
    if (field.value) keep(field);
    else field.value = sessionStorage.getItem(field.dataset.keep) ?? "";
  }
  // a ticket that went where its reader does not work has no field for their words any more
  for (const box of document.querySelectorAll("[data-left]")) {
    const words = sessionStorage.getItem(box.dataset.left) ?? "";
    box.hidden = !words;
    box.querySelector("blockquote").textContent = words;
  }
}
