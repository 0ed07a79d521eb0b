// The chat page: sends what is written or tapped, shows what comes back, and survives reloads and dead spots.

import { Refused, history, listen, open, remember, remembered, send } from "./client.js";
import { mark, markChosen, note, replied, said } from "./view.js";

const LONGEST = 2000;
const TYPING_AFTER_MS = 300;
const RETRY_AFTER_MS = 3000;
const NEAR_END_PX = 120;
const NOT_READY = 503;
const TOO_FAST = 429;

const [log, typing, text, count, offline, sure] = ["log", "typing", "text", "count", "offline", "sure"].map((id) =>
  document.getElementById(id),
);
const composer = text.form;

// `conversation` and `pending` (sent, but not yet answered) are kept in the browser; `last` is the newest entry seen.
let conversation = null;
let pending = [];
let last = 0;
let own = new Set();
let queue = Promise.resolve();
let stream = null;
let retry = 0;
let hearing = Promise.resolve();

const keep = () => remember({ conversation, pending });
const started = (yes) => document.body.classList.toggle("started", yes);

// ---- sending

function say(item) {
  pending.push(item);
  keep();
  const node = show(item);
  enqueue(item, node);
  node.scrollIntoView({ block: "start" });
}

function show(item) {
  const node = said(item.label || item.text);
  node.dataset.id = item.id;
  own.add(item.id);
  log.append(node);
  started(true);
  return node;
}

// One at a time: messages reach the assistant in the order they were written.
function enqueue(item, node) {
  mark(node, "sending", "Đang gửi…");
  queue = queue.then(() => deliver(item, node));
}

async function deliver(item, node) {
  if (!node.isConnected) return;
  const timer = setTimeout(() => (typing.textContent = "Đang tìm trong danh mục…"), TYPING_AFTER_MS);
  try {
    const { replies } = await answerTo(item);
    connection(true);
    if (!node.isConnected) return;
    settle(item);
    mark(node, "sent", replies.length ? "" : "Đã gửi");
    let place = node;
    for (const reply of replies) {
      place.after((place = replied(reply)));
    }
    node.scrollIntoView({ block: "start" });
    wait();
  } catch (error) {
    if (!(error instanceof Refused)) connection(false);
    fail(item, node, error);
  } finally {
    clearTimeout(timer);
    typing.textContent = "";
  }
}

function settle(item) {
  pending = pending.filter(({ id }) => id !== item.id);
  keep();
}

async function answerTo(item) {
  const message = item.payload ? { id: item.id, payload: item.payload } : { id: item.id, text: item.text };
  for (let attempt = 0; ; attempt++) {
    try {
      conversation ||= await open();
      keep();
      return await send(conversation, message);
    } catch (error) {
      const lost = error.status === 401 || error.status === 404;
      if (attempt > 20 || !(lost || error.status === NOT_READY || error.status === TOO_FAST)) throw error;
      if (lost && attempt) throw error;
      if (lost) forget("Cuộc trò chuyện trước không còn trên máy chủ nên tôi mở cuộc mới.");
      else await pause(2000);
    }
  }
}

function fail(item, node, error) {
  const refused = error instanceof Refused && error.status < 500 && error.status !== 429;
  if (!refused) return mark(node, "failed", "Chưa gửi được.", () => enqueue(item, node));
  // Sending the same again would be refused again.
  settle(item);
  mark(node, "failed", error.message);
}

// ---- hearing replies that staff write later

function wait() {
  if (stream || !conversation || document.hidden) return;
  stream = new AbortController();
  follow(conversation, stream);
}

async function follow(which, control) {
  for (let delay = 1000; !control.signal.aborted; delay = Math.min(2 * delay, 30_000)) {
    try {
      await listen(which, last, control.signal, (entry) => {
        delay = 1000;
        // One by one: fetching what another tab said must not run past a reply that follows it.
        hearing = hearing.then(() => heard(entry)).catch(() => {});
      });
    } catch (error) {
      if (error.status === 401 || error.status === 404) return;
    }
    await pause(delay * (1 + Math.random()));
  }
}

function stopWaiting() {
  stream?.abort();
  stream = null;
}

async function heard(entry) {
  if (entry.id <= last) return;
  // Answers to this page's own messages are shown by `deliver`; another tab's question must be fetched with its answer.
  if (own.has(entry.message_id)) last = entry.id;
  else await catchUp();
}

// What comes later is brought into view for whoever reads the end; whoever reads further up stays there.
const atEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - NEAR_END_PX;

async function catchUp() {
  const which = conversation;
  const follows = atEnd();
  for (const entry of await history(which, last)) {
    if (which !== conversation || entry.id <= last) continue;
    last = entry.id;
    if (!own.has(entry.message_id)) showEntry(entry);
  }
  if (follows) log.lastElementChild?.scrollIntoView({ block: "end" });
}

