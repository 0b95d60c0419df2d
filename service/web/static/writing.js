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
  insert(document.getElementById(draft.dataset.draft), draft.value);
  draft.value = "";
}

// As if it were typed at the caret: what is written stays, and Ctrl+Z takes the insertion back.
function insert(field, text) {
  const at = field.selectionEnd;
  const before = field.value.slice(0, at).trimEnd() ? "\n\n" : "";
  const after = field.value.slice(at).trimStart() ? "\n\n" : "";
  const words = before + text + after;
  field.focus();
  field.setSelectionRange(at, at);
  if (document.execCommand("insertText", false, words)) return;
  field.setRangeText(words, at, at, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function later(field) {
  clearTimeout(waiting);
  waiting = setTimeout(() => check(field), PAUSE);
}

async function check(field) {
  const said = field.value;
  const body = new URLSearchParams({ body: said, csrf: field.form.elements.csrf.value });
  try {
    const answer = await fetch(field.dataset.check, { method: "POST", body, headers: { "X-Requested-With": "fragment" } });
    // of words that were sent or rewritten meanwhile nobody wants to hear
    if (!answer.ok || document.querySelector("[data-check]")?.value !== said) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const advice = page.getElementById("advice");
    advice.removeAttribute("id");
    document.getElementById("advice")?.replaceChildren(advice);
  } catch {
    // advice can wait
  }
}
