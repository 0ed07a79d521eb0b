// The page on which a procedure is written: rows that come, go and move; a preview that follows what is typed; and what
// was typed and not saved is kept in this browser until it is.

const KEPT_AT = { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit", day: "numeric", month: "numeric" };
const form = document.getElementById("procedure");
const csrf = document.querySelector("meta[name=csrf]").content;
const said = document.getElementById("said");
const undone = document.getElementById("undone");
let made = 0;

// Rows

function renumber(rows) {
  const one = rows.dataset.one;
  [...rows.querySelector(":scope > .row-list").children].forEach((row, place) => {
    const own = row.querySelectorAll(":scope > legend .ordinal, :scope > .row-tools .ordinal");
    own.forEach((ordinal) => { ordinal.textContent = `${one} ${place + 1}`; });
  });
}

function add(rows, button) {
  const key = `n${Date.now().toString(36)}${made++}`;
  const holder = document.createElement("template");
  // As text: the templates of rows within this one carry its key in their names too.
  holder.innerHTML = rows.querySelector(":scope > template").innerHTML.replaceAll(button.dataset.key, key);
  const row = holder.content.firstElementChild;
  rows.querySelector(":scope > .row-list").append(row);
  renumber(rows);
  row.querySelector("input, select, textarea").focus();
}

function move(rows, row, step) {
  const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  const focused = document.activeElement;
  if (step < 0) other.before(row);
  else other.after(row);
  focused.focus();
  renumber(rows);
  const place = [...row.parentElement.children].indexOf(row) + 1;
  said.textContent = `Đã chuyển thành ${rows.dataset.one} ${place}.`;
  changed();
}

function remove(rows, row) {
  const list = row.parentElement;
  const next = row.nextElementSibling;
  const name = row.querySelector("legend").textContent.trim();
  row.remove();
  renumber(rows);
  (next ?? rows.querySelector(":scope > [data-do=add]")).querySelector?.("input, select, textarea, button")?.focus();
  if (!next) rows.querySelector(":scope > [data-do=add]").focus();
  const back = document.createElement("button");
  back.type = "button";
  back.className = "button small";
  back.textContent = `Lấy lại ${name}`;
  back.addEventListener("click", () => {
    list.insertBefore(row, next?.parentElement === list ? next : null);
    renumber(rows);
    undone.replaceChildren();
    row.querySelector("input, select, textarea").focus();
    changed();
  });
  undone.replaceChildren(`Đã bỏ ${name}. `, back);
  changed();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  const rows = button.closest("[data-rows]");
  const row = button.closest("[data-row]");
  if (button.dataset.do === "add") add(rows, button);
  if (button.dataset.do === "up") move(rows, row, -1);
  if (button.dataset.do === "down") move(rows, row, 1);
  if (button.dataset.do === "remove") remove(rows, row);
});

form.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const row = event.altKey && step ? event.target.closest("[data-row]") : null;
  if (!row) return;
  event.preventDefault();
  move(row.closest("[data-rows]"), row, step);
});

// Preview

const facet = document.getElementById("facet");
const state = document.getElementById("preview-state");
let asking = null;
let waiting = 0;

function typed() {
  return new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "csrf"));
}

async function preview() {
  asking?.abort();
  asking = new AbortController();
  const late = setTimeout(() => asking.abort("late"), 10000);
  const body = typed();
  body.set("facet", facet.value);
  if (form.dataset.code !== "new") body.set("code", form.dataset.code);
  try {
    const response = await fetch("/admin/procedures/preview", {
      method: "POST", body, signal: asking.signal, headers: { "X-CSRF-Token": csrf, Accept: "application/json" },
    });
    if (!response.ok) throw new Error(String(response.status));
    show(await response.json());
    state.textContent = "Theo những gì đang gõ, chưa lưu.";
  } catch (error) {
    if (error.name === "AbortError") return;
    state.textContent = error.message === "401"
      ? "Phiên đăng nhập đã hết. Những gì đã gõ được giữ trong trình duyệt; mở trang đăng nhập ở thẻ khác rồi quay lại."
      : "Chưa xem trước được. Sẽ thử lại khi anh/chị gõ tiếp.";
  } finally {
    clearTimeout(late);
  }
}

