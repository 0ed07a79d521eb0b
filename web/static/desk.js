// The page of the desk: puts queue, conversation, composer and suggested answers together, and gives each act its key.

import { Refused, follow, get, post } from "./desk_api.js";
import { askBack, askClose, askHandover, askNote, askTakeover } from "./desk_ask.js";
import { makeCanned } from "./desk_canned.js";
import { makeCompose } from "./desk_compose.js";
import "./desk_connection.js";
import { makeDrafts } from "./desk_drafts.js";
import { lettersOn, listenForKeys, setLetters } from "./desk_keys.js";
import { makeMarks } from "./desk_marks.js";
import { announce, attempt, dismiss, notice, quietly } from "./desk_notice.js";
import { makeQueue } from "./desk_queue.js";
import { makeSearch } from "./desk_search.js";
import { dueWords, hintFor, may, stateWords } from "./desk_state.js";
import { makeTalk } from "./desk_talk.js";
import { reasonWords } from "./desk_words.js";
import { linesOf } from "./view.js";

const RENEW_MS = 30_000;
const CATCH_UP_MS = 60_000;
const DELIVERY_MS = 3000;
const REDRAFT_MS = 400;
const CONFLICT = 409; // a colleague was quicker
// Whoever has done nothing here for so long is not at the desk: what they hold goes back to the others.
const GONE_AFTER_MS = 15 * 60_000;

const $ = (id) => document.getElementById(id);
const desk = $("desk");
const me = Number(desk.dataset.me);
const lead = Boolean(desk.dataset.lead);
const path = (id, deed = "") => `/conversations/${encodeURIComponent(id)}${deed && `/${deed}`}`;

let open = null; // the summary of the conversation that is open
let opening = 0;
let answer = null; // the assistant's answer that waits for leave
let busy = Promise.resolve(); // what reads or adds entries of the open conversation, one after another
let draftedFor = 0;
let redraft = 0;
let onDuty = false;
let lastDeed = Date.now();
let acting = null; // the conversation that this person does something with right now
const held = new Set();

const queue = makeQueue(
  {
    list: $("queue"),
    scroller: $("queue-scroller"),
    empty: $("queue-empty"),
    more: $("queue-more"),
    above: $("queue-above"),
    tabs: document.querySelectorAll("[data-view]"),
    channel: $("filter-channel"),
    topic: $("filter-topic"),
    wait: $("filter-wait"),
    filtered: $("filters-on"),
  },
  (id) => attempt(() => openTalk(id)),
);
const talk = makeTalk($("talk"), $("fresh"), (entry, mark, button) => marks.put(entry, mark, button));
const marks = makeMarks(talk);
const drafts = makeDrafts(
  { box: $("drafts"), state: $("drafts-state"), list: $("drafts-list"), similar: $("similar") },
  (draft, atOnce) => attempt(() => takeDraft(draft, atOnce)),
);
const text = $("text");
const serially = (doing) => (busy = busy.catch(() => {}).then(doing));
const compose = makeCompose({ text, count: $("count"), send: $("send") }, me, {
  onState: (item, words, ...actions) => {
    if (item.conversation !== open?.id) return;
    if (words === null) talk.drop(item.key);
    else talk.unsent(item, words, ...actions);
  },
  serially,
  onSent: sent,
  onRefused: (item, error) => {
    notice(`Chưa gửi: ${error.message} Nội dung đã được đưa lại vào ô soạn.`, { fault: true });
    if (item.conversation === open?.id) attempt(refresh);
  },
});
const canned = makeCanned(text, $("canned"), (words) => compose.replace(words));
const search = makeSearch(
  $("search"),
  {
    input: $("search-input"),
    list: $("search-list"),
    state: $("search-state"),
    script: $("script"),
    name: $("script-name"),
    facets: $("script-facets"),
    words: $("script-words"),
    source: $("script-source"),
    copy: $("script-copy"),
    insert: $("script-insert"),
  },
  (found) => attempt(() => takeDraft(found, false)),
);

// ---- the open conversation

