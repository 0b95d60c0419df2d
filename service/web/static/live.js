// Queues keep themselves fresh: a small question every few seconds, the new list only when something changed.
import { visit, toast } from "./swap.js";

const EVERY = 4000;
// So many questions in a row without an answer are no accident.
const LOST = 3;
// Where a browser does not tell an open list of choices from a focused one, both count.
const UNROLLED = CSS.supports("selector(select:open)") ? "main select:open" : "main select:focus";
// The line of the trail behind which an urgent ticket is news.
let heard = null;
// Whether something urgent came while nobody looked at this window.
let marked = false;
let unheard = 0;

export function listen() {
  setInterval(ask, EVERY);
  setInterval(tick, 20000);
  document.addEventListener("swapped", mark); // with a title of its own
  addEventListener("focus", () => { marked = false; mark(); });
  ask();
}

async function ask() {
  const place = document.querySelector("[data-live]");
  if (!place || document.hidden) return;
  let told;
  try {
    const answer = await fetch(place.dataset.live, { headers: { "X-Requested-With": "fragment" } });
    if (answer.status === 401) {
      const list = encodeURIComponent(location.pathname + location.search);
      return stale("نشست شما به پایان رسیده است؛ این فهرست دیگر تازه نمی‌شود.", `/sign-in?ended=true&next=${list}`);
    }
    if (!answer.ok) throw new Error(answer.statusText);
    told = await answer.json();
  } catch {
    unheard += 1; // the next question may tell
    if (unheard >= LOST) stale("ارتباط با سرور قطع است؛ این فهرست تازه نمی‌شود.");
    return;
  }
  unheard = 0;
  document.getElementById("stale")?.remove();
  const known = heard ?? Number(place.dataset.heard);
  heard = Math.max(known, told.urgent);
  // the page says as of when it was drawn: what came before the first question is new to it, too
  if (place.dataset.stamp !== told.stamp && idle()) await visit(location.href, { push: false });
  if (told.newest && told.urgent > known) announce(told.newest);
}

// Nothing moves under the hands of somebody who is choosing or writing; a field that is merely focused keeps nothing back.
function idle() {
  if (document.documentElement.classList.contains("busy")) return false;
  const field = document.activeElement;
  if (field.matches("main input, main textarea") && field.value !== field.defaultValue) return false;
  return !document.querySelector(`dialog[open], input[name=ticket]:checked, ${UNROLLED}`);
}

// A list that stands still says so until it moves again: nobody else would notice.
function stale(words, entrance) {
  const told = document.getElementById("stale");
  if (told?.firstChild.data === words) return;
  told?.remove();
  const box = toast(words, true, true);
  box.id = "stale";
  box.setAttribute("role", "alert");
  if (entrance) box.append(way(entrance, "ورود"));
}

function way(href, textContent) {
  return Object.assign(document.createElement("a"), { href, textContent });
}

function announce({ ticket, said }) {
  const box = toast(`تیکت بحرانی تازه: ${said}`, true);
  box.append(way(`/tickets/${ticket}`, "دیدن"));
  marked = !document.hasFocus();
  mark();
}

function mark() {
  document.title = (marked ? "● " : "") + document.title.replace("● ", "");
}

// Deadlines are told in words, and words grow old.
function tick() {
  for (const due of document.querySelectorAll("[data-due]")) {
    const left = (Date.parse(due.dataset.due) - Date.now()) / 1000;
    const words = due.querySelector("[data-words]");
    if (words) words.textContent = `${spoken(Math.abs(left))} ${left >= 0 ? "مانده" : due.dataset.late ?? "دیر شده"}`;
    due.classList.toggle("late", left < 0);
    due.classList.toggle("soon", left >= 0 && left < 3600);
  }
}

function spoken(seconds) {
  const n = (value) => Math.floor(value).toLocaleString("fa-IR", { useGrouping: false });
  const pair = (large, name, small, smaller) => `${n(large)} ${name}${Math.floor(small) ? ` و ${n(small)} ${smaller}` : ""}`;
  if (seconds < 60) return "کمتر از یک دقیقه";
  if (seconds < 3600) return `${n(seconds / 60)} دقیقه`;
  if (seconds < 86400) return pair(seconds / 3600, "ساعت", (seconds % 3600) / 60, "دقیقه");
  return `${n(seconds / 86400)} روز`;
}