function showEntry({ role, body }) {
  if (role !== "citizen") return log.append(replied(body, role));
  const offered = body.payload && [...log.querySelectorAll("button[name=payload]")].filter((b) => b.value === body.payload).pop();
  const tapped = body.payload?.startsWith("about:") ? "(mở thủ tục từ đường dẫn)" : "(đã chọn một gợi ý)";
  log.append(said(body.text || offered?.firstChild.data || tapped));
  if (offered) markChosen(offered);
}

// ---- beginning, coming back, beginning anew

async function begin() {
  log.replaceChildren();
  started(false);
  const state = remembered();
  if (!state) return;
  conversation = state.conversation;
  pending = state.pending || [];
  if (conversation) {
    started(true);
    log.setAttribute("aria-busy", "true");
    try {
      const before = new Set(pending.map(({ id }) => id));
      for (const entry of await history(conversation, 0)) {
        last = entry.id;
        showEntry(entry);
        if (before.has(entry.message_id)) pending = pending.filter(({ id }) => id !== entry.message_id);
      }
    } catch (error) {
      if (error.status === 401 || error.status === 404) {
        forget("Cuộc trò chuyện trước không còn trên máy chủ. Anh/chị cứ hỏi lại từ đầu.");
      } else {
        log.append(note("Chưa tải được nội dung trước. Anh/chị vẫn hỏi tiếp được."));
      }
    }
    log.removeAttribute("aria-busy");
  }
  for (const item of pending) fail(item, show(item), new Error());
  keep();
  log.lastElementChild?.scrollIntoView({ block: "end" });
  wait();
}

// A link or QR code opens the page on a procedure; once asked about, the address forgets it, so that a reload does not.
function openProcedure() {
  const { open: payload, name: label } = document.querySelector("main").dataset;
  if (!payload) return;
  const address = new URL(location);
  address.searchParams.delete("p");
  window.history.replaceState(null, "", address);
  say({ id: newId(), payload, label });
}

function forget(words) {
  stopWaiting();
  conversation = null;
  last = 0;
  if (words) log.append(note(words));
  keep();
}

function restart() {
  pending = [];
  forget();
  log.replaceChildren();
  started(false);
  scrollTo(0, 0);
  text.focus({ preventScroll: true });
}

// ---- events of the page

function submitText() {
  const words = text.value.trim();
  if (!words || words.length > LONGEST) return measure();
  text.value = "";
  measure();
  say({ id: newId(), text: words });
}

function measure() {
  const size = text.value.trim().length;
  const over = size > LONGEST;
  count.classList.toggle("over", over);
  count.textContent = over
    ? `Tin nhắn dài ${size.toLocaleString("vi")} ký tự, tôi đọc được tối đa 2.000. Anh/chị rút gọn hoặc gửi làm hai lần.`
    : size > LONGEST - 200
      ? `${size.toLocaleString("vi")}/2.000`
      : "";
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

text.addEventListener("keydown", (event) => {
  // While Telex or VNI is composing a letter, Enter belongs to it (229 is how older browsers tell).
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submitText();
});
text.addEventListener("input", measure);

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  submitText();
  text.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("main button[name]");
  if (!button) return;
  event.preventDefault();
  if (button.name === "text") {
    say({ id: newId(), text: button.value });
    // The button goes away with the welcome. By keyboard the focus needs a place; by touch it would raise the keys.
    if (event.detail === 0) text.focus({ preventScroll: true });
    return;
  }
  markChosen(button);
  say({ id: newId(), payload: button.value, label: button.firstChild.data });
});

document.getElementById("restart").addEventListener("submit", (event) => {
  event.preventDefault();
  sure.returnValue = "";
  if (sure.showModal) sure.showModal();
  else if (confirm(sure.querySelector("p").textContent)) restart();
});
sure.addEventListener("close", () => sure.returnValue === "yes" && restart());

document.addEventListener("visibilitychange", () => (document.hidden ? stopWaiting() : wait()));

// What the browser says of the network is a hint only: our server may be reached without any (a desk's own machine).
function connection(reached) {
  offline.hidden = reached;
  offline.textContent = reached ? "" : "Mất kết nối mạng. Có mạng lại, tin nhắn chưa gửi sẽ được gửi tiếp.";
  clearTimeout(retry);
  if (!reached) retry = setTimeout(sendAgain, RETRY_AFTER_MS);
}

function sendAgain() {
  for (const button of log.querySelectorAll(".failed .state button")) button.click();
}

addEventListener("offline", () => connection(false));
addEventListener("online", () => {
  connection(true);
  sendAgain();
});

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// crypto.randomUUID is missing on plain http, as on a desk's own network.
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

begin().then(openProcedure);
