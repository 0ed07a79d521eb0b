// Pure: what may be done with a conversation as it stands, and how that is said.

import { clock, waited } from "./desk_words.js";

const somebody = ({ holder }) => holder?.name || "Cán bộ khác";
const holds = ({ mine, status }) => mine && status === "held";

export function may(conversation, deed, lead) {
  const { status, mine } = conversation;
  if (deed === "take") return status !== "held";
  if (deed === "takeover") return status === "held" && !mine && lead;
  if (deed === "note") return status !== "bot";
  return holds(conversation);
}

// `lost`: it was this person's until now; `typed`: there are words in the composer.
export function stateWords(conversation, lost, typed) {
  const { status, waiting_since: since } = conversation;
  if (holds(conversation)) return "";
  const parts = [];
  if (lost) parts.push("Anh/chị không còn giữ cuộc này.");
  if (status === "held") parts.push(`${somebody(conversation)} đang trả lời cuộc này.`);
  else if (status === "waiting" && lost) parts.push("Cuộc này đang chờ người nhận.");
  else if (status === "waiting" && since) parts.push(`Đang chờ ${waited(since)}. Bấm Nhận (phím T) để trả lời.`);
  if (parts.length && typed) parts.push("Nội dung đang gõ vẫn còn trong ô soạn.");
  return parts.join(" ");
}

// What stands in the empty composer.
export function hintFor(conversation, lead) {
  const { status } = conversation;
  if (holds(conversation)) return "Viết câu trả lời…";
  if (status === "held" && lead) return "Bấm Tiếp quản (phím T) rồi trả lời.";
  if (status === "held") return `${somebody(conversation)} đang trả lời cuộc này.`;
  if (status === "done") return "Cuộc này đã xong. Bấm Nhận (phím T) nếu cần viết thêm.";
  if (status === "bot") return "Trợ lý đang trả lời. Bấm Nhận (phím T) nếu anh/chị muốn trả lời thay.";
  return "Bấm Nhận (phím T) rồi trả lời.";
}

export function dueWords({ due_at: due, confidence }, now = Date.now()) {
  const sure = `Độ tin cậy ${Math.round(confidence * 100)}%.`;
  if (new Date(due) <= now) {
    return `Quá hạn từ ${clock(due)}: người dân đã được báo và nhận số 1022. Gửi bây giờ vẫn được. ${sure}`;
  }
  return `Đến ${clock(due)} mà chưa có ai duyệt, người dân được báo và nhận số 1022. ${sure}`;
}
