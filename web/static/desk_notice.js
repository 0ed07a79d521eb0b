// Short words to the person at the desk: a line that goes by itself, a fault that stays, and what only screen readers say.

import { Refused, Unreachable } from "./desk_api.js";
import { el } from "./view.js";

const SHOWN_MS = 8000;
const [line, spoken] = ["notice", "spoken"].map((id) => document.getElementById(id));
let timer = 0;

// `action` is [label, function]: a way to undo or to go on.
export function notice(words, { fault = false, action = null } = {}) {
  clearTimeout(timer);
  line.className = fault ? "desk-notice fault" : "desk-notice";
  line.replaceChildren(el("span", {}, words));
  if (action) line.append(el("button", { type: "button", onclick: () => (dismiss(), action[1]()) }, action[0]));
  line.append(el("button", { type: "button", className: "dismiss", ariaLabel: "Đóng thông báo", onclick: dismiss }, "✕"));
  line.hidden = false;
  if (!fault) timer = setTimeout(dismiss, SHOWN_MS);
}

export function dismiss() {
  line.hidden = true;
  line.replaceChildren();
}

export function announce(words) {
  spoken.textContent = "";
  // Emptied first, so that the same words are said again.
  setTimeout(() => (spoken.textContent = words), 50);
}

// Does something that may be refused or not arrive, and says so; returns undefined then.
export async function attempt(doing) {
  try {
    return await doing();
  } catch (error) {
    if (error instanceof Refused || error instanceof Unreachable) notice(error.message, { fault: true });
    else if (error.name !== "AbortError") throw error;
    return undefined;
  }
}

// The same for what nobody asked for just now: the line about the connection says enough.
export async function quietly(doing) {
  try {
    await doing();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable || error.name === "AbortError")) throw error;
  }
}
