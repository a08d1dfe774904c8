// Everything here is a comfort: each page works without it.
import { initAll } from "/assets/nhsuk.js";

initAll();
// What htmx brought in may hold components too.
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) initAll({ scope: event.target });
});

// A second press on the same button is the same press.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent && !form.matches("[hx-post]")) event.preventDefault();
  else form.dataset.sent = "yes";
});
// Back from the browser's own store: the page may be pressed again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach((form) => delete form.dataset.sent);
});

// An answer that is a whole page (a session that is over, a service that is away) is shown as one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  // So is one that says what was wrong with a form: no failure of the page.
  if (xhr.status === 422 || xhr.status === 409 || xhr.status === 412) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
  else if (xhr.status === 401) window.location.reload();
});
