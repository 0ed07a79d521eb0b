// The desk's JSON over HTTP and its stream of events. Every fault becomes one of two errors with words to show.

const ROOT = "/desk/api";
const PATIENCE_MS = 15_000;
const SLOWEST_RECONNECT_MS = 20_000;
const SIGNED_OUT = 401;
const FORBIDDEN = 403;

// The server answered, and said no: `code`, and `holder` when a colleague has the conversation.
export class Refused extends Error {
  constructor(status, { error = {}, holder = null } = {}) {
    super(error.message || "Máy chủ không làm được việc này. Anh/chị thử lại sau ít phút.");
    this.status = status;
    this.code = error.code || "";
    this.holder = holder;
  }
}

// No answer came: nobody knows whether the request arrived, so the same one may be sent again.
export class Unreachable extends Error {
  constructor() {
    super("Chưa kết nối được với máy chủ.");
  }
}

const told = { signedOut: () => {}, forbidden: () => {}, reached: () => {} };

// Says what to do when the session has ended, when the page lost its rights, and whenever the server is reached or not.
export function tell(what) {
  Object.assign(told, what);
}

export const get = (path, signal) => call("GET", path, undefined, signal);
export const post = (path, body = {}) => call("POST", path, body);
export const remove = (path, body) => call("DELETE", path, body);

async function call(method, path, body, signal) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  const cancel = () => stop.abort();
  signal?.addEventListener("abort", cancel);
  try {
    const response = await fetch(ROOT + path, {
      method,
      headers: {
        Accept: "application/json",
        "X-CSRF-Token": document.querySelector("meta[name=csrf]").content,
        ...(body && { "Content-Type": "application/json" }),
      },
      body: body && JSON.stringify(body),
      signal: stop.signal,
    });
    const data = await response.json().catch(() => ({}));
    told.reached(true);
    if (response.status === SIGNED_OUT) told.signedOut();
    if (response.status === FORBIDDEN) told.forbidden();
    if (!response.ok) throw new Refused(response.status, data);
    return data;
  } catch (error) {
    if (error instanceof Refused || signal?.aborted) throw error;
    told.reached(false);
    throw new Unreachable();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

// Opens the stream of events and keeps it open. `on` has a function for each kind of event; `begin` runs after each
// (re)connection, because what happened in between may have been missed.
export function follow(kinds, begin) {
  let delay = 1000;
  let source = null;
  const connect = () => {
    source = new EventSource("/desk/events");
    source.onopen = () => {
      delay = 1000;
      told.reached(true);
      begin();
    };
    for (const [kind, heard] of Object.entries(kinds)) {
      source.addEventListener(kind, (event) => heard(JSON.parse(event.data)));
    }
    source.onerror = () => {
      // The browser tries again by itself after a break, but not after a refusal: then ask why, and begin anew later.
      if (source.readyState !== EventSource.CLOSED) return told.reached(false);
      get("/colleagues").catch(() => {});
      setTimeout(connect, delay);
      delay = Math.min(2 * delay, SLOWEST_RECONNECT_MS);
    };
  };
  connect();
  addEventListener("pagehide", () => source.close());
}
