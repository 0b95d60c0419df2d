// Hover or focus a tag and its words light up; hover words and their tags do.

export function listen() {
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, on);
  for (const kind of ["pointerout", "focusout"]) document.addEventListener(kind, off);
}

function on(event) {
  const chip = event.target.closest?.("[data-tag]");
  const words = event.target.closest?.("mark[data-tags]");
  if (chip) light([chip.dataset.tag]);
  else if (words) light(words.dataset.tags.split(" "));
}

function off(event) {
  if (event.target.closest?.("[data-tag], mark[data-tags]")) light([]);
}

function light(tags) {
  for (const words of document.querySelectorAll("mark[data-tags]")) {
    words.classList.toggle("lit", words.dataset.tags.split(" ").some((tag) => tags.includes(tag)));
  }
  for (const chip of document.querySelectorAll("[data-tag]")) {
    chip.classList.toggle("lit", tags.includes(chip.dataset.tag));
  }
}
