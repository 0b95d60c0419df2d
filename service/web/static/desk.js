// The pages work without scripts; this makes them quick: forms without reloads, keys, evidence, theme, live queues.
import { listen as swap } from "./swap.js";
import { listen as light } from "./evidence.js";
import { listen as keys } from "./keys.js";
import { listen as live } from "./live.js";
import { listen as writing } from "./writing.js";
import { listen as kept } from "./kept.js";
import { listen as files } from "./files.js";
import { listen as menu } from "./menu.js";
import { draw } from "./chart.js";

swap();
light();
keys();
live();
writing();
kept();
files();
menu();
draw();
bringIn();
ask();
comeBack();
// a desk that is dark by night is drawn anew at dusk, and on paper, which is light
for (const light of ["(prefers-color-scheme: dark)", "print"]) matchMedia(light).addEventListener("change", draw);
document.addEventListener("swapped", draw);
document.addEventListener("swapped", bringIn);
document.addEventListener("swapped", ask);

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-do=theme]");
  if (theme) return toggleTheme();
  if (event.target.closest("[data-do=print]")) return print();
  const fill = event.target.closest("[data-fill]");
  if (fill) return fillIn(fill);
  const opener = event.target.closest("[data-open]");
  if (opener) return document.getElementById(opener.dataset.open)?.showModal();
  const copied = event.target.closest("[data-copy]");
  if (copied) return copy(copied);
});

// What cannot be taken back is asked about first.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.sure;
  if (question && !confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

// An answer takes a half-typed filter away, which browsers call a change; what is typed in its place is sent when one leaves it.
let taken = false;
document.addEventListener("swapping", () => { taken = true; });
document.addEventListener("swapped", () => {
  taken = false;
  const field = document.activeElement;
  const { value } = field;
  if (!field.matches("form[data-auto] input") || value === field.defaultValue) return;
  field.addEventListener("blur", () => !taken && field.value === value && field.form.requestSubmit(), { once: true });
});

// Filters act when they change; the button is for those without scripts.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && !taken) form.requestSubmit();
  if (event.target.matches("[data-all]")) {
    for (const box of document.querySelectorAll(`input[name="${event.target.dataset.all}"]`)) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-all], input[name=ticket]")) countPicked();
});
document.addEventListener("swapped", countPicked);
addEventListener("pageshow", countPicked); // a page that comes back may bring its picks along

function countPicked() {
  const bar = document.querySelector("[data-picked]");
  if (!bar) return;
  const picked = document.querySelectorAll("input[name=ticket]:checked").length;
  bar.hidden = picked === 0;
  const told = bar.querySelector("[data-count]");
  if (told) told.textContent = picked.toLocaleString("fa-IR");
  const all = bar.querySelector("[data-all]");
  if (all) all.checked = picked === document.querySelectorAll("input[name=ticket]").length;
}

// On a telephone a row of tabs is longer than the screen; the one that is open is seen.
function bringIn() {
  for (const here of document.querySelectorAll(":is(.tabs, .segmented) [aria-current]")) {
    const row = here.parentElement;
    const [one, all] = [here.getBoundingClientRect(), row.getBoundingClientRect()];
    row.scrollLeft += Math.max(one.right - all.right, 0) || Math.min(one.left - all.left, 0);
  }
}

// Who comes back to a long list goes on where they were: Firefox forgets the place in pages that must not be stored.
function comeBack() {
  addEventListener("scrollend", () => history.replaceState({ ...history.state, top: scrollY }, ""));
  if (history.state?.top) scrollTo({ top: history.state.top, behavior: "instant" });
}

// A question that an answer brings along is asked before all else; who goes back goes on writing where they were.
function ask() {
  const question = document.querySelector("dialog[data-ask][open]:not(:modal)");
  if (!question) return;
  question.removeAttribute("open");
  question.showModal();
  question.addEventListener("close", () => {
    const field = document.getElementById(question.dataset.ask);
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  });
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent); // there is none but over HTTPS and on this machine
    button.textContent = "رونوشت شد";
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = document.execCommand("copy") ? "رونوشت شد" : "برگزیده شد؛ Ctrl+C بزنید";
  }
}

function toggleTheme() {
  const sheet = document.getElementById("dark");
  const dark = matchMedia(sheet.media).matches;
  sheet.media = dark ? "not all" : "screen";
  document.cookie = `bazkhord_theme=${dark ? "light" : "dark"}; path=/; max-age=31536000; samesite=lax`;
  draw();
}

function fillIn(button) {
  const field = document.getElementById(button.dataset.fill);
  field.value = button.textContent;
  field.focus();
  if (field.matches("[data-send]")) field.form.requestSubmit();
}
