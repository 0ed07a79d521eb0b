// Publishing first asks the questions of the gate, which takes some seconds: the button waits and the page says so.

const form = document.querySelector("form.step");
form.addEventListener("submit", () => {
  const button = form.querySelector("button:not([type=button])");
  button.disabled = true;
  const told = document.getElementById("checking");
  if (!told) return;
  const start = Date.now();
  const tell = () => {
    told.textContent = `Đang hỏi thử các câu liên quan … ${Math.round((Date.now() - start) / 1000)} giây`;
  };
  tell();
  setInterval(tell, 5000);
});
// Coming back by the browser's own button shows the page as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) form.querySelector("button:not([type=button])").disabled = false;
});
// Typing a day means that day.
form.querySelector("[name=starts_on]")?.addEventListener("input", () => {
  form.querySelector("[name=starts][value=later]").checked = true;
});
