// The keys of the desk. Letters alone work only while nobody is typing, and can be switched off (WCAG 2.1.4).

const KEPT = "motcua-desk-keys";
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

export const lettersOn = () => {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
};

export function setLetters(on) {
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // A browser that keeps nothing: the keys are on again after a reload.
  }
}

// `letters`: key → function, with "Shift+1" for digits; `chords`: the same for Ctrl (or ⌘) and a key, which work always.
export function listenForKeys(letters, chords) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.altKey) return;
    // In a dialog the keys are the dialog's own.
    if (document.querySelector("dialog[open]")) return;
    const key = nameOf(event);
    if (event.ctrlKey || event.metaKey) return run(chords[key], event);
    if (event.target.closest(TYPING) || !lettersOn()) return;
    // Held down, a key is one wish and no more; only moving goes on.
    if (event.repeat && key !== "j" && key !== "k") return;
    run(letters[key], event);
  });
}

// Digits by their place on the keyboard: with Shift they write another sign on each layout.
function nameOf(event) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (digit) return event.shiftKey ? `Shift+${digit[1]}` : digit[1];
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function run(doing, event) {
  if (!doing) return;
  event.preventDefault();
  doing(event);
}
