// "/" at the start of the composer: ready answers by shortcut or title, already filled in for this conversation.

import { get } from "./desk_api.js";
import { announce, attempt } from "./desk_notice.js";
import { el } from "./view.js";

const SLASH = /^\/(\S*)$/;
const MOST = 8;

const folded = (words) =>
  words.toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "").replaceAll("đ", "d");

export function makeCanned(text, list, onPick) {
  let known = null;
  let of = null;
  let shown = [];
  let chosen = 0;

  async function look(conversation) {
    const typed = SLASH.exec(text.value);
    if (!typed || !conversation || text.readOnly) return close();
    if (known === null || of !== conversation) {
      of = conversation;
      known = (await attempt(() => get(`/canned?conversation=${encodeURIComponent(conversation)}`)))?.canned || null;
      if (known === null || !SLASH.test(text.value)) return close();
    }
    const words = folded(typed[1]);
    shown = known.filter(({ shortcut, title }) => folded(`${shortcut} ${title}`).includes(words)).slice(0, MOST);
    list.replaceChildren(...(shown.length ? shown.map(option) : [nothing()]));
    if (list.hidden) announce(`${shown.length} câu soạn sẵn. Mũi tên để chọn, Enter để chèn.`);
    list.hidden = false;
    choose(0);
  }

  function option(reply, at) {
    const item = el("li", { id: `canned-${at}`, role: "option" }, el("strong", {}, `/${reply.shortcut}`), ` ${reply.title}`);
    // Before the composer loses the focus.
    item.addEventListener("mousedown", (event) => (event.preventDefault(), pick(at)));
    return item;
  }

  const nothing = () => {
    const words = known.length
      ? "Không có câu soạn sẵn nào như vậy."
      : "Chưa có câu soạn sẵn. Trưởng ca thêm ở trang Câu soạn sẵn.";
    return el("li", { className: "none", role: "option", ariaDisabled: "true" }, words);
  };

  function choose(at) {
    chosen = at;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at && shown.length > 0)));
    if (shown.length) text.setAttribute("aria-activedescendant", `canned-${at}`);
    else text.removeAttribute("aria-activedescendant");
  }

  function pick(at) {
    const reply = shown[at];
    close();
    if (reply) onPick(reply.text);
  }

  function close() {
    list.hidden = true;
    text.removeAttribute("aria-activedescendant");
  }

  // Tells whether the key was for the list.
  function key(event) {
    if (list.hidden || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) choose((chosen + step + shown.length) % shown.length);
    else if (event.key === "Enter" || event.key === "Tab") pick(chosen);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  text.addEventListener("blur", close);
  return { look, key, close };
}
