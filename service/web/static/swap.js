// Forms marked `data-swap` answer inside the page: the new main part replaces the old one.
import { hold, press, whither } from "./hands.js";
import { forget, leaveBehind } from "./kept.js";

export const UNREACHED = "ارتباط با سرور برقرار نشد؛ دوباره امتحان کنید.";
let latest = 0;
// What the page shows, as far as a server knows addresses.
let at = place();

export function listen() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-swap], [data-auto]")) return;
    event.preventDefault();
    send(form, event.submitter);
  });
  document.addEventListener("click", (event) => {
    const told = event.target.closest(".refusal button");
    if (told) dismiss(told.closest(".refusal"));
  });
  // a jump within the page is told like a step back, and changes nothing of it
  addEventListener("popstate", () => place() === at || visit(location.href, { push: false }));
  settle();
}

export async function visit(address, { push = true } = {}) {
  await replace(address, {}, push);
}

async function send(form, button) {
  const data = new FormData(form, button);
  const address = new URL(whither(button, form));
  if (form.method === "get") {
    const kept = [...data].filter(([, value]) => value !== "");
    address.search = new URLSearchParams(kept).toString();
    return replace(address.href, {}, true, form);
  }
  // a form that serves every line of a list is told apart by the button of the line
  const wish = button?.hasAttribute("formaction") ? button : form;
  if ("sent" in wish.dataset) return; // pressed twice: the first answer is on its way
  wish.dataset.sent = "";
  const release = press(button, address.href);
  const multipart = form.enctype === "multipart/form-data";
  const body = multipart ? data : new URLSearchParams(data);
  await replace(address.href, { method: "POST", body }, true, form);
  delete wish.dataset.sent;
  release();
}

async function replace(address, options, push, form) {
  const turn = ++latest;
  const hands = hold(form);
  document.documentElement.classList.add("busy");
  try {
    // a failure is told as a page only to those who ask for one
    const headers = { Accept: "text/html", "X-Requested-With": "fragment" };
    const answer = await fetch(address, { ...options, headers });
    if (form && answer.ok) forget(form);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== latest) {
      // who went on meanwhile sees another answer, but hears that this step was refused
      if (options.method === "POST") refused(page, answer.ok);
      return;
    }
    // what was looked for is looked for again by who is back
    if (failed(page, answer, "main", options.method === "POST" ? place() : place(new URL(address)))) return;
    show(page, hands);
    // an answer to a form has an address of its own only when it led somewhere
    if (push && answer.ok && (options.method !== "POST" || answer.redirected)) enter(plain(answer.url));
    settle();
  } catch {
    alarm(UNREACHED);
  } finally {
    if (turn === latest) document.documentElement.classList.remove("busy");
  }
}

// What is nothing to be shown: a session that ended leads to the door, and any other failure is told.
export function failed(page, { ok, status }, what = "main", back = place()) {
  const isBare = page.body.classList.contains("bare-page");
  if (isBare && [401, 403].includes(status)) leaveBehind(); // the page is needed anew
  if (isBare && status === 401) location.assign(`/sign-in?ended=true&next=${encodeURIComponent(back)}`);
  else if (isBare || page.getElementById(what)) return refused(page, ok);
  else alarm(`سرور پاسخ داد، ولی نه با یک صفحه (کد ${status.toLocaleString("fa-IR")})؛ کمی بعد دوباره امتحان کنید.`);
  return true;
}

// A failure without a page of its own is told beside the page that stands.
function refused(page, ok) {
  if (ok || !page.body.classList.contains("bare-page")) return false;
  alarm(page.querySelector("h1")?.textContent + ": " + (page.querySelector("h1 + p")?.textContent ?? ""));
  return true;
}

function show(page, hands) {
  const main = document.getElementById("main");
  const before = tallied(document);
  document.dispatchEvent(new CustomEvent("swapping"));
  const lay = hands();
  const opened = [...main.querySelectorAll("details[open][id]")].map((one) => one.id);
  main.replaceChildren(...page.getElementById("main").childNodes);
  for (const part of ["#nav", "#keys dl"]) {
    const [old, fresh] = [document, page].map((one) => one.querySelector(part));
    if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
  }
  say(page.getElementById("toasts").children);
  document.title = page.title;
  if (tallied(document) !== before) document.getElementById("tally").textContent = tallied(document);
  main.querySelector("[data-look]")?.scrollIntoView({ block: "start" });
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  lay();
  main.querySelector("[aria-invalid], [data-look][tabindex]")?.focus();
  document.dispatchEvent(new CustomEvent("swapped"));
}

// How long the list is. Whoever does not see it hears it when it changes, from an element that was there before.
function tallied(page) {
  return page.querySelector("[data-tally]")?.textContent ?? "";
}

// What was said, and the way to take it back, have their time: a list that comes anew by itself has nothing to say
// instead. An alarm stays where it is, whatever else happens in the page: one that is put in again is told again.
function say(news) {
  if (news.length === 0) return;
  const toasts = document.getElementById("toasts");
  for (const old of toasts.querySelectorAll(".toast:not(.alarm)")) old.remove();
  toasts.prepend(...news);
}

// A step that leads back to the same page is nothing to go back through.
function enter(there) {
  if (there !== plain(location.href)) history.pushState({}, "", there);
}

// An address without what was said about the last step.
function plain(address) {
  const url = new URL(address);
  for (const name of ["done", "undo"]) url.searchParams.delete(name);
  url.hash = "";
  return url.href;
}

function place({ pathname, search } = location) {
  return pathname + search;
}

// What was said once is not said again when the page is loaded anew.
function settle() {
  if (new URLSearchParams(location.search).has("done")) history.replaceState({}, "", plain(location.href));
  at = place();
  const told = document.querySelector("#toasts .toast:not(.alarm)");
  if (told) setTimeout(() => told.remove(), told.querySelector("form") ? 12000 : 5000);
}

export function toast(text, urgent = false, stays = false) {
  const box = document.createElement("div");
  box.className = urgent ? "toast alarm" : "toast";
  box.textContent = text;
  document.getElementById("toasts")?.append(box);
  if (!stays) setTimeout(() => box.remove(), 7000);
  return box;
}

// A step that was refused is told until somebody says that they have heard it: they may look elsewhere just then.
export function alarm(text) {
  for (const same of document.querySelectorAll("#toasts .refusal")) {
    if (same.firstChild.data === text) same.remove();
  }
  const box = toast(text, true, true);
  box.classList.add("refusal");
  box.append(Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "بستن" }));
}

export function dismiss(box = [...document.querySelectorAll("#toasts .refusal")].at(-1)) {
  if (box?.contains(document.activeElement)) document.getElementById("main").focus({ preventScroll: true });
  box?.remove();
  return Boolean(box);
}
