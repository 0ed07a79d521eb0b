// The page inside the widget's frame: asks the site around it to close, takes the focus when it is opened, tells of
// new replies, and wears the site's colour where that can be read.

const query = new URLSearchParams(location.search);
const host = query.get("host");
const tell = (type, more) => host && parent.postMessage({ type, ...more }, host);
const log = document.getElementById("log");

document.getElementById("close").addEventListener("click", () => tell("motcua:close"));
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !document.getElementById("sure").open) tell("motcua:close");
});
addEventListener("message", (event) => {
  if (event.source === parent && event.origin === host && event.data?.type === "motcua:open") {
    document.getElementById("text").focus({ preventScroll: true });
  }
});
new MutationObserver((changes) => {
  const replies = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.matches?.("article:not(.citizen)"));
  // Only how many: their words are no business of the site around.
  if (replies.length) tell("motcua:said", { count: replies.length });
}).observe(log, { childList: true });

const light = (channels) => {
  const [r, g, b] = channels.map((part) => (part <= 10 ? part / 3294 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const channels = (color) => (color || "").match(/\d+/g)?.slice(0, 3).map(Number);
const wanted = channels(query.get("accent"));
if (wanted?.length === 3) {
  const root = document.documentElement.style;
  const [one, other] = [light(wanted), light(channels(getComputedStyle(document.body).backgroundColor))].sort((a, b) => a - b);
  // The accent is also the colour of links: 4.5:1 against the page, or it stays ours.
  if ((other + 0.05) / (one + 0.05) >= 4.5) {
    root.setProperty("--accent", `rgb(${wanted.join(" ")})`);
    root.setProperty("--on-accent", light(wanted) > 0.18 ? "#17212B" : "#fff");
  }
}
tell("motcua:ready");
