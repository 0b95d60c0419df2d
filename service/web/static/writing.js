// Writing a reply: a draft to start from, and advice on what it still lacks, a moment after the last key.

const PAUSE = 700;
let waiting = 0;

export function listen() {
  document.addEventListener("change", (event) => {
    const draft = event.target.closest("[data-draft]");
    if (draft && draft.value) start(draft);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-check]")) later(event.target);
  });
}

function start(draft) {
  const field = document.getElementById(draft.dataset.draft);
  field.value = draft.value;
  draft.value = "";
  field.focus();
  later(field);
}

function later(field) {
  clearTimeout(waiting);
  waiting = setTimeout(() => check(field), PAUSE);
}

async function check(field) {
  const csrf = document.querySelector("meta[name=csrf]").content;
  const body = new URLSearchParams({ body: field.value, csrf });
  try {
    const answer = await fetch(field.dataset.check, { method: "POST", body, headers: { "X-Requested-With": "fragment" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const advice = page.getElementById("advice");
    advice.removeAttribute("id");
    document.getElementById("advice")?.replaceChildren(advice);
  } catch {
    // advice can wait
  }
}
