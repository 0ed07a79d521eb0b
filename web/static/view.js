// How a conversation looks: from entries and replies to elements. Everything from outside is written as text nodes.

const LINK = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]]/g;
const EMERGENCY = /\b11[1-5]\b/g;
const SAFE = /^(https?:\/\/|tel:)\S+$/i;
const SOURCE = /^(nguồn|sources?)\s*:/i;
const MARKER = /^(\p{Extended_Pictographic}\uFE0F?|\d{1,2}\.|[-•+])\s+(.+)$/u;
const ICONS = { "📄": "paper", "💰": "money", "⏱": "time", "📍": "place" };
const LABEL = /^([^:.]{2,28}:)(?:\s+(.+))?$/;
export const TURNS = new Set(["taken", "back"]);
const SPEAKERS = { citizen: "Anh/chị", assistant: "Trợ lý", staff: "Cán bộ" };

export function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// A citizen's words, with the state of their sending below.
export function said(words) {
  return bubble("citizen", [el("div", { className: "said" }, el("p", {}, words))], el("p", { className: "state" }));
}

// A reply of the assistant or of staff. `reply` is the contract's Reply; staff may send no more than its text, and are
// named by `author`. Who answers from here on is told by a line between the bubbles.
export function replied(reply, role = "assistant") {
  if (TURNS.has(reply.notice)) return el("p", { className: "turn" }, reply.text);
  const { words, sources } = split(reply.text, reply.sources || []);
  const box = el("div", { className: "said" });
  if (role === "staff") box.append(el("p", { className: "who" }, writer(reply.author)));
  words.forEach((line, at) => box.append(paragraph(line, at === 0 && words.length > 1, reply.outcome === "crisis")));
  for (const source of sources) {
    box.append(el("p", { className: "source" }, SAFE.test(source.url) ? out(source.label, source.url) : source.label));
  }
  const node = bubble(role, [box], ...choices(reply));
  if (reply.outcome) node.classList.add(reply.outcome);
  return node;
}

// The lines of a reply by themselves, without their sources: for where those are told beside it.
export function linesOf(text) {
  const { words } = split(text, []);
  return words.map((line, at) => paragraph(line, at === 0 && words.length > 1, false));
}

const writer = (name) => (name ? `${name} (cán bộ)` : SPEAKERS.staff);

export const note = (words) => el("p", { className: "note" }, words);

// Shows how the sending of a citizen's message stands: "sending", "sent", or "failed" with a way to try again.
export function mark(node, state, words = "", again = null) {
  const line = node.querySelector(".state");
  node.classList.toggle("failed", state === "failed");
  line.replaceChildren(words);
  if (again) line.append(" ", el("button", { type: "button", onclick: again }, "Gửi lại"));
}

export function markChosen(button) {
  if (button.classList.contains("chosen")) return;
  button.classList.add("chosen");
  button.append(el("span", { className: "unseen" }, " (đã chọn)"));
}

function bubble(role, ...children) {
  return el("article", { className: role }, el("h2", { className: "unseen" }, SPEAKERS[role] || SPEAKERS.assistant), ...children.flat());
}

// Parts the words from the source lines; the address on the line below a source line becomes its link.
function split(text, cited) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const words = [];
  const sources = [];
  let below = false;
  for (const line of lines) {
    if (below && SAFE.test(line)) sources[sources.length - 1].url = line;
    else if (SOURCE.test(line)) sources.push({ label: line, url: "" });
    else words.push(line);
    below = SOURCE.test(line);
  }
  if (sources.length) return { words, sources };
  return { words, sources: cited.map(({ title, code, url }) => ({ label: `Nguồn: ${title}, mã ${code}`, url })) };
}

function paragraph(line, first, crisis) {
  const marker = MARKER.exec(line);
  if (marker) {
    const icon = ICONS[marker[1].replace("\uFE0F", "")];
    const sign = el("span", { className: icon ? `mark-of icon ${icon}` : "mark-of" }, `${marker[1]} `);
    // Drawn by us, because many old phones and desks have no emoji; and no screen reader need say "page facing up".
    if (icon) sign.setAttribute("aria-hidden", "true");
    return el("p", { className: "item" }, sign, el("span", {}, ...labelled(marker[2], crisis)));
  }
  if (first && line.length <= 160) return el("p", { className: "lead" }, ...linked(line, crisis));
  return el("p", {}, ...labelled(line, crisis));
}

// "Lệ phí: 8.000 đồng" reads as a row: the label quieter than the fact.
function labelled(line, crisis) {
  const label = LABEL.exec(line);
  if (!label) return linked(line, crisis);
  return [el("span", { className: "label" }, label[1]), " ", ...linked(label[2] || "", crisis)];
}

// Addresses become links; so do emergency numbers, so that a tap calls.
function linked(line, crisis) {
  const parts = [];
  let from = 0;
  for (const found of line.matchAll(crisis ? EMERGENCY : LINK)) {
    parts.push(line.slice(from, found.index), crisis ? el("a", { href: `tel:${found[0]}` }, found[0]) : out(found[0], found[0]));
    from = found.index + found[0].length;
  }
  return [...parts, line.slice(from)].filter((part) => part !== "");
}

function choices(reply) {
  const files = (reply.attachments || []).map(({ name, url }) => ({ label: name, url }));
  const offered = [...files, ...(reply.suggestions || [])].map(choice).filter(Boolean);
  if (!offered.length) return [];
  const group = el("div", { className: "choices" }, ...offered);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Chọn tiếp");
  return [group];
}

function choice({ label, payload, url }) {
  if (payload) return el("button", { type: "button", className: "choice", name: "payload", value: payload }, label);
  if (!SAFE.test(url)) return null;
  const link = out(label.replace(/\s*↗$/, ""), url);
  link.classList.add("choice", ...(url.startsWith("tel:") ? [] : ["out"]));
  return link;
}

function out(label, url) {
  if (url.startsWith("tel:")) return el("a", { href: url }, label);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}
