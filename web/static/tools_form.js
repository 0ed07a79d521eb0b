// Forms of the knowledge tools: the procedure is found while its name is typed, what is typed is shown as the assistant
// would tell it, and choosing a province offers its communes.

const PAUSE = 350;

const csrf = document.querySelector("meta[name=csrf]").content;

function later(work) {
  let waiting;
  return () => { clearTimeout(waiting); waiting = setTimeout(work, PAUSE) };
}

const code = document.querySelector("[data-procedures]");
if (code) {
  const list = document.getElementById(code.getAttribute("list"));
  const name = document.getElementById("code-name");
  const find = later(async () => {
    const words = code.value.trim();
    if (!words) { name.textContent = ""; return }
    const response = await fetch(`${code.dataset.procedures}?q=${encodeURIComponent(words)}`);
    if (!response.ok || words !== code.value.trim()) return;
    const { procedures } = await response.json();
    list.replaceChildren(...procedures.map((one) => {
      const option = document.createElement("option");
      option.value = one.code;
      option.label = one.name;
      option.textContent = one.name;
      return option;
    }));
    const chosen = procedures.find((one) => one.code === words);
    name.textContent = chosen ? chosen.name : procedures.length ? "Chọn một thủ tục trong danh sách." : "Không tìm thấy thủ tục nào.";
  });
  code.addEventListener("input", find);
}

const form = document.querySelector("form[data-preview]");
if (form) {
  const preview = document.getElementById("preview");
  let newest = 0;
  const show = later(async () => {
    const asked = ++newest;
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(form.dataset.preview, { method: "POST", body, headers: { "X-CSRF-Token": csrf } });
    if (!response.ok || asked !== newest) return;
    const open = new Set([...preview.querySelectorAll("details[open] summary")].map((summary) => summary.textContent));
    preview.innerHTML = await response.text(); // rendered by our own template, every word in it escaped
    if (open.size) {
      for (const one of preview.querySelectorAll("details")) one.open = open.has(one.querySelector("summary").textContent);
    }
  });
  form.addEventListener("input", show);
}

const province = document.querySelector("[data-communes]");
if (province) {
  const units = document.getElementById(province.dataset.target);
  const first = units.options[0].cloneNode(true);
  province.addEventListener("change", async () => {
    const chosen = province.value;
    const response = await fetch(`${province.dataset.communes}?province=${encodeURIComponent(chosen)}`);
    if (!response.ok || chosen !== province.value) return;
    const { communes } = await response.json();
    const whole = chosen && province.dataset.whole ? [new Option(province.dataset.whole, chosen)] : [];
    units.replaceChildren(first, ...whole, ...communes.map((one) => new Option(one.name, one.code)));
    units.value = "";
  });
}

document.getElementById("wrong")?.focus();
