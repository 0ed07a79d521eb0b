// One line puts Một Cửa on any site:
//   <script src="https://HOST/widget.js" defer data-title="Hỏi thủ tục" data-position="left" data-color="#0F766E"
//     data-theme="dark" data-procedure="1.001193"></script>
// The site's own address must stand in the setting embed_origins. All of it lives in a shadow root and a frame, so
// that neither site's styles reach the other.
(() => {
  const { src, dataset } = document.currentScript;
  const server = new URL(src).origin;
  const title = dataset.title || "Hỏi thủ tục hành chính";
  const side = dataset.position === "left" ? "left" : "right";
  const theme = ["light", "dark"].includes(dataset.theme) ? dataset.theme : "";
  const procedure = /^\d\.[\w.-]{1,40}$/.test(dataset.procedure || "") ? dataset.procedure : "";
  const color = CSS.supports("color", dataset.color || "") ? dataset.color : "#0F766E";

  const css = `
    :host { all: initial; position: fixed; z-index: 2147483000; ${side}: 16px; bottom: 16px; color-scheme: light dark }
    button { all: unset; box-sizing: border-box; display: flex; align-items: center; gap: 8px; min-height: 52px; padding: 8px 20px; border-radius: 26px; background: ${color}; color: #fff; font: 16px/1.3 system-ui, sans-serif; cursor: pointer; box-shadow: 0 4px 16px rgb(0 0 0 / .25) }
    button.dark-ink { color: #17212B }
    button:focus-visible { outline: 3px solid ${color}; outline-offset: 3px }
    .unread { min-width: 24px; padding: 2px 6px; border-radius: 12px; background: #B42318; color: #fff; font-size: 14px; text-align: center }
    .unread:empty { display: none }
    svg { width: 22px; height: 22px; fill: currentColor }
    .panel { position: fixed; ${side}: 16px; bottom: 84px; width: min(400px, calc(100vw - 32px)); height: min(680px, calc(100vh - 108px)); border: 1px solid #8B857A; border-radius: 10px; overflow: hidden; background: Canvas; box-shadow: 0 8px 32px rgb(0 0 0 / .25) }
    .panel[hidden] { display: none }
    iframe { width: 100%; height: 100%; border: 0; display: block }
    @media (max-width: 480px), (max-height: 480px) {
      .panel { inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0 }
      .open button { visibility: hidden }
    }`;

  const host = document.createElement("motcua-widget");
  const root = host.attachShadow({ mode: "open" });
  try {
    // Unlike a style element this needs no leave from the site's Content-Security-Policy.
    const style = new CSSStyleSheet();
    style.replaceSync(css);
    root.adoptedStyleSheets = [style];
  } catch {
    root.append(Object.assign(document.createElement("style"), { textContent: css }));
  }
  const box = document.createElement("div");
  const panel = document.createElement("div");
  Object.assign(panel, { className: "panel", id: "panel", hidden: true });
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", title);
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", "panel");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const door = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("aria-hidden", "true");
  door.setAttribute("d", "M5 28V15a11 11 0 0 1 22 0v13h-7V15a4 4 0 0 0-8 0v13z");
  svg.append(door);
  const badge = document.createElement("span");
  badge.className = "unread";
  const words = document.createElement("span");
  words.textContent = title;
  button.append(svg, words, badge);
  box.append(panel, button);
  root.append(box);
  document.body.append(host);
  // White words on a light colour cannot be read; 0.18 is where black and white contrast alike.
  button.classList.toggle("dark-ink", luminance(getComputedStyle(button).backgroundColor) > 0.18);

  let frame = null;
  const wake = () => frame.contentWindow.postMessage({ type: "motcua:open" }, server);

  function show() {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = title;
      frame.sandbox = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox";
      frame.src = `${server}/embed?${new URLSearchParams(told())}`;
      panel.append(frame);
    }
    toggle(true);
    frame.focus();
    wake();
  }

  function hide() {
    toggle(false);
    button.focus();
  }

  function told() {
    const more = { theme, p: procedure, accent: dataset.color ? getComputedStyle(button).backgroundColor : "" };
    return Object.entries({ host: location.origin, ...more }).filter(([, value]) => value);
  }

  function unread(count) {
    badge.textContent = count || "";
    button.setAttribute("aria-label", count ? `${title}, ${count} tin chưa đọc` : title);
  }

  function toggle(open) {
    panel.hidden = !open;
    if (open) unread(0);
    box.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
  }

  function luminance(rgb) {
    const [r, g, b] = rgb.match(/[\d.]+/g).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  button.addEventListener("click", () => (panel.hidden ? show() : hide()));
  addEventListener("keydown", (event) => event.key === "Escape" && !panel.hidden && hide());
  addEventListener("message", (event) => {
    if (event.origin !== server || !frame || event.source !== frame.contentWindow) return;
    if (event.data?.type === "motcua:close") hide();
    if (event.data?.type === "motcua:ready" && !panel.hidden) wake();
    if (event.data?.type === "motcua:said" && panel.hidden) unread(Number(badge.textContent) + Number(event.data.count));
  });
})();
