// All tabs of one browser share one session. What ends it in one (signing out, an administrator, twelve hours) covers
// the others: what they show is nobody's any more. Who signs in again finds what was half written; nobody else does.
"use strict";

(() => {
  const { account } = document.currentScript.dataset;
  const KEY = "session-ended";
  const SECONDS = 60;
  const NO_LINE = "You are offline. What you wrote is still here. Try again in a minute.";
  const channel = self.BroadcastChannel ? new BroadcastChannel("alongside-session") : null;

  function stored(act) {
    try {
      act(localStorage);
    } catch {
      // A browser that keeps nothing tells its other tabs by the channel, or they find out by asking.
    }
  }

  // The page that signing out leads to is there only when the session has ended.
  if (location.pathname === "/signed-out") {
    channel?.postMessage(KEY);
    stored((kept) => {
      kept.setItem(KEY, String(Date.now()));
      kept.removeItem(KEY);
    });
  }
  if (!account) return;

  // -- the cover

  let cover = null;
  // Somebody signed out here on purpose: then nothing of this page is kept for anybody.
  let left = false;
  const title = document.title;

  function put_cover(words, link) {
    if (!cover) {
      // In place of what is hidden: the one main part of the page.
      cover = document.createElement("main");
      cover.className = "console-cover nhsuk-width-container nhsuk-main-wrapper";
      document.querySelectorAll("dialog[open]").forEach((one) => one.close());
      document.body.append(cover);
      document.body.classList.add("console-covered");
      document.title = "Your session is over - Alongside";
    }
    const heading = Object.assign(document.createElement("h1"), { textContent: "Your session is over" });
    const line = Object.assign(document.createElement("p"), { textContent: words });
    const said = document.createElement("div");
    said.setAttribute("role", "alert");
    said.append(heading, line, ...(link ? [link] : []));
    cover.replaceChildren(said);
  }

  function uncover(csrf) {
    left = false;
    // The forms of this page were good for the session that ended.
    if (csrf) renew(csrf);
    cover?.remove();
    cover = null;
    document.body.classList.remove("console-covered");
    document.title = title;
  }

  function renew(csrf) {
    document.querySelectorAll("input[name=csrf]").forEach((field) => (field.value = csrf));
    document.querySelectorAll("[data-csrf]").forEach((place) => (place.dataset.csrf = csrf));
    document.querySelectorAll("form").forEach((form) => delete form.dataset.sent);
  }

  function ask_to_sign_in() {
    const link = Object.assign(document.createElement("a"), {
      href: "/sign-in",
      target: "_blank",
      rel: "noopener",
      textContent: "Sign in (opens a new tab)",
    });
    const way = document.createElement("p");
    way.append(link);
    put_cover("Sign in again, then come back to this page. What you wrote here is not sent yet, and is still here.", way);
  }

  // -- asking

  // "same", "other" (somebody else is signed in), "locked", "over", or "" when nobody answers.
  async function standing() {
    const headers = { "HX-Request": "true", "X-By-Itself": "yes" };
    const answer = await fetch("/outbox", { headers, cache: "no-store" }).catch(() => null);
    if (answer?.status === 401) return answer.headers.get("X-Session") === "locked" ? "locked" : "over";
    if (!answer?.ok) return "";
    const found = await answer.json().catch(() => null);
    if (!found) return "";
    if (found.account !== account) return "other";
    if (cover) uncover(found.csrf);
    return "same";
  }

  async function look() {
    const stands = await standing();
    if (stands === "other") location.replace("/");
    else if (stands === "over" && left) location.replace("/signed-out");
    else if (stands === "over") ask_to_sign_in();
    else if (stands === "locked" && cover) uncover("");
    const locked = document.querySelector("dialog[data-lock][open]");
    if (stands === "locked" && !locked) document.dispatchEvent(new Event("alongside:lock"));
    return stands;
  }

  function ended() {
    left = true;
    put_cover("Somebody signed out in this browser.");
    look();
  }

  channel?.addEventListener("message", (event) => event.data === KEY && ended());
  addEventListener("storage", (event) => event.key === KEY && event.newValue && ended());
  addEventListener("pageshow", (event) => event.persisted && look());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  addEventListener("focus", () => cover && look());
  setInterval(() => document.visibilityState === "visible" && look(), SECONDS * 1000);

  // -- words do not leave a page before they can be taken

  // What somebody wrote into this form by hand.
  const wrote = (form) =>
    [...form.elements].some((one) => one.matches("textarea, [type=text], [type=search]") && one.value.trim());
  const kept_elsewhere = "[data-outbox], [hx-post], [action='/sign-out']";

  // "same" is as good as said where there is an answer at all: what a session has to do with it, the next page says.
  async function answers() {
    const headers = { "HX-Request": "true", "X-By-Itself": "yes" };
    const answer = await fetch("/outbox", { headers, cache: "no-store", signal: AbortSignal.timeout?.(10000) }).catch(() => null);
    return answer ? "same" : "";
  }

  // Beside the form where it is in a dialog: nobody sees the page behind one.
  function say_whether(there, form) {
    const line = form.parentElement.querySelector("[data-trouble-here]") || document.querySelector("[data-trouble]");
    if (line) line.textContent = there ? "" : NO_LINE;
  }
  self.connection = { answers, say: say_whether };

  // What is sealed is on no page but its own; for it a session is needed as well.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const sealed = Boolean(form.elements.sealed);
      if (form.dataset.looked || form.method !== "post") return;
      if (!sealed && (form.matches(kept_elsewhere) || !wrote(form))) return;
      event.preventDefault();
      event.stopPropagation();
      if (form.dataset.looking) return;
      form.dataset.looking = "yes";
      const { submitter } = event;
      (sealed ? look() : answers()).then((stands) => {
        delete form.dataset.looking;
        say_whether(stands, form);
        if (stands !== "same") return;
        form.dataset.looked = "yes";
        form.requestSubmit(submitter || undefined);
        delete form.dataset.looked;
      });
    },
    true
  );
})();
