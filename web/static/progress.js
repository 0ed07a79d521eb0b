// Work under way: shows how far it is, and the page anew when it has ended (data-progress on the element that tells).

const EVERY = 700;
const box = document.querySelector("[data-progress]");

async function look() {
  const response = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
  if (response.status === 401) { location.reload(); return }
  if (response.ok) {
    const { done, count, ended } = await response.json();
    if (ended) { location.reload(); return }
    const bar = box.querySelector("progress");
    const told = box.querySelector("[data-told]");
    if (count) { bar.max = count; bar.value = done; told.textContent = `${done}/${count}` }
  }
  setTimeout(look, EVERY);
}

if (box) setTimeout(look, EVERY);
