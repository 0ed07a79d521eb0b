// The queue: tabs with counts, filters, and rows that change where they stand. Nothing moves under the pointer: a row
// that no longer belongs here stays, greyed, until nobody is at the list.

import { get } from "./desk_api.js";
import { announce, attempt } from "./desk_notice.js";
import { clock, endWords, hasWaited, isLate, reasonWords, waited } from "./desk_words.js";
import { el } from "./view.js";

const TIDY_MS = 1000;
const GONE_MS = 4000; // how long a row that belongs elsewhere stays to be seen
const TICK_MS = 10_000;
const PREVIEW = 120;
const SPEAKERS = { citizen: "", assistant: "Trợ lý: ", staff: "Cán bộ: " };
const EMPTY = {
  waiting: "Không ai đang chờ. Khi có người xin gặp cán bộ, cuộc đó hiện ở đây; trang không cần tải lại.",
  mine: "Anh/chị chưa nhận cuộc nào. Mở thẻ “Đang chờ”, chọn một cuộc rồi bấm Nhận (phím T).",
  all: "Chưa có cuộc trò chuyện nào. Người dân hỏi ở kênh nào cũng hiện ở đây, kể cả khi trợ lý đang trả lời.",
  done: "Chưa có cuộc nào xong. Cuộc đã kết thúc nằm ở đây để xem lại.",
};
const NONE_FITS = "Không có cuộc nào hợp với bộ lọc. Bỏ bớt bộ lọc để xem các cuộc khác.";

