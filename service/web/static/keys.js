// The keyboard: what an element does with a key stands on it as `data-key`; lists move with j and k.
import { dismiss } from "./swap.js";

// The same keys on a Persian layout.
const PERSIAN = { "ت": "j", "ن": "k", "ش": "a", "ق": "r", "ث": "e", "ؤ": "c", "ز": "c", "/": "/", "؟": "?", "ل": "g", "ه": "i", "ح": "p", "ف": "t", "غ": "y", "ی": "d", "ي": "d", "ع": "u", "ط": "x", "ظ": "z", "د": "n", "ژ": "c" };
let waiting = false;

let place = { id: "", at: -1 };
// Whether the item was left for a field or a link, or rolled out of sight.
let left = false;

export function listen() {
  document.addEventListener("keydown", press);
  document.addEventListener("swapping", leave);
  document.addEventListener("swapped", restore);
  // who comes back from an item goes on from there
  const came = items().find((item) => item.id && `#${item.id}` === location.hash);
  if (came) settle(items(), came);
}

function leave() {
  const item = document.querySelector("[data-item].here");
  const box = item?.getBoundingClientRect();
  const elsewhere = document.activeElement.closest("input:not([type=checkbox]), select, textarea, a, [tabindex='0'], #nav *");
  left = Boolean(elsewhere && !item?.contains(elsewhere)) || Boolean(box && (box.bottom < 0 || box.top > innerHeight));
}

// After a step the hands stay where they were: on the same item, or on the one that took its place. Whoever has left
// it is not called back, least of all by a list that comes anew by itself.
function restore() {
  if (place.at < 0) return;
  const all = items();
  const next = document.getElementById(place.id) ?? all[Math.min(place.at, all.length - 1)];
  if (!next?.matches("[data-item]")) return;
  if (left) mark(all, next);
  else settle(all, next);
}

function mark(all, next) {
  for (const item of all) item.classList.toggle("here", item === next);
  place = { id: next.id, at: all.indexOf(next) };
}

function settle(all, next) {
  mark(all, next);
  if (!next.contains(document.activeElement)) next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function press(event) {
  const field = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  if (field) return inField(event, field);
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const key = PERSIAN[event.key] ?? event.key;
  if (waiting) return leap(key);
  if (key === "Escape" && (shut() || dismiss())) return;
  if (key === "g") {
    waiting = true;
    setTimeout(() => { waiting = false; }, 1200);
  } else if (key === "?") document.getElementById("keys").showModal();
  else if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key === "x") pick();
  else if (key === "Enter" && current() && event.target.closest("[data-item]") && !event.target.closest("a, button, summary")) open();
  else if (!act(key)) return;
  event.preventDefault();
}

// A box of reasons may lie over what one wants to read: Escape closes it for as long as the hands stay there.
function shut() {
  const shown = document.querySelectorAll(".why:is(:hover, :focus-within):not(.shut)");
  for (const why of shown) {
    why.classList.add("shut");
    for (const gone of ["mouseleave", "focusout"]) {
      why.addEventListener(gone, () => why.classList.remove("shut"), { once: true });
    }
  }
  return shown.length > 0;
}

function inField(event, field) {
  if (event.key === "Escape") {
    event.preventDefault(); // a search would be emptied
    field.blur();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && field.form) {
    event.preventDefault();
    field.form.requestSubmit(field.form.querySelector("[data-default]") ?? undefined);
  }
}

function leap(key) {
  waiting = false;
  const place = document.querySelector(`#nav [data-leap="${CSS.escape(key)}"]`);
  if (place) location.assign(place.href);
}

function items() {
  return [...document.querySelectorAll("[data-item]")];
}

function current() {
  return document.querySelector("[data-item].here") ?? document.activeElement?.closest?.("[data-item]");
}

function move(step) {
  const all = items();
  if (all.length === 0) return follow(step);
  const at = all.indexOf(current());
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
  settle(all, next);
}

// On a single ticket j and k go to the next and the previous one.
function follow(step) {
  document.querySelector(step > 0 ? "[data-key~=j]" : "[data-key~=k]")?.click();
}

function open() {
  const link = current().querySelector("a[data-open-item]");
  if (link) location.assign(link.href);
}

function pick() {
  const box = current()?.querySelector("input[type=checkbox]");
  if (box) box.click();
}

function act(key) {
  const wanted = `[data-key~="${CSS.escape(key)}"]`;
  // what is picked is meant before the line where the hands are
  const near = document.querySelector(`[data-picked]:not([hidden]) ${wanted}`) ?? current()?.querySelector(wanted);
  // what belongs to one item of a list is never done to another
  const found = near ?? document.querySelector(`:is(main, #toasts) ${wanted}:not([data-item] *, [data-picked] *)`);
  if (!found) return false;
  if (found.matches("input, textarea, select")) {
    found.closest("details")?.setAttribute("open", "");
    found.focus();
    found.scrollIntoView({ block: "center" });
  } else {
    if (found.matches("summary")) found.focus(); // who opens something by key goes on into it
    found.click();
  }
  return true;
}
