// One conversation as the desk shows it: who said what and when, how it was delivered, and marks on answers.

import { clock, dayKey, dayWords } from "./desk_words.js";
import { TURNS, el, replied, said } from "./view.js";

const NEAR_PX = 80;
const OUTCOMES = {
  abstained: "chưa trả lời được",
  clarify: "hỏi lại",
  partial: "trả lời một phần",
  corrected: "đính chính",
  handoff: "chuyển cán bộ",
  error: "gặp lỗi",
  blocked: "không trả lời",
};
export const MARKS = [
  ["good", "Tốt", "Câu trả lời tốt", "G"],
  ["missing", "Thiếu", "Thiếu thông tin", "M"],
  ["wrong_procedure", "Sai thủ tục", "Sai thủ tục", "W"],
];

export function makeTalk(log, fresh, onMark) {
  let labels = new Map(); // what a tapped suggestion said
  let entries = new Map(); // id → {entry, node}
  let day = "";
  let reading = false; // whether somebody reads further up

  function clear() {
    log.replaceChildren();
    reading = false;
    log.setAttribute("aria-live", "off");
    labels = new Map();
    entries = new Map();
    day = "";
    fresh.hidden = true;
  }

  // Shows entries that follow what is shown, or again those whose delivery went on.
  function add(news, mine = false) {
    const stays = atEnd();
    let added = 0;
    for (const entry of news) {
      if (entries.has(entry.id)) {
        redeliver(entry);
        continue;
      }
      added += 1;
      const today = dayKey(entry.created_at);
      if (today !== day) log.insertBefore(el("p", { className: "day" }, dayWords(entry.created_at)), firstUnsent());
      day = today;
      const node = draw(entry);
      entries.set(entry.id, { entry, node });
      log.insertBefore(node, firstUnsent());
    }
    if (!added) return;
    if (stays || mine) toEnd();
    else fresh.hidden = false;
  }

  // `marked`: entry → the marks it has.
  function showMarks(marked) {
    for (const [id, names] of Object.entries(marked)) {
      for (const button of entries.get(Number(id))?.node.querySelectorAll("[data-mark]") || []) {
        button.setAttribute("aria-pressed", String(names.includes(button.dataset.mark)));
      }
    }
  }

  const firstUnsent = () => log.querySelector(".unsent");

  function draw(entry) {
    const { id, role, body, created_at: at, author } = entry;
    for (const { payload, label } of body.suggestions || []) if (payload) labels.set(payload, label);
    if (TURNS.has(body.notice)) return el("p", { className: "event" }, `${clock(at)} · ${body.text}`);
    const node = role === "citizen" ? said(wordsOf(body)) : replied(body, role);
    node.dataset.entry = id;
    const who = whoWords(role, body, author);
    node.querySelector("h2").textContent = `${who}, ${clock(at)}`;
    node.querySelector(".who")?.remove();
    node.querySelector(".choices")?.replaceWith(offered(body));
    const line = el("p", { className: "who", ariaHidden: "true" }, who, " · ", el("time", { dateTime: at }, clock(at)));
    const head = el("div", { className: "head" }, line);
    node.querySelector(".said").before(head);
    if (role === "citizen") return node;
    node.tabIndex = 0;
    head.append(marksOf(id));
    node.append(el("p", { className: "delivery" }));
    deliver(node, entry);
    return node;
  }

  function wordsOf({ text, payload, files }) {
    const untold = payload?.startsWith("about:") ? "(mở thủ tục từ đường dẫn)" : "(đã chọn một gợi ý)";
    const tapped = payload && (labels.get(payload) || untold);
    return [text || tapped, files?.length && "(gửi tệp hoặc ảnh, không được giữ lại)"].filter(Boolean).join("\n");
  }

  function whoWords(role, body, author) {
    if (role === "citizen") return "Người dân";
    if (role === "staff") return `${author?.name || body.author || "Cán bộ"} (cán bộ)`;
    const outcome = OUTCOMES[body.outcome];
    return outcome ? `Trợ lý, ${outcome}` : "Trợ lý";
  }

  function offered(body) {
    const names = [...(body.attachments || []).map(({ name }) => name), ...(body.suggestions || []).map(({ label }) => label)];
    return el("p", { className: "offered" }, `Gợi ý kèm theo: ${names.join(" · ")}`);
  }

  function redeliver(entry) {
    const known = entries.get(entry.id);
    known.entry = entry;
    deliver(known.node, entry);
  }

  function deliver(node, { delivery }) {
    const line = node.querySelector(".delivery");
    if (!line || !delivery) return;
    line.textContent = delivery.words;
    line.classList.toggle("failed", delivery.state === "failed");
  }

  function marksOf(id) {
    const group = el("div", { className: "marks", role: "group", ariaLabel: "Đánh dấu câu trả lời này", ariaLive: "off" });
    for (const [mark, label, words, key] of MARKS) {
      const button = el("button", { type: "button", title: `${words} (${key})`, ariaPressed: "false" }, label);
      button.setAttribute("aria-keyshortcuts", key);
      button.dataset.mark = mark;
      button.addEventListener("click", () => onMark(id, mark, button));
      group.append(button);
    }
    return group;
  }

  // ---- sending

  // Shows words on their way; `state` is told below them, with ways to go on.
  function unsent(item, state, ...actions) {
    let node = log.querySelector(`[data-key="${item.key}"]`);
    if (!node) {
      node = replied({ text: item.text }, "staff");
      node.classList.add("unsent");
      node.dataset.key = item.key;
      node.querySelector(".who").textContent = "Anh/chị viết";
      node.append(el("p", { className: "delivery" }));
      log.append(node);
    }
    node.querySelector(".delivery").replaceChildren(state, ...actions.flatMap((action) => [" ", action]));
    node.classList.toggle("failed", actions.length > 0);
    toEnd();
  }

  const drop = (key) => log.querySelector(`[data-key="${key}"]`)?.remove();

  // ---- place

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;

  function toEnd() {
    log.scrollTop = log.scrollHeight;
    reading = false;
    fresh.hidden = true;
  }

  // Up and Down move among the answers, on which marks are put.
  function move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const answers = [...log.querySelectorAll("article[data-entry][tabindex]")];
    const at = answers.indexOf(event.target);
    if (!step || at < 0) return;
    event.preventDefault();
    answers[Math.min(answers.length - 1, Math.max(0, at + step))].focus();
  }

  log.addEventListener("scroll", () => {
    reading = !atEnd();
    if (!reading) fresh.hidden = true;
  });
  // What was asked last stays in sight when the composer grows over it.
  new ResizeObserver(() => reading || toEnd()).observe(log);
  log.addEventListener("keydown", move);
  fresh.addEventListener("click", toEnd);

  return {
    clear,
    add,
    showMarks,
    unsent,
    drop,
    toEnd,
    // From now on what comes is read out.
    settled: () => log.setAttribute("aria-live", "polite"),
    last: () => Math.max(0, ...entries.keys()),
    lastOf: (role) => Math.max(0, ...[...entries.values()].map(({ entry }) => (entry.role === role ? entry.id : 0))),
    // The first entry whose delivery may still change: from there on it is asked for again.
    undelivered: () =>
      [...entries.values()].find(({ entry }) => entry.delivery?.state === "waiting")?.entry.id ?? null,
    answers: () => [...log.querySelectorAll("article[data-entry][tabindex]")].map((node) => Number(node.dataset.entry)),
    // The answer that has the focus, else the last one.
    answer: () =>
      document.activeElement.closest?.("article[data-entry][tabindex]") ||
      [...log.querySelectorAll("article[data-entry][tabindex]")].pop() ||
      null,
  };
}
