// What the sheet's buttons do. Without JavaScript they stay hidden, and the page reads the same.

const [print, copy, share, copied] = ["print", "copy", "share", "copied"].map((id) => document.getElementById(id));

print.hidden = false;
print.addEventListener("click", () => window.print());

// The clipboard is closed to pages on plain http, as on a desk's own network: there the address is shown to be copied.
copy.hidden = false;
copy.addEventListener("click", async () => {
  const { url } = copy.dataset;
  try {
    await navigator.clipboard.writeText(url);
    copied.textContent = "Đã chép đường dẫn. Anh/chị dán vào tin nhắn để gửi.";
  } catch {
    copied.textContent = `Đường dẫn của trang này: ${url}`;
  }
});

// The phone's own list of apps, with Zalo among them where it is installed.
share.hidden = !navigator.share;
share.addEventListener("click", () => navigator.share({ title: share.dataset.title, url: share.dataset.url }).catch(() => {}));
