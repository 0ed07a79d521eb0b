// Sending a file with a bar that shows how far it is, and following work that goes on at the server.

const EVERY = 1000;

const send = document.querySelector("form[data-send]");
if (send) {
  const csrf = document.querySelector("meta[name=csrf]").content;
  const file = document.getElementById("file");
  const kind = document.getElementById("kind");
  const hint = document.getElementById("file-hint");
  const wrong = document.getElementById("send-wrong");
  const bar = document.getElementById("send-progress");
  const told = document.getElementById("send-told");
  const button = send.querySelector("button");

  kind.addEventListener("change", () => {
    const suffixes = kind.selectedOptions[0].dataset.suffixes;
    file.accept = suffixes;
    hint.textContent = `Nhận ${suffixes.replaceAll(",", ", ")}, đến ${file.dataset.largest} MB.`;
  });

  const fail = (words) => {
    wrong.textContent = words;
    wrong.hidden = false;
    bar.hidden = true;
    told.textContent = "";
    button.disabled = false;
  };

  send.addEventListener("submit", (event) => {
    event.preventDefault();
    wrong.hidden = true;
    if (file.files[0].size > file.dataset.largest * 1e6) {
      fail(`Tệp lớn hơn ${file.dataset.largest} MB. Nén lại hoặc chia nhỏ rồi tải lên.`);
      return;
    }
    const body = new FormData();
    body.append("kind", kind.value); // before the file: the server reads them in this order
    body.append("file", file.files[0]);
    const request = new XMLHttpRequest(); // fetch cannot tell how much was sent
    request.open("POST", send.dataset.send);
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = total ? loaded / total : 0;
      told.textContent = `Đã gửi ${Math.round(bar.value * 100)} %`;
    });
    request.addEventListener("load", () => {
      if (request.status === 201) location.assign(request.response.url);
      else fail(request.response?.error?.message ?? "Máy chủ không nhận tệp này. Thử lại sau ít phút.");
    });
    request.addEventListener("error", () => fail("Mất kết nối nên tệp chưa lên hết. Thử lại."));
    button.disabled = true;
    bar.hidden = false;
    request.send(body);
  });
}

const state = document.querySelector("[data-state]");
if (state) {
  const rows = document.getElementById("state-rows");
  const look = async () => {
    try {
      const response = await fetch(state.dataset.state);
      if (response.ok) {
        const now = await response.json();
        if (!now.working) { location.reload(); return }
        rows.textContent = now.told ?? (now.rows ? `${now.rows} dòng` : "");
      } else if (response.status === 404 || response.status === 401) { location.reload(); return }
    } catch { /* the line is cut: asked again */ }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
}
