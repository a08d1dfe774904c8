// "Log a contact" opens in the page itself, so that it opens without a line too. Without script it is a page.
const dialog = document.querySelector("[data-log-dialog]");
const form = dialog?.querySelector("form");
const kept = dialog?.querySelector("[data-kept]");

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-log]");
  if (!link || !dialog?.showModal) return;
  event.preventDefault();
  form.reset();
  form.hidden = false;
  kept.hidden = true;
  dialog.querySelector("[data-trouble-here]").textContent = "";
  delete form.dataset.taken;
  form.action = `/people/${link.dataset.log}/contacts`;
  form.dataset.outbox = link.dataset.name;
  // One contact, one key: however often it is sent.
  form.elements.once.value = crypto.randomUUID();
  dialog.querySelector("[data-log-name]").textContent = link.dataset.name;
  dialog.showModal();
});

dialog?.querySelector("[data-log-close]").addEventListener("click", () => dialog.close());
