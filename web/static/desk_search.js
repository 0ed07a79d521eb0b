// Ctrl+K: what a caller says is typed, the procedure shows with each key, and Enter opens a text to read out.

import { get } from "./desk_api.js";
import { attempt, notice } from "./desk_notice.js";
import { dateWords, sureness } from "./desk_words.js";
import { el } from "./view.js";

const SHORTEST = 2;
const HINT = "Gõ điều người gọi nói, có dấu hay không dấu đều được. Ví dụ: “khai sinh qua han”.";
const NONE = "Không có thủ tục nào gần với lời này. Thử gõ tên việc cần làm, ví dụ: “làm lại căn cước”.";

export function makeSearch(dialog, part, onInsert) {
  let results = [];
  let chosen = -1;
  let loading = null;

  async function look() {
    loading?.abort();
    const words = part.input.value.trim();
    if (words.length < SHORTEST) return show([], HINT);
    const control = (loading = new AbortController());
    try {
      const found = await get(`/search?${new URLSearchParams({ q: words })}`, control.signal);
      if (!control.signal.aborted) show(found.results, NONE);
    } catch (error) {
      if (!control.signal.aborted) show([], error.message);
    }
  }

  function show(found, otherwise) {
    results = found;
    part.state.hidden = results.length > 0;
    part.state.textContent = otherwise;
    part.list.replaceChildren(...results.map(option));
    part.input.setAttribute("aria-expanded", String(results.length > 0));
    choose(results.length ? 0 : -1);
  }

  function option(result, at) {
    const item = el(
      "li",
      { id: `found-${at}`, role: "option" },
      el("strong", {}, result.name),
      el("span", { className: "found-facet" }, `${result.facet_name || ""} · ${sureness(result.confidence)}`),
    );
    item.addEventListener("click", () => (choose(at), read()));
    return item;
  }

  function choose(at) {
    chosen = at;
    [...part.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    if (at >= 0) {
      part.input.setAttribute("aria-activedescendant", `found-${at}`);
      part.list.children[at].scrollIntoView({ block: "nearest" });
    } else part.input.removeAttribute("aria-activedescendant");
    preview();
  }

  function preview() {
    const result = results[chosen];
    part.script.hidden = !result;
    if (!result) return;
    const { name, script, source, code, version } = result;
    part.name.textContent = name;
    part.words.replaceChildren(...script.split("\n").filter(Boolean).map((line) => el("p", {}, line)));
    const dated = source?.updated_at ? `, cập nhật ${dateWords(source.updated_at)}` : "";
    part.source.textContent = `Mã ${code}${dated}${version ? `, bản ${version}` : ""}`;
    part.facets.replaceChildren(...(result.facets || []).map(facetButton));
  }

  // Another part of the same procedure: asked for at once, and the place in the list kept.
  function facetButton({ facet: name, name: words }) {
    const button = el("button", { type: "button", className: "chip" }, words);
    button.setAttribute("aria-pressed", String(results[chosen].facet === name));
    button.addEventListener("click", () =>
      attempt(async () => {
        const { code } = results[chosen];
        const query = new URLSearchParams({ q: part.input.value.trim(), facet: name, code });
        const found = (await get(`/search?${query}`)).results.find((result) => result.code === code);
        if (!found) return;
        results[chosen] = found;
        const line = part.list.children[chosen].querySelector(".found-facet");
        line.textContent = `${found.facet_name} · ${sureness(found.confidence)}`;
        preview();
        part.words.focus();
      }),
    );
    return button;
  }

  function read() {
    if (chosen < 0) return;
    part.words.focus();
    part.words.scrollTop = 0;
  }

  async function copy() {
    const result = results[chosen];
    if (!result) return;
    try {
      await navigator.clipboard.writeText(result.text);
      notice("Đã chép câu trả lời.");
    } catch {
      // Browsers copy only over https and with leave: else the text is marked, to be copied by hand.
      getSelection().selectAllChildren(part.words);
      notice("Trình duyệt không cho chép. Nội dung đã được bôi đen, anh/chị bấm Ctrl+C.");
    }
  }

  function insert() {
    const result = results[chosen];
    if (!result) return;
    dialog.close();
    onInsert(result);
  }

  part.input.addEventListener("input", look);
  part.input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && results.length) {
      event.preventDefault();
      choose((chosen + step + results.length) % results.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      read();
    }
  });
  part.script.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.toLowerCase() === "c") copy();
    else if (event.key.toLowerCase() === "i") insert();
    else if (event.key === "Backspace") part.input.focus();
    else return;
    event.preventDefault();
  });
  part.copy.addEventListener("click", copy);
  part.insert.addEventListener("click", insert);

  return {
    open(canInsert) {
      if (dialog.open) return;
      part.insert.hidden = !canInsert;
      part.input.value = "";
      show([], HINT);
      dialog.showModal();
      part.input.focus();
    },
  };
}
