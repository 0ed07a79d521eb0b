// Pure: the desk's words for reasons, times and waits. Times are told as in Vietnam, wherever the page is.

const ZONE = "Asia/Ho_Chi_Minh";
const MINUTE = 60_000;
const DAY = 86_400_000;

const REASONS = {
  asked: "Xin gặp cán bộ",
  approval: "Chờ duyệt câu trả lời",
  unanswered: "Trợ lý chưa trả lời được",
  left: "Để lại liên hệ, chờ gọi lại",
  taken: "Cán bộ tự nhận",
};
const ENDS = {
  answered: "Đã trả lời xong",
  sent_elsewhere: "Đã chỉ sang cơ quan khác",
  no_reply: "Người dân không trả lời lại",
  spam: "Nhầm hoặc quấy rối",
  other: "Việc khác",
  back: "Đã trả về trợ lý",
  approved: "Đã duyệt câu trả lời",
  withdrawn: "Người dân không cần gặp nữa",
  settled: "Trợ lý đã trả lời được",
};
const CLOCK = new Intl.DateTimeFormat("vi-VN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DATE = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

export const reasonWords = (reason) => REASONS[reason] || "";
export const endWords = (wrapUp) => ENDS[wrapUp] || "Đã xong";
export const clock = (iso) => CLOCK.format(new Date(iso));

// "2026-11-22" in Vietnam: what parts one day of a conversation from the next.
export const dayKey = (at) => DATE.format(new Date(at));

export function dayWords(iso, now = Date.now()) {
  const key = dayKey(iso);
  if (key === dayKey(now)) return "Hôm nay";
  if (key === dayKey(now - DAY)) return "Hôm qua";
  return dateWords(key);
}

// "2026-04-15" or an ISO moment reads "15/4/2026".
export function dateWords(iso) {
  const [year, month, day] = (iso.length > 10 ? dayKey(iso) : iso).split("-").map(Number);
  return `${day}/${month}/${year}`;
}

export function waited(since, now = Date.now()) {
  const minutes = Math.max(0, Math.floor((now - new Date(since)) / MINUTE));
  if (minutes < 1) return "dưới 1 phút";
  if (minutes < 60) return `${minutes} phút`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} giờ ${minutes % 60} phút` : `${hours} giờ`;
  return `${Math.floor(hours / 24)} ngày`;
}

export const isLate = (redAt, now = Date.now()) => Boolean(redAt) && new Date(redAt) <= now;

export const hasWaited = (since, minutes, now = Date.now()) => Boolean(since) && now - new Date(since) >= minutes * MINUTE;

// How sure a suggested answer is, as a person would say it.
export function sureness(confidence) {
  const percent = Math.round(confidence * 100);
  return `${confidence >= 0.8 ? "Khá chắc" : confidence >= 0.5 ? "Có thể" : "Ít chắc"}, ${percent}%`;
}