export function makeQueue(part, onOpen) {
  const rows = new Map(); // id → {summary, item, button}
  let view = "waiting";
  let open = null;
  let next = null;
  let loading = null;

  const filters = () => Object.fromEntries(["channel", "topic", "wait"].map((name) => [name, part[name].value]));

  // ---- what the server says

  async function load() {
    loading?.abort();
    const control = (loading = new AbortController());
    part.list.setAttribute("aria-busy", "true");
    try {
      const page = await get(`/queue?${query()}`, control.signal);
      if (control.signal.aborted) return;
      rows.clear();
      part.list.replaceChildren();
      for (const summary of page.conversations) append(summary);
      settle(page);
    } finally {
      if (loading === control) part.list.removeAttribute("aria-busy");
    }
  }

  // The same list again: what changed meanwhile changes where it stands.
  async function refresh() {
    if (part.list.hasAttribute("aria-busy")) return load();
    const asked = query().toString();
    const page = await get(`/queue?${asked}`);
    if (asked !== query().toString() || part.list.hasAttribute("aria-busy")) return;
    const listed = new Set(page.conversations.map(({ id }) => id));
    for (const row of page.more ? [] : rows.values()) {
      leave(row, !listed.has(row.summary.id));
    }
    page.conversations.forEach(heard);
    count(page.counts);
  }

  async function loadMore() {
    const page = await get(`/queue?${query()}&before=${next}`);
    const first = page.conversations.find(({ id }) => !rows.has(id));
    for (const summary of page.conversations) if (!rows.has(summary.id)) append(summary);
    settle(page);
    if (first) rows.get(first.id).button.focus();
  }

  const query = () => new URLSearchParams({ view, ...filters() });

  function settle(page) {
    next = page.next;
    part.more.hidden = !page.more;
    count(page.counts);
    showEmpty();
    rove();
  }

  function count(counts) {
    for (const tab of part.tabs) {
      const number = counts[tab.dataset.view];
      if (number !== undefined) tab.querySelector(".count").textContent = number.toLocaleString("vi");
    }
    document.title = counts.waiting ? `(${counts.waiting}) Bàn trực · Một Cửa` : "Bàn trực · Một Cửa";
  }

  // A conversation changed somewhere: its row changes in place, appears, or greys out.
  function heard(summary) {
    const row = rows.get(summary.id);
    const fits = belongs(summary);
    if (row) {
      row.summary = summary;
      leave(row, !fits);
    } else if (fits) {
      keepPlace(() => insert(summary));
      if (view === "waiting") announce(`Có thêm người chờ: ${summary.who}${summary.topic ? `, ${summary.topic.name}` : ""}.`);
    }
    showEmpty();
    rove();
  }

  function leave(row, gone) {
    if (gone !== row.item.classList.contains("gone")) row.left = gone ? Date.now() : 0;
    row.item.classList.toggle("gone", gone);
    draw(row);
  }

  function belongs(summary) {
    const { channel, topic, wait } = filters();
    if (channel && summary.channel !== channel) return false;
    if (topic && summary.topic?.code !== topic) return false;
    if (wait && !hasWaited(summary.waiting_since, Number(wait))) return false;
    if (view === "waiting") return summary.status === "waiting";
    if (view === "mine") return summary.mine && summary.status === "held";
    // Whoever thanks or rates after the end is the assistant's again, and still belongs to what was done.
    if (view === "done") return Boolean(summary.wrap_up) && ["done", "bot"].includes(summary.status);
    return true;
  }

  // ---- rows

  function append(summary) {
    const row = makeRow(summary);
    rows.set(summary.id, row);
    part.list.append(row.item);
  }

  function insert(summary) {
    const row = makeRow(summary);
    rows.set(summary.id, row);
    const next = [...part.list.children].find((item) => comesBefore(summary, rows.get(item.dataset.id).summary));
    part.list.insertBefore(row.item, next || null);
  }

  // Who waits longest stands first, what was just taken last; elsewhere first what was said last.
  function comesBefore(one, other) {
    if (view === "waiting") return one.waiting_since < other.waiting_since;
    return view !== "mine" && (one.last?.id || 0) > (other.last?.id || 0);
  }

  function makeRow(summary) {
    const button = el("button", { type: "button", className: "row", tabIndex: -1 });
    const row = { summary, button, left: 0, item: el("li", {}, button) };
    row.item.dataset.id = summary.id;
    button.addEventListener("click", () => onOpen(summary.id));
    draw(row);
    learnTopic(summary.topic);
    return row;
  }

  function draw({ summary, button, item }) {
    const { who, topic, last, citizen, mine, status, held_answer: approval } = summary;
    // What the person said tells more than what they were told, unless staff answered since.
    const shown = last?.role === "staff" ? last : citizen || last;
    const words = shown ? `${SPEAKERS[shown.role] ?? ""}${shown.text}` : "";
    button.replaceChildren(
      el("span", { className: "row-top" }, el("strong", {}, who), waitOf(summary)),
      el("span", { className: "row-topic" }, topic?.name || reasonWords(summary.reason) || "Chưa rõ thủ tục"),
      el("span", { className: "row-last" }, words.slice(0, PREVIEW)),
    );
    const state = stateOf(summary, item.classList.contains("gone"));
    const kind = mine ? "own" : approval || status === "waiting" ? "wait" : "";
    if (state) button.append(el("span", { className: `row-state ${kind}` }, state));
    if (summary.id === open) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }

  function stateOf({ status, mine, holder, held_answer: approval, wrap_up: end }, gone) {
    if (status === "held") return mine ? "Anh/chị đang trả lời" : `${holder?.name || "Cán bộ khác"} đang trả lời`;
    if (approval) return "Có câu chờ duyệt";
    if (status === "waiting") return gone || view !== "waiting" ? "Đang chờ" : "";
    if (view === "done" && !gone) return endWords(end);
    return status === "done" ? "Đã xong" : "Trợ lý đang trả lời";
  }

  function waitOf({ status, waiting_since: since, red_at: red, last }) {
    if (status !== "waiting" || !since) return el("time", { className: "at" }, last ? clock(last.at) : "");
    const late = isLate(red);
    const time = el("time", { className: late ? "at late" : "at", dateTime: since }, waited(since));
    time.prepend(el("span", { className: "unseen" }, late ? "chờ quá lâu, " : "chờ "));
    return time;
  }

  function learnTopic(topic) {
    if (!topic || [...part.topic.options].some(({ value }) => value === topic.code)) return;
    part.topic.append(el("option", { value: topic.code }, topic.name));
  }

  function showEmpty() {
    const none = rows.size === 0;
    part.empty.hidden = !none;
    part.empty.textContent = Object.values(filters()).some(Boolean) ? NONE_FITS : EMPTY[view];
  }

  // Rows that appear above what is being looked at must not push it down.
  function keepPlace(change) {
    const top = part.scroller.getBoundingClientRect().top;
    const seen = [...part.list.children].find((item) => item.getBoundingClientRect().bottom > top);
    const before = seen?.getBoundingClientRect().top;
    change();
    if (seen) part.scroller.scrollTop += seen.getBoundingClientRect().top - before;
    part.above.hidden = part.scroller.scrollTop === 0;
  }

  function tidy() {
    if (part.list.matches(":hover") || part.list.contains(document.activeElement)) return;
    for (const [id, { item, left }] of rows) {
      if (!left || Date.now() - left < GONE_MS) continue;
      rows.delete(id);
      item.remove();
    }
    showEmpty();
    rove();
  }

  // ---- keys: one row takes part in the order of Tab, J and K move among them

  function rove(to) {
    const current = to || rows.get(open)?.button || part.list.querySelector("[tabindex='0']") || part.list.querySelector(".row");
    for (const { button } of rows.values()) button.tabIndex = button === current ? 0 : -1;
  }

  function move(step) {
    const buttons = [...part.list.querySelectorAll(".row")];
    if (!buttons.length) return;
    const at = buttons.indexOf(document.activeElement);
    const from = at >= 0 ? at : buttons.indexOf(rows.get(open)?.button);
    const next = buttons[from < 0 ? 0 : Math.min(buttons.length - 1, Math.max(0, from + step))];
    rove(next);
    next.focus();
  }

  function refilter() {
    part.filtered.hidden = !Object.values(filters()).some(Boolean);
    return load();
  }

  function show(name) {
    view = name;
    for (const tab of part.tabs) tab.setAttribute("aria-pressed", String(tab.dataset.view === name));
    part.scroller.scrollTop = 0;
    part.above.hidden = true;
    return load();
  }

  for (const tab of part.tabs) tab.addEventListener("click", () => attempt(() => show(tab.dataset.view)));
  for (const name of ["channel", "topic", "wait"]) part[name].addEventListener("change", () => attempt(refilter));
  part.more.addEventListener("click", () => attempt(loadMore));
  part.above.addEventListener("click", () => part.scroller.scrollTo({ top: 0 }));
  part.scroller.addEventListener("scroll", () => part.scroller.scrollTop === 0 && (part.above.hidden = true));
  part.list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    move(step);
  });
  setInterval(tidy, TIDY_MS);
  setInterval(() => [...rows.values()].filter(({ summary }) => summary.status === "waiting").forEach(draw), TICK_MS);

  return {
    refresh,
    heard,
    count,
    move,
    mark(id) {
      const before = rows.get(open);
      open = id;
      if (before) draw(before);
      if (rows.has(id)) draw(rows.get(id));
      rove();
    },
    focus: () => move(0),
    focused: () => (part.list.contains(document.activeElement) ? document.activeElement.closest("li").dataset.id : null),
    first: () => [...rows.values()].find(({ item }) => !item.classList.contains("gone"))?.summary.id,
  };
}