async function openTalk(id) {
  if (open?.id === id) return showPane("talk");
  const turn = ++opening;
  const page = await get(path(id));
  if (turn !== opening) return;
  dismiss();
  canned.close();
  drafts.clear();
  talk.clear();
  draftedFor = 0;
  open = page.summary;
  location.hash = `c=${encodeURIComponent(id)}`;
  queue.mark(id);
  $("talk-empty").hidden = true;
  $("composer").hidden = $("deeds").hidden = false;
  showPane("talk");
  talk.add(page.entries);
  compose.open(id);
  show(page);
  await serially(() => readOn(id, page));
  if (open?.id !== id) return;
  talk.toEnd();
  talk.settled();
  suggest();
  marks.learn();
  if (open.mine) text.focus({ preventScroll: true });
  else $("talk-title").focus({ preventScroll: true });
}

// Long conversations come in pages.
async function readOn(id, page) {
  for (let part = page; part.more && open?.id === id; ) {
    part = await get(`${path(id)}?after=${talk.last()}`);
    if (open?.id === id) talk.add(part.entries);
  }
}

function refresh(own = false) {
  const { id } = open;
  return serially(async () => {
    if (open?.id !== id) return;
    const undelivered = talk.undelivered();
    const page = await get(`${path(id)}?after=${undelivered === null ? talk.last() : undelivered - 1}`);
    if (open?.id !== id) return;
    talk.add(page.entries);
    await readOn(id, page);
    show(page, own);
    suggest();
  });
}

// `own`: this person changed it just now, so that it is no news to them who has it.
function show({ summary, held_answer: waiting = null }, own = false) {
  const before = open;
  open = summary;
  keepHold(summary);
  answer = waiting;
  compose.checking(answer?.id ?? null);
  const { who, status, mine, topic, contact, ticket, note, reason } = summary;
  $("talk-title").textContent = who;
  const about = [topic?.name, reasonWords(reason), contact && `liên hệ: ${contact}`, ticket && `phiếu ${ticket}`];
  $("talk-about").textContent = about.filter(Boolean).join(" · ");
  $("talk-note").hidden = !note;
  $("talk-note").textContent = note ? `Ghi chú: ${note}` : "";
  for (const button of document.querySelectorAll("[data-deed]")) button.hidden = !may(open, button.dataset.deed, lead);
  showAnswer();
  const lost = !own && before?.id === summary.id && before.mine;
  const state = stateWords(summary, lost, compose.holds());
  $("talk-state").hidden = !state;
  if ($("talk-state").textContent !== state) $("talk-state").textContent = state;
  compose.allow(mine && status === "held", hintFor(summary, lead));
}

function showAnswer() {
  $("held").hidden = !answer;
  if (!answer) return;
  $("held-due").textContent = dueWords(answer);
  $("held-words").replaceChildren(...answer.replies.flatMap(({ text: words }) => linesOf(words)));
}

// Suggested answers follow what the citizen wrote last.
function suggest(force = false) {
  const latest = talk.lastOf("citizen");
  if (!open || !latest || (latest === draftedFor && !force)) return;
  const first = !draftedFor;
  if (!first && !force) drafts.withdraw("Người dân vừa viết thêm. Đang tìm câu gợi ý mới…");
  draftedFor = latest;
  const { id } = open;
  clearTimeout(redraft);
  redraft = setTimeout(() => open?.id === id && drafts.load(id), first ? 0 : REDRAFT_MS);
}

// ---- deeds

async function deed(name, body) {
  const { id } = open;
  acting = id;
  try {
    const { summary } = await post(path(id, name), body);
    dismiss();
    queue.heard(summary);
    if (open?.id === id) show({ summary, held_answer: answer }, true);
    return true;
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== CONFLICT) throw error;
    notice(error.message, { fault: true });
    if (open?.id === id) await refresh();
    return false;
  } finally {
    acting = null;
  }
}

async function take() {
  if (!open) {
    const first = queue.first();
    if (!first) return notice("Không có cuộc nào để nhận.");
    await openTalk(first);
  }
  if (open.mine && open.status === "held") return text.focus();
  if (open.status === "held") return takeOver();
  if (await deed("take")) text.focus();
}

async function takeOver() {
  const name = open.holder?.name || "Cán bộ khác";
  if (!lead) return notice(`${name} đang trả lời cuộc này. Cần đổi người thì báo trưởng ca.`);
  const told = await askTakeover(name);
  if (told && (await deed("takeover", told))) text.focus();
}

async function handOver() {
  const everybody = await get("/colleagues");
  const told = await askHandover(everybody.filter(({ id, presence }) => id !== me && presence === "online"));
  if (told) await deed("handover", told);
}

async function back() {
  if (await askBack()) await deed("back");
}

