// An answer puts new elements in the place of the old ones; the hands stay where they were, with all that they wrote,
// chose and picked.

const TEXTS = "textarea[id], input[id]:is(:not([type]), [type=text], [type=search])";
// A filter is sent when it changes, and shows what is listed.
const FIELDS = `${TEXTS}, select[id]:not([data-auto] *)`;
const TRAITS = ["href", "formaction", "name", "value", "data-key", "data-do", "data-open", "aria-describedby", "aria-label"];
const inMain = (what) => [...document.querySelectorAll(`#main :is(${what})`)];

// Taken when the page asks; what it gives is called when the answer is there, and gives what is called once it is shown.
export function hold(form) {
  // a choice that goes with each of several buttons stays when one of them is pressed
  const sent = inMain(FIELDS).filter((field) => field.form === form && !("stays" in field.dataset));
  const asked = new Map(sent.map((field) => [field.id, field.value]));
  return () => {
    const { selectionStart: from, selectionEnd: to } = document.activeElement ?? {};
    const again = spot(document.activeElement);
    const words = inMain(FIELDS).map((field) => ({ id: field.id, now: field.value, told: asked.get(field.id) ?? first(field) }));
    const picks = inMain("input[name=ticket]:checked").map((box) => box.value);
    const along = document.querySelector("#main .filters")?.scrollLeft;
    return () => {
      for (const { id, now, told } of words) {
        const field = document.getElementById(id);
        if (now === told || field?.value !== told) continue;
        field.value = now; // written since, or in a form that was not sent
        if (field.selectedIndex === -1) field.value = told; // is offered no longer
      }
      for (const box of inMain("input[name=ticket]")) box.checked = picks.includes(box.value);
      const row = document.querySelector("#main .filters");
      if (row && along) row.scrollLeft = along;
      point(place(again(), asked), from, to);
    };
  };
}

// What a field holds before anybody touches it.
function first(field) {
  return field.defaultValue ?? (field.querySelector("[selected]") ?? field.options[0])?.value;
}

// An element without a name is known by where it leads and what it does, within the nearest one that has a name.
function spot(one) {
  if (!one?.closest("#main, #nav")) return () => null;
  if (one.id) return () => document.getElementById(one.id);
  const told = TRAITS.filter((trait) => one.hasAttribute(trait));
  const same = told.map((trait) => `[${trait}="${CSS.escape(one.getAttribute(trait))}"]`).join("");
  const { id } = one.closest("[id]");
  return () => (same ? document.getElementById(id)?.querySelector(one.localName + same) : null);
}

// Whose words were sent is done writing: the next key is a step again, not the first letter of another reply.
function place(field, asked) {
  if (!field || field.value || !asked.get(field.id)) return field;
  field.form.tabIndex = -1;
  return field.form;
}

// A field that is new begins at its first letter: who typed on would write in front of their own words.
function point(field, from, to) {
  if (field?.tabIndex < 0) field.tabIndex = -1; // a part of the page that took the focus before: the new one takes it, too
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
