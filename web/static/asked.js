// Mending a group of questions: procedures are found while their name is typed (data-find says where).

const PAUSE = 250;

const field = document.querySelector("[data-find]");
const list = document.getElementById("options");
const none = document.getElementById("none");

function option({ code, name }) {
  const item = document.createElement("li");
  const label = document.createElement("label");
  const radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: "code", value: code });
  const shown = document.createElement("span");
  shown.className = "name";
  const number = document.createElement("span");
  number.className = "soft nowrap";
  number.textContent = code;
  shown.append(`${name} `, number);
  label.append(radio, shown);
  item.append(label);
  return item;
}

async function find() {
  const words = field.value.trim();
  if (!words) return;
  const response = await fetch(`${field.dataset.find}?q=${encodeURIComponent(words)}`);
  if (!response.ok || words !== field.value.trim()) return;
  const { procedures } = await response.json();
  const chosen = list.querySelector("input:checked")?.closest("li");
  const others = procedures.filter((one) => one.code !== chosen?.querySelector("input").value);
  list.replaceChildren(...(chosen ? [chosen] : []), ...others.map(option));
  none.textContent = procedures.length ? "" : "Không tìm thấy thủ tục nào. Thử từ khác, hoặc thêm thủ tục mới.";
}

if (field) {
  let waiting;
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(find, PAUSE) });
}

document.getElementById("wrong")?.focus();