function show({ html, faults, remarks }) {
  const open = [...document.querySelectorAll("#previewed details")].map((one) => one.open);
  const page = new DOMParser().parseFromString(html, "text/html");
  page.querySelectorAll("details").forEach((one, place) => { if (place in open) one.open = open[place]; });
  document.getElementById("previewed").replaceChildren(...page.body.childNodes);
  tell(faults, "wrong");
  tell(remarks, "remark");
  for (const field of form.querySelectorAll("[name]:not([type=hidden], button, #why)")) {
    if (field.name in faults && seen(field.name)) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

// What is missing in a place where nobody was yet is no mistake.
const visited = new Set();
const whole = form.dataset.code !== "new" || form.dataset.unsaved === "1";
const seen = (path) => whole || visited.has(path);
form.addEventListener("focusout", (event) => visited.add(event.target.name));

const idOf = (path) => `f-${path.replaceAll(".", "-")}`;

function tell(found, kind) {
  for (const place of form.querySelectorAll(`.${kind}`)) if (place.id !== "why-wrong") place.textContent = "";
  for (const [path, words] of Object.entries(found)) {
    const place = document.getElementById(`${idOf(path)}-${kind}`);
    if (place && seen(path)) place.textContent = words;
  }
}

form.addEventListener("focusin", (event) => {
  const about = event.target.closest("[data-facet]")?.dataset.facet;
  if (!about || about === facet.value) return;
  facet.value = about;
  later(150);
});
facet.addEventListener("change", () => preview());

function later(pause) {
  clearTimeout(waiting);
  waiting = setTimeout(preview, pause);
}

// What is typed is kept until it is saved

const place = `motcua-procedure-${form.dataset.code}`;
const begun = typed().toString();
const notice = document.getElementById("kept");
let leaving = false;

const kept = () => JSON.parse(sessionStorage.getItem(place) ?? "null");
const differs = () => typed().toString() !== begun || form.dataset.unsaved === "1";

function keep() {
  const text = typed().toString();
  if (text === begun && form.dataset.unsaved !== "1") return;
  try {
    sessionStorage.setItem(place, JSON.stringify({ text, at: Date.now(), on: form.elements.based_on.value }));
  } catch {
    state.textContent = "Trình duyệt hết chỗ nên không giữ được bản đang gõ. Anh/chị lưu nháp sớm.";
  }
}

let keeping = 0;
function changed() {
  clearTimeout(keeping);
  keeping = setTimeout(keep, 500);
  later(400);
}
form.addEventListener("input", changed);

form.addEventListener("submit", () => {
  leaving = true;
  clearTimeout(keeping);
  keep();
  const held = kept();
  if (held) sessionStorage.setItem(place, JSON.stringify({ ...held, sent: true }));
});
addEventListener("beforeunload", (event) => {
  if (!leaving && differs()) event.preventDefault();
});

function offer() {
  const held = kept();
  if (!held || held.text === begun || form.dataset.unsaved === "1") return;
  // Sent, and a newer version is there: it was saved.
  if (held.sent && form.dataset.code !== "new" && held.on !== form.elements.based_on.value) {
    sessionStorage.removeItem(place);
    return;
  }
  notice.querySelector("[data-when]").textContent =
    new Date(held.at).toLocaleString("vi-VN", KEPT_AT);
  notice.hidden = false;
}

document.addEventListener("click", (event) => {
  const deed = event.target.dataset?.kept;
  if (deed === "drop") {
    sessionStorage.removeItem(place);
    notice.hidden = true;
    leaving = true;
    setTimeout(() => { leaving = false; });
  }
  if (deed === "show") {
    const again = document.createElement("form");
    again.method = "post";
    again.action = form.action;
    const fields = new URLSearchParams(kept().text);
    fields.set("csrf", csrf);
    fields.set("do", "show");
    for (const [name, value] of fields) {
      // Not an input: it would drop the ends of lines.
      const input = document.createElement("textarea");
      input.name = name;
      input.value = value;
      again.append(input);
    }
    again.hidden = true;
    document.body.append(again);
    leaving = true;
    again.submit();
  }
});

offer();
document.getElementById("wrong")?.focus();
preview();
