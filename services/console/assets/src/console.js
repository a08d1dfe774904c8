// Everything here is a comfort: each page works without it.
import { initAll } from "/assets/nhsuk.js";

initAll();
// What htmx brought in may hold components too.
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) initAll({ scope: event.target });
});

// The menu closes when somebody goes on elsewhere, and by Escape.
const more = document.querySelector("[data-more]");
document.addEventListener("click", (event) => more?.contains(event.target) || more?.removeAttribute("open"));
more?.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !more.contains(event.relatedTarget)) more.removeAttribute("open");
});
more?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !more.open) return;
  more.open = false;
  more.querySelector("summary").focus();
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

// Gone back to after it was sent: its forms say so, and are asked about instead of being recorded twice.
const [how] = performance.getEntriesByType("navigation");
const came_back = how?.type === "back_forward";
document.querySelectorAll("form[method=post]").forEach((form) => {
  const mark = form.elements.came_back;
  if (!came_back) mark?.remove();
  else if (!mark) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "came_back", value: "yes" }));
});

// What htmx puts into the page: what was asked for, and a form that came back with what was wrong with it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if ([409, 412, 422].includes(xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
  // Nobody is signed in any more: the page itself, asked for again, leads to where one signs in.
  else if (xhr.status === 401) window.location.reload();
});

// Any other answer to a press is a page of its own (a service that is away, a form too old to be taken), or there is no
// answer at all. It is put nowhere, so its words are said in a line: what is the matter, and whether to press again.
const PASSES = [0, 429, 502, 503, 504];
const NO_LINE = "You are offline. It will not be sent twice.";
const OURS = "Something went wrong. Nothing will be sent twice.";
const AGAIN = "Press again in a minute.";

function said(xhr) {
  if (!xhr.status) return NO_LINE;
  // It speaks for itself, as it would have where it is shown whole.
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const words = ["h1", "p"].map((name) => page.querySelector(`main ${name}`)?.textContent.trim());
  return words.every(Boolean) ? words.join(". ") : OURS;
}

function say(words) {
  const line = document.querySelector("[data-trouble]");
  if (line && line.textContent !== words) line.textContent = words;
}

document.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, requestConfig, elt, failed } = event.detail;
  if (requestConfig.verb !== "post" || xhr.status === 401) return;
  if (xhr.status && !failed) return say("");
  // What runs by itself goes on by itself, under its old key: what was done already is not done again.
  const passes = PASSES.includes(xhr.status);
  const goes_on = passes && elt.matches("[data-goes-on]");
  say([said(xhr), goes_on ? elt.dataset.goesOn : passes ? AGAIN : ""].join(" ").trim());
  const seconds = Number(xhr.getResponseHeader("Retry-After")) || 5;
  if (goes_on) setTimeout(() => elt.isConnected && htmx.trigger(elt, "submit"), seconds * 1000);
});
