// The line above the desk that tells when the server is out of reach or the session has ended.

import { tell } from "./desk_api.js";
import { el } from "./view.js";

const line = document.getElementById("connection");
const KEPT = "Nội dung đang gõ được giữ lại trên máy này.";
const here = () => location.pathname + location.hash;
let over = false;

function say(words, link = null) {
  line.hidden = !words;
  line.replaceChildren(words);
  if (link) line.append(" ", link);
}

function end(words, label, href) {
  over = true;
  say(`${words} ${KEPT}`, el("a", { href }, label));
}

tell({
  signedOut: () =>
    end("Phiên làm việc đã hết.", "Đăng nhập lại", `/sign-in?next=${encodeURIComponent(here())}`),
  // Another sign-in in this browser, or another role.
  forbidden: () =>
    end("Trang này không còn quyền: anh/chị đã đăng nhập lại ở nơi khác, hoặc vai trò đã đổi.", "Tải lại trang", "/desk"),
  reached: (yes) => over || say(yes ? "" : "Mất kết nối với máy chủ. Đang nối lại; nội dung chưa gửi sẽ được gửi tiếp."),
});
addEventListener("offline", () => say("Máy này đang mất mạng. Có mạng lại, nội dung chưa gửi sẽ được gửi tiếp."));
