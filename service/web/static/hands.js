// An answer puts new elements in the place of the old ones; the hands stay where they were, with all that they wrote.

const TEXTS = "textarea[id], input[id]:is(:not([type]), [type=text], [type=search])";
const inMain = (what) => [...document.querySelectorAll(`#main :is(${what})`)];

// Taken when the page asks; what it gives is called when the answer is there, and gives what is called once it is shown.
export function hold(form) {
  const asked = new Map(inMain(TEXTS).filter((field) => field.form === form).map((field) => [field.id, field.value]));
  return () => {
    const { id, selectionStart: from, selectionEnd: to } = document.activeElement ?? {};
    const words = inMain(TEXTS).map((field) => ({ id: field.id, now: field.value, told: asked.get(field.id) ?? field.defaultValue }));
    const along = document.querySelector("#main .filters")?.scrollLeft;
    return () => {
      for (const { id, now, told } of words) {
        const field = document.getElementById(id);
        if (now !== told && field?.value === told) field.value = now; // written since, or in a form that was not sent
      }
      const row = document.querySelector("#main .filters");
      if (row && along) row.scrollLeft = along;
      if (id) point(place(document.getElementById(id), asked), from, to);
    };
  };
}

// Whose words were sent is done writing: the next key is a step again, not the first letter of another reply.
function place(field, asked) {
  if (!field || field.value || !asked.get(field.id)) return field;
  field.form.tabIndex = -1;
  return field.form;
}

// A field that is new begins at its first letter: who typed on would write in front of their own words.
function point(field, from, to) {
  field?.focus({ preventScroll: true });
  if (!field?.matches(TEXTS)) return;
  const end = field.value.length;
  field.setSelectionRange(Math.min(from ?? end, end), Math.min(to ?? end, end));
}

// A button that was pressed by hand and is held down: it loses the focus while it is off, and may be gone afterwards.
export function press(button, address) {
  if (!button) return () => {};
  const held = document.activeElement === button;
  const label = button.textContent;
  const around = [];
  for (let one = button.closest("#main [id]"); one; one = one.parentElement.closest("#main [id]")) around.push(one.id);
  button.disabled = true;
  return () => {
    button.disabled = false;
    const again = button.id && document.getElementById(button.id);
    if (again) return again.focus({ preventScroll: true });
    if (!held || ![document.body, button].includes(document.activeElement)) return;
    const same = inMain("button").find((one) => one.textContent === label && whither(one) === address);
    const near = same ?? [...around, "main"].map((id) => document.getElementById(id)).find(Boolean);
    if (near.tabIndex < 0) near.tabIndex = -1;
    near.focus({ preventScroll: true });
  };
}

// Where a form goes when it is sent by this button.
export function whither(button, form = button?.form) {
  return button?.hasAttribute("formaction") ? button.formAction : form?.action;
}
