// Suggested answers for what the citizen wrote last: shown, withdrawn when they no longer fit, taken by key.

import { get } from "./desk_api.js";
import { dateWords, sureness } from "./desk_words.js";
import { el, linesOf } from "./view.js";

const SAFE = /^https?:\/\/\S+$/i;
const NONE = "Chưa có câu gợi ý nào đủ gần với tin nhắn này. Bấm Ctrl+K để tự tìm thủ tục.";
const NO_TALK = "Mở một cuộc trò chuyện: câu trả lời gợi ý hiện ở đây.";
const UNREAD = "Chưa tải được câu gợi ý.";

export function makeDrafts({ box, state, list, similar }, onTake) {
  let drafts = [];
  let conversation = null;
  let loading = null;
  let stale = true;

  async function load(id) {
    if (id !== conversation) clear();
    conversation = id;
    loading?.abort();
    const control = (loading = new AbortController());
    box.setAttribute("aria-busy", "true");
    if (!drafts.length) say("Đang tìm câu gợi ý…");
    try {
      const found = await get(`/drafts/${encodeURIComponent(id)}`, control.signal);
      if (control.signal.aborted) return;
      show(found);
    } catch (error) {
      if (control.signal.aborted) return;
      withdraw(UNREAD, true);
    } finally {
      if (loading === control) box.removeAttribute("aria-busy");
    }
  }

  function show(found) {
    drafts = found.drafts;
    stale = false;
    box.classList.remove("stale");
    say(drafts.length ? "" : NONE);
    list.replaceChildren(...drafts.map(card));
    similar.hidden = !found.similar?.length;
    similar.querySelector("ul").replaceChildren(...(found.similar || []).map(earlier));
  }

  // They stay to be read, but are not taken any more.
  function withdraw(reason, again = false) {
    stale = true;
    box.classList.add("stale");
    for (const button of box.querySelectorAll("li button")) button.disabled = true;
    say(reason);
    const onclick = () => load(conversation);
    if (again) state.append(" ", el("button", { type: "button", className: "link", onclick }, "Tải lại"));
  }

  function clear() {
    loading?.abort();
    conversation = null;
    drafts = [];
    stale = true;
    box.classList.remove("stale");
    list.replaceChildren();
    similar.hidden = true;
    say(NO_TALK);
  }

  function say(words) {
    state.hidden = !words;
    state.textContent = words;
  }

  function card(draft, at) {
    const number = at + 1;
    const meter = el("meter", { min: 0, max: 1, value: draft.confidence, ariaHidden: "true" });
    return el(
      "li",
      { className: "draft" },
      el("h3", {}, el("kbd", {}, String(number)), " ", draft.name),
      el("p", { className: "draft-facet" }, draft.facet_name || "", el("span", {}, meter, sureness(draft.confidence))),
      textOf(draft.text),
      sourceOf(draft),
      el(
        "div",
        { className: "toolbar" },
        tool("Chèn", String(number), `Chèn câu ${number} vào ô soạn`, () => onTake(draft, false)),
        tool("Gửi ngay", `Shift+${number}`, `Gửi ngay câu ${number}`, () => onTake(draft, true)),
      ),
    );
  }

  function tool(words, key, title, onclick) {
    const button = el("button", { type: "button", className: "button small", title, onclick }, words);
    if (!key) return button;
    button.title = `${title} (${key})`;
    button.append(" ", el("kbd", { ariaHidden: "true" }, key.replace("Shift+", "⇧")));
    button.setAttribute("aria-keyshortcuts", key);
    return button;
  }

  function textOf(text) {
    // A box that scrolls must be reachable by keyboard.
    const properties = { className: "draft-text", tabIndex: 0, role: "group", ariaLabel: "Nội dung câu gợi ý" };
    return el("div", properties, ...linesOf(text));
  }

  function sourceOf({ source, code, version }) {
    const parts = [`mã ${code}`];
    if (source?.updated_at) parts.push(`cập nhật ${dateWords(source.updated_at)}`);
    if (version) parts.push(`bản ${version}`);
    const line = el("p", { className: "source" });
    if (source && SAFE.test(source.url)) {
      line.append(el("a", { href: source.url, target: "_blank", rel: "noopener noreferrer" }, "Nguồn"), ": ");
    } else line.append("Nguồn: ");
    line.append(parts.join(", "));
    return line;
  }

  function earlier(answer) {
    const { question, text, author, at } = answer;
    const item = el(
      "li",
      {},
      el("p", { className: "asked" }, question),
      el("p", {}, text),
      el("p", { className: "source" }, `${author}, ${dateWords(at)}`),
    );
    if (answer.changed) item.append(el("p", { className: "warning" }, "Thủ tục đã thay đổi từ ngày đó, cần xem lại."));
    item.append(tool("Chèn", "", "Chèn câu trả lời này vào ô soạn", () => onTake({ ...answer, earlier: true }, false)));
    return item;
  }

  clear();
  return {
    load,
    clear,
    withdraw,
    // The draft of a key, null when there is none to take.
    at: (number) => (stale ? null : drafts[number - 1] || null),
  };
}