async function close() {
  const told = await askClose();
  if (told) await deed("close", told);
}

async function writeNote() {
  const told = await askNote(open.note || "");
  if (told) await deed("note", told);
}

const deeds = { takeover: takeOver, handover: handOver, back, close, note: writeNote };

// Runs a deed when the conversation allows it, and says why not otherwise. It is the one whose row has the focus, so
// that whoever went there by key acts on what they see marked; else the open one.
async function run(name) {
  const chosen = queue.focused();
  if (chosen && chosen !== open?.id) await openTalk(chosen);
  if (name === "take") return take();
  if (!open) return notice("Mở một cuộc trò chuyện trước đã.");
  if (may(open, name, lead)) return deeds[name]();
  return notice(open.mine ? "Cuộc này chưa làm được việc đó." : "Anh/chị nhận cuộc này trước đã (phím T).");
}

// ---- writing

// Using a suggested answer takes a conversation that waits; from a colleague or the assistant it is taken on purpose only.
async function holdIt(alsoFromAssistant = false) {
  const { status, mine, holder } = open;
  if (status === "held" && mine) return true;
  if (status === "waiting" || (status !== "held" && alsoFromAssistant)) return deed("take");
  const theirs = `${holder?.name || "Cán bộ khác"} đang trả lời cuộc này.`;
  notice(status === "held" ? theirs : "Anh/chị nhận cuộc này trước đã (phím T).");
  return false;
}

async function takeDraft(draft, atOnce) {
  const id = open?.id;
  if (!id || !(await holdIt()) || open?.id !== id) return;
  const { code, facet, version, text: words } = draft;
  const origin = draft.earlier ? null : { code, facet, version, text: words };
  if (atOnce) compose.sendAtOnce(words, origin, talk.lastOf("citizen") || null);
  else {
    showPane("talk");
    compose.insert(words, origin);
    announce("Đã chèn vào ô soạn.");
  }
}

function draftKey(number, atOnce) {
  const draft = drafts.at(number);
  if (draft) attempt(() => takeDraft(draft, atOnce));
  else if (open) notice(`Chưa có câu gợi ý số ${number} để dùng.`);
}

function submit() {
  if (compose.submit(talk.lastOf("citizen") || null)) canned.close();
}

function sent(item, told) {
  if (item.conversation !== open?.id) return;
  talk.drop(item.key);
  if (told.entry) talk.add([told.entry], true);
  if (told.masked) notice("Số giấy tờ cá nhân trong câu trả lời đã được che trước khi gửi.");
  drafts.withdraw("Anh/chị đã trả lời. Câu gợi ý mới hiện khi người dân viết tiếp.", true);
  quietly(refresh);
}

async function approve() {
  const { id } = answer;
  await post(`/held/${id}`, { decision: "approve", key: `held-${id}` });
  notice("Đã gửi câu trả lời của trợ lý.");
  await refresh();
}

async function rewrite(decision) {
  const { id, replies } = answer;
  if (!(await holdIt(true)) || answer?.id !== id) return;
  const words = decision === "edit" ? replies.map((reply) => reply.text).join("\n\n") : text.value;
  compose.replace(words, { held: { id, decision } });
}

// ---- what others do

function heardConversation(summary) {
  queue.heard(summary);
  keepHold(summary);
  if (summary.id !== open?.id) return;
  const own = acting === summary.id;
  const wasMine = open.mine && !own;
  quietly(async () => {
    await refresh(own);
    if (wasMine && !open.mine) notice(stateWords(open, true, compose.holds()), { fault: true });
  });
}

function keepHold({ id, mine, status }) {
  if (mine && status === "held") held.add(id);
  else held.delete(id);
}

function heardKnowledge() {
  if (!open) return;
  drafts.withdraw("Danh mục vừa thay đổi. Đang tìm lại câu gợi ý…");
  suggest(true);
}

async function renew() {
  if (Date.now() - lastDeed > GONE_AFTER_MS) return;
  for (const id of held) {
    try {
      keepHold((await post(path(id, "renew"))).summary);
    } catch (error) {
      if (!(error instanceof Refused)) return;
      held.delete(id);
      if (open?.id === id) quietly(refresh);
    }
  }
}

async function catchUp() {
  await queue.refresh();
  const mine = await get("/queue?view=mine");
  mine.conversations.forEach(keepHold);
  if (open) await refresh();
  compose.pump();
}

// ---- presence

