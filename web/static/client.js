// The channel's JSON over HTTP (docs: POST messages, GET messages, GET events), and what this browser remembers.

const ROOT = "/api/v1/conversations";
const PATIENCE_MS = 30_000;
const KEY = "motcua";

export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

export const open = () => call("", { method: "POST" });

export const send = (conversation, message) =>
  call(`/${conversation.conversation_id}/messages`, {
    method: "POST",
    token: conversation.token,
    body: JSON.stringify(message),
  });

export async function history(conversation, after) {
  const entries = [];
  for (let more = true; more; ) {
    const from = entries.length ? entries[entries.length - 1].id : after;
    const page = await call(`/${conversation.conversation_id}/messages?after=${from}`, { token: conversation.token });
    entries.push(...page.entries);
    more = page.more;
  }
  return entries;
}

// Reads server-sent events by fetch, because EventSource cannot send the token in a header. Ends when the server does.
export async function listen(conversation, after, signal, onReply) {
  const response = await fetch(`${ROOT}/${conversation.conversation_id}/events?after=${after}`, {
    headers: { Authorization: `Bearer ${conversation.token}` },
    signal,
  });
  if (!response.ok) throw new Refused(response.status, "");
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data) onReply(JSON.parse(data.slice(6)));
    }
  }
}

async function call(path, { method = "GET", token, body } = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const response = await fetch(ROOT + path, { method, headers, body, signal: stop.signal });
    const data = await response.json();
    if (!response.ok) throw new Refused(response.status, data.error.message);
    return data;
  } finally {
    clearTimeout(timer);
  }
}

// Frames of other sites may be denied storage: then the conversation lasts as long as the page.
let memory = null;

export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || memory;
  } catch {
    return memory;
  }
}

export function remember(state) {
  memory = state;
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // Told above.
  }
}
