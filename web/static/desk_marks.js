// Marks on answers, for the editors to learn from: put by click or key, and taken back as easily.

import { get, post, remove } from "./desk_api.js";
import { attempt, notice, quietly } from "./desk_notice.js";
import { MARKS } from "./desk_talk.js";

const MOST = 200; // of the newest answers

export function makeMarks(talk) {
  const put = (entry, mark, button) => attempt(() => change(entry, mark, button));

  async function change(entry, mark, button) {
    const words = MARKS.find(([name]) => name === mark)[2].toLowerCase();
    const on = button.getAttribute("aria-pressed") === "true";
    await (on ? remove : post)(`/entries/${entry}/mark`, { mark });
    button.setAttribute("aria-pressed", String(!on));
    if (on) return notice(`Đã bỏ đánh dấu “${words}”.`);
    const action = ["Bỏ đánh dấu", () => put(entry, mark, button)];
    return notice(`Đã đánh dấu “${words}”. Biên tập viên sẽ xem.`, { action });
  }

  return {
    put,
    // On the answer that has the focus, else on the last one.
    key(mark) {
      const answer = talk.answer();
      if (answer) answer.querySelector(`[data-mark="${mark}"]`).click();
      else notice("Chưa có câu trả lời nào để đánh dấu.");
    },
    // Shows the marks that colleagues put.
    learn: () =>
      quietly(async () => {
        const answers = talk.answers().slice(-MOST);
        if (answers.length) talk.showMarks((await get(`/marks?entries=${answers.join(",")}`)).marks);
      }),
  };
}
