// The page inside the widget's frame: asks the site around it to close, and takes the focus when it is opened.

const host = new URLSearchParams(location.search).get("host");
const tell = (type) => host && parent.postMessage({ type }, host);

document.getElementById("close").addEventListener("click", () => tell("motcua:close"));
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !document.getElementById("sure").open) tell("motcua:close");
});
addEventListener("message", (event) => {
  if (event.source === parent && event.origin === host && event.data?.type === "motcua:open") {
    document.getElementById("text").focus({ preventScroll: true });
  }
});
tell("motcua:ready");
