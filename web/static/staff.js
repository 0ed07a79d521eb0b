// What every page of the staff side does: the list of pages folds away where there is no room for it, and a button that
// cannot be undone asks first (data-ask on a form or on its button).

const toggle = document.getElementById("pages-toggle");
if (toggle) {
  const pages = document.getElementById("pages");
  toggle.hidden = false;
  pages.classList.add("pages-closable");
  toggle.addEventListener("click", () => {
    toggle.setAttribute("aria-expanded", String(pages.classList.toggle("open")));
  });
}

const list = document.getElementById("pages-list");
const here = list?.querySelector("[aria-current]");
if (here) list.scrollTop = here.offsetTop - list.clientHeight / 2;

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.ask ?? event.target.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});
