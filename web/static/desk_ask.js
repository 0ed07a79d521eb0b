// The dialogs of the desk: each shows itself and returns what was filled in, null when it was given up.

import { el } from "./view.js";

const dialog = (name) => document.getElementById(`ask-${name}`);
const closing = dialog("close");

export const askBack = () => ask(dialog("back"));

export function askTakeover(holder) {
  document.getElementById("takeover-holder").textContent = holder;
  return ask(dialog("takeover"));
}

export async function askHandover(colleagues) {
  document.getElementById("colleagues").replaceChildren(...colleagues.map(choice));
  document.getElementById("no-colleagues").hidden = colleagues.length > 0;
  document.getElementById("handover-yes").disabled = !colleagues.length;
  const told = await ask(dialog("handover"));
  return told && { ...told, to: Number(told.to) };
}

export function askClose() {
  const told = ask(closing);
  noteIfOther();
  return told;
}

export function askNote(note) {
  dialog("note").querySelector("textarea").defaultValue = note;
  return ask(dialog("note"));
}

function ask(shown) {
  const form = shown.querySelector("form");
  form.reset();
  shown.returnValue = "";
  return new Promise((done) => {
    shown.addEventListener("close", () => done(shown.returnValue === "yes" ? filledIn(form) : null), { once: true });
    shown.showModal();
  });
}

const filledIn = (form) => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));

function choice({ id, name, load }, at) {
  const radio = el("input", { type: "radio", name: "to", value: id, required: true, defaultChecked: at === 0 });
  return el("label", { className: "check" }, radio, `${name} (đang giữ ${load} cuộc)`);
}

// "Other" says nothing without words.
function noteIfOther() {
  closing.querySelector("textarea").required = closing.querySelector("[name=reason]:checked").value === "other";
}

closing.addEventListener("change", noteIfOther);
closing.addEventListener("keydown", (event) => {
  const reason = event.target.matches("textarea") ? null : closing.querySelectorAll("[name=reason]")[event.key - 1];
  if (!reason) return;
  reason.checked = true;
  reason.focus();
  noteIfOther();
});