function showPresence(status) {
  onDuty = status === "online";
  $("presence").setAttribute("aria-pressed", String(onDuty));
  $("presence-words").textContent = onDuty ? "Đang trực" : "Tạm nghỉ";
  $("away").hidden = onDuty;
}

async function togglePresence() {
  const status = onDuty ? "away" : "online";
  await post("/presence", { status });
  showPresence(status);
  if (onDuty) notice("Anh/chị đang trực. Đồng nghiệp chuyển cuộc cho anh/chị được.");
  else notice("Anh/chị tạm nghỉ. Cuộc đang giữ vẫn là của anh/chị.");
}

// ---- panes on narrow screens

function showPane(name) {
  desk.dataset.pane = name;
  showDrafts(false);
}

function showDrafts(yes = !desk.hasAttribute("data-drafts")) {
  desk.toggleAttribute("data-drafts", yes);
  $("to-drafts").setAttribute("aria-expanded", String(yes));
  if (yes) $("close-drafts").focus();
}

// ---- events of the page

listenForKeys(
  {
    j: () => queue.move(1),
    k: () => queue.move(-1),
    t: () => attempt(() => run("take")),
    r: () => (open ? text.focus() : notice("Mở một cuộc trò chuyện trước đã.")),
    h: () => attempt(() => run("handover")),
    b: () => attempt(() => run("back")),
    e: () => attempt(() => run("close")),
    n: () => attempt(() => run("note")),
    a: () => attempt(togglePresence),
    s: () => showDrafts(),
    g: () => marks.key("good"),
    m: () => marks.key("missing"),
    w: () => marks.key("wrong_procedure"),
    "?": () => $("keys").showModal(),
    "/": () => open?.mine && compose.insert("/"),
    Escape: () => showDrafts(false),
    1: () => draftKey(1, false),
    2: () => draftKey(2, false),
    3: () => draftKey(3, false),
    "Shift+1": () => draftKey(1, true),
    "Shift+2": () => draftKey(2, true),
    "Shift+3": () => draftKey(3, true),
  },
  {
    k: () => search.open(Boolean(open?.mine)),
    Enter: () => (answer && !compose.holds() ? attempt(approve) : submit()),
  },
);

text.addEventListener("input", () => canned.look(open?.id));
text.addEventListener("keydown", (event) => {
  if (canned.key(event)) return;
  if (event.key === "Escape") $("talk").focus();
});
$("composer").addEventListener("submit", (event) => (event.preventDefault(), submit()));
for (const button of document.querySelectorAll("[data-deed]")) {
  button.addEventListener("click", () => attempt(() => run(button.dataset.deed)));
}
$("presence").addEventListener("click", () => attempt(togglePresence));
$("phone").addEventListener("click", () => search.open(Boolean(open?.mine)));
$("help").addEventListener("click", () => $("keys").showModal());
$("to-queue").addEventListener("click", () => (showPane("queue"), queue.focus()));
$("to-drafts").addEventListener("click", () => showDrafts());
$("close-drafts").addEventListener("click", () => (showDrafts(false), $("to-drafts").focus()));
$("held-approve").addEventListener("click", () => attempt(approve));
$("held-edit").addEventListener("click", () => attempt(() => rewrite("edit")));
$("held-own").addEventListener("click", () => attempt(() => rewrite("reject")));
$("letters").checked = lettersOn();
$("letters").addEventListener("change", () => setLetters($("letters").checked));
for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => (lastDeed = Date.now()), { passive: true });
addEventListener("online", () => quietly(catchUp));
document.addEventListener("visibilitychange", () => document.hidden || quietly(catchUp));
setInterval(renew, RENEW_MS);
setInterval(() => document.hidden || quietly(catchUp), CATCH_UP_MS);
setInterval(() => open && talk.undelivered() !== null && quietly(refresh), DELIVERY_MS);

follow(
  {
    conversation: heardConversation,
    counts: (counts) => queue.count(counts),
    presence: ({ id, presence }) => id === me && showPresence(presence),
    knowledge: heardKnowledge,
    ended: () => quietly(() => get("/colleagues")), // which says why
  },
  () => quietly(catchUp),
);

// The queue is read once the stream is open, so that nothing falls in between.
async function begin() {
  showPresence(desk.dataset.presence);
  const id = new URLSearchParams(location.hash.slice(1)).get("c");
  if (id) await openTalk(id);
}

attempt(begin);
