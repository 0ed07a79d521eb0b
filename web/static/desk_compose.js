// The composer and what is on its way: typed words survive a reload, and what was sent is sent until it has arrived.

import { Refused, post } from "./desk_api.js";
import { el } from "./view.js";

export const LONGEST = 4000;
const RETRY_MS = 3000;
const SERVER_FAULT = 500;
const SIGNED_OUT = 401;

// `own` tells the words of one person from those of the next one at the same machine.
export function makeCompose({ text, count, send }, own, { serially, onSent, onState, onRefused }) {
  const kept = shelf(`motcua-desk-${own}`);
  let conversation = null;
  let origin = null; // the suggested answer that the words were made from
  let held = null; // the waiting answer that the words replace
  let waiting = kept.read("unsent") || [];
  let pumping = false;
  let timer = 0;

  // ---- words being typed

  function open(id) {
    conversation = id;
    ({ words: text.value, origin, held } = kept.read(`text-${id}`) || { words: "", origin: null, held: null });
    measure();
    for (const item of waiting) if (item.conversation === id) onState(item, "Đang gửi…");
  }

  function keep() {
    if (conversation === null) return;
    kept.write(`text-${conversation}`, text.value || held ? { words: text.value, origin, held } : null);
  }

  function measure() {
    const size = text.value.length;
    if (!size) origin = null;
    count.textContent = size > LONGEST - 300 ? `${size.toLocaleString("vi")}/${LONGEST.toLocaleString("vi")}` : "";
    count.classList.toggle("over", size > LONGEST);
    send.disabled = text.readOnly || !text.value.trim() || size > LONGEST;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 2}px`;
  }

  // Puts words where the cursor is; a suggested answer stands in paragraphs of its own.
  function insert(words, from = null) {
    const before = text.value.slice(0, text.selectionStart);
    const gap = before.trim() && from ? (before.endsWith("\n") ? "\n" : "\n\n") : "";
    text.setRangeText(gap + words, text.selectionStart, text.selectionEnd, "end");
    if (from) origin = from;
    keep();
    measure();
    text.focus();
    text.scrollTop = text.scrollHeight;
  }

  function replace(words, { origin: from = null, held: answer = null } = {}) {
    text.value = words;
    origin = from;
    held = answer;
    keep();
    measure();
    text.focus();
  }

  // ---- sending

  function submit(answers) {
    const words = text.value.trim();
    if (!words || words.length > LONGEST || text.readOnly) return false;
    const item = { conversation, key: newKey(), text: words, answers, draft: origin, held };
    text.value = "";
    held = null;
    keep();
    measure();
    push(item);
    return true;
  }

  const sendAtOnce = (words, draft, answers) =>
    push({ conversation, key: newKey(), text: words, answers, draft, held: null });

  function push(item) {
    waiting.push(item);
    kept.write("unsent", waiting);
    onState(item, "Đang gửi…");
    pump();
  }

  // One at a time and in order. The key makes sure that what is sent twice is kept once.
  async function pump() {
    if (pumping) return;
    pumping = true;
    clearTimeout(timer);
    while (waiting.length) {
      const item = waiting[0];
      try {
        await serially(async () => {
          const told = await deliver(item);
          settle(item);
          onSent(item, told);
        });
      } catch (error) {
        if (error instanceof Refused && error.status < SERVER_FAULT && error.status !== SIGNED_OUT) {
          settle(item);
          refused(item, error);
        } else {
          later(item, error);
          break;
        }
      }
    }
    pumping = false;
  }

  function deliver({ conversation: id, key, text: words, answers, draft, held: answer }) {
    if (answer) return post(`/held/${answer.id}`, { decision: answer.decision, text: words, key });
    return post(`/conversations/${encodeURIComponent(id)}/reply`, { key, text: words, answers, draft });
  }

  function settle(item) {
    waiting = waiting.filter(({ key }) => key !== item.key);
    kept.write("unsent", waiting);
  }

  function later(item, error) {
    const again = el("button", { type: "button", className: "link", onclick: pump }, "Gửi lại ngay");
    const ended = error.status === SIGNED_OUT;
    onState(item, ended ? "Chưa gửi được vì phiên đã hết." : "Chưa gửi được, sẽ tự gửi lại.", again);
    if (!ended) timer = setTimeout(pump, RETRY_MS);
  }

  // What the server will not take goes back to where it was written, so that nothing typed is lost.
  function refused(item, error) {
    onState(item, null);
    const { words = "", ...rest } = (item.conversation !== conversation && kept.read(`text-${item.conversation}`)) || {};
    const joined = (typed) => [item.text, typed].filter(Boolean).join("\n\n");
    if (item.conversation === conversation) replace(joined(text.value), { origin: item.draft });
    else kept.write(`text-${item.conversation}`, { origin: item.draft, held: null, ...rest, words: joined(words) });
    onRefused(item, error);
  }

  text.addEventListener("input", () => (keep(), measure()));
  addEventListener("online", pump);

  return {
    open,
    insert,
    replace,
    submit,
    sendAtOnce,
    pump,
    allow(yes, hint) {
      text.readOnly = !yes;
      text.placeholder = hint;
      measure();
    },
    // Which answer waits now, if any: words meant to replace another one are an answer of their own.
    checking(id) {
      if (held && held.id !== id) held = null;
    },
    holds: () => Boolean(text.value.trim()),
  };
}

// sessionStorage under a prefix; where it is denied, the words last as long as the page.
function shelf(prefix) {
  const memory = new Map();
  return {
    read(name) {
      try {
        return JSON.parse(sessionStorage.getItem(`${prefix}-${name}`));
      } catch {
        return memory.get(name) ?? null;
      }
    },
    write(name, value) {
      memory.set(name, value);
      try {
        if (value === null) sessionStorage.removeItem(`${prefix}-${name}`);
        else sessionStorage.setItem(`${prefix}-${name}`, JSON.stringify(value));
      } catch {
        // Told above.
      }
    },
  };
}

// crypto.randomUUID is missing on plain http, as on a desk's own network.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
