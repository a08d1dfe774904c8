// On every page: the outbox is sent, what waits is shown as waiting, and a form marked `data-outbox` goes through it.
"use strict";

(() => {
  const account = document.currentScript.dataset.account;
  const opened = Date.now();
  const { outbox } = self;
  const able = Boolean(self.indexedDB && self.crypto?.subtle && navigator.locks && AbortSignal.timeout);
  if (!able) return;
  if (location.pathname === "/signed-out") left_behind();

  // What is written by hand in the forms that are kept: a contact, a concern, a new file, a consent.
  const WRITTEN = [
    "note", "place", "sighting.by_whom", "sighting.where", "sighting.how_they_were", "what", "who", "alias", "aliases",
    "language.speaks", "purpose", "language", "present",
  ];

  // -- sending

  let again = 0;
  // What this page said is kept, until it can say that it is sent.
  let held = null;

  async function flush() {
    clearTimeout(again);
    const done = await outbox.flush().catch(() => false);
    await show();
    // For browsers that do not tell when the line is back.
    if (!done && account) again = setTimeout(flush, 15000);
    return done;
  }

  async function ask_for_sync() {
    const worker = await navigator.serviceWorker?.ready;
    await worker?.sync?.register("outbox")?.catch(() => {});
  }

  // -- showing what waits

  async function show() {
    if (!account) return;
    const entries = await outbox.all(account).catch(() => []);
    const places = document.querySelectorAll("[data-waiting]");
    for (const place of places) {
      const own = entries.filter((entry) => !place.dataset.waiting || entry.person === place.dataset.waiting);
      place.replaceChildren(...(own.length ? [box(own, !place.dataset.waiting)] : []));
    }
    if (held && !entries.some((entry) => entry.id === held.id)) sent();
  }

  function box(entries, named) {
    const count = entries.length === 1 ? "1 note is" : `${entries.length} notes are`;
    const list = element("ul", { className: "nhsuk-list" }, ...entries.map((entry) => item(entry, named)));
    const title = element("h2", { className: "nhsuk-heading-s" }, `${count} waiting to be sent`);
    const words = element("p", {}, "Kept on this phone, encrypted. We will send it when you reconnect.");
    const section = element("section", { className: "outbox" }, title, words, list);
    section.setAttribute("aria-label", "Waiting to be sent");
    return section;
  }

  function item(entry, named) {
    const at = new Date(entry.at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const what = `${named ? `\u2068${entry.name}\u2069: ` : ""}${entry.what}, written ${at}`;
    if (entry.state === "waiting") {
      return element("li", {}, element("strong", { className: "nhsuk-tag nhsuk-tag--white" }, "Waiting"), ` ${what}`);
    }
    const look = element("button", { type: "button", className: "console-as-link" }, "Look at it");
    look.addEventListener("click", () => post(entry));
    const drop = element("button", { type: "button", className: "console-as-link" }, "Delete it");
    drop.addEventListener("click", async () => {
      if (!confirm("Delete this note? It is nowhere else.")) return;
      await outbox.remove(entry.id);
      show();
    });
    const tag = element("strong", { className: "nhsuk-tag nhsuk-tag--red" }, "Not taken");
    return element("li", {}, tag, ` ${what} `, look, drop, written(entry));
  }

  // The page may say only "there is nothing here", to whoever has left the team since: the words are still theirs.
  function written(entry) {
    const fields = new URLSearchParams(entry.body);
    const words = WRITTEN.map((name) => fields.get(name)).filter(Boolean);
    const lines = words.map((text) => element("p", { className: "console-plain" }, text));
    return element("details", {}, element("summary", {}, "What you wrote"), ...lines);
  }

  function element(name, given, ...children) {
    const made = Object.assign(document.createElement(name), given);
    made.append(...children);
    return made;
  }

  // One that was not taken goes as a plain form: the page says what is wrong, and shows what was written.
  async function post(entry) {
    const answer = await fetch("/outbox", { headers: { "HX-Request": "true" } });
    const fields = new URLSearchParams(entry.body);
    fields.set("csrf", (await answer.json()).csrf);
    const form = element("form", { method: "post", action: entry.action, hidden: true });
    for (const [name, value] of fields) form.append(element("input", { type: "hidden", name, value }));
    document.body.append(form);
    form.submit();
  }

  // -- forms

  // As the plain form that it is, by the button that was pressed. Without a line its words would go with the page.
  async function plainly(form, submitter) {
    const there = await connection.answers();
    connection.say(there, form);
    if (!there) return delete form.dataset.taken;
    const { name, value } = submitter || {};
    if (name) form.append(element("input", { type: "hidden", name, value }));
    form.submit();
  }

  async function take(form, submitter) {
    const fields = new URLSearchParams(new FormData(form, submitter));
    // Nothing to keep yet: the server says what is missing.
    const unanswered = [...form.querySelectorAll("[type=radio]")].some((one) => !fields.has(one.name));
    const { needs } = form.dataset;
    if (unanswered || (needs && !fields.get(needs)?.trim())) return plainly(form, submitter);
    const kind = form.querySelector("[name=kind]:checked");
    fields.delete("csrf");
    // When it was written counts for what is told from then on; of a new file the server's time does.
    const now = Date.parse(form.dataset.now) + (Date.now() - opened);
    if (now && !fields.get("occurred_at-day") && !fields.get("written_at")) fields.set("written_at", new Date(now).toISOString());
    const entry = {
      id: fields.get("once"),
      action: form.getAttribute("action"),
      body: fields.toString(),
      // A new file is nobody's yet.
      person: form.getAttribute("action").split("/")[2] || "",
      name: form.dataset.outbox || fields.get("alias"),
      what: form.dataset.what || form.querySelector(`label[for="${kind.id}"]`).textContent.trim(),
    };
    await outbox.put(account, entry);
    const done = await outbox.flush().catch(() => false);
    const still = (await outbox.all(account)).find((one) => one.id === entry.id);
    // The worker behind the pages may have sent it: then its page is the person's, or of a new file the list.
    if (!still) return location.assign(outbox.led.get(entry.id) || ["/people", entry.person].filter(Boolean).join("/"));
    if (still.state === "refused") return post(entry);
    if (!done) ask_for_sync();
    kept(form, entry);
    // What waits is shown at once: the next try may take as long as the first.
    await show();
    flush();
  }

  function kept(form, entry) {
    connection.say(true, form);
    const place = document.querySelector("[data-kept]");
    const title = element("h2", {}, "Kept on this phone");
    // Not every browser wakes a worker when the line is back.
    const alone = "SyncManager" in self ? ", also if you close this page" : " and one of these pages is open";
    const safe = "Your note is safe. We cannot reach Alongside right now, and will send it when we can";
    const words = element("p", {}, `${safe}${alone}.`);
    const links = element("p", {}, element("a", { href: "/today", className: "console-tap" }, "Today"));
    place.replaceChildren(title, words, element("div", {}), links);
    place.querySelector("div").dataset.waiting = "";
    place.hidden = false;
    form.hidden = true;
    place.focus();
    held = entry;
  }

  // The line is back: whoever still looks at the page is told, and led on.
  function sent() {
    const place = document.querySelector("[data-kept]");
    const file = held.person ? `/people/${held.person}` : outbox.led.get(held.id) || "/people";
    held = null;
    if (place.hidden) return;
    const title = element("h2", {}, "Sent");
    const words = element("p", {}, "You are online again, and what you wrote is saved.");
    const links = [[file, file === "/people" ? "People" : "Open the file"], ["/today", "Today"]].map(([href, text]) =>
      element("li", {}, element("a", { href, className: "console-tap" }, text)),
    );
    place.setAttribute("role", "status");
    place.replaceChildren(title, words, element("ul", { className: "console-links" }, ...links));
  }

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (account && form.matches("[data-outbox]")) {
        event.preventDefault();
        event.stopPropagation();
        if (form.dataset.taken) return;
        form.dataset.taken = "yes";
        // Without a store (a private window) it goes as the plain form it is.
        take(form, event.submitter).catch(() => plainly(form, event.submitter));
      } else if (form.getAttribute("action") === "/sign-out") {
        event.preventDefault();
        event.stopPropagation();
        sign_out(form);
      }
    },
    true
  );

  // -- signing out

  // However soon it is pressed: first the outbox is read, and what is not sent is asked for.
  async function sign_out(form) {
    if (form.dataset.asking) return;
    form.dataset.asking = "yes";
    await flush();
    const left = await outbox.count(account).catch(() => null);
    if (left && (left.own || left.others) && !confirm(`${lost(left)} If you sign out now, it is deleted.`)) {
      delete form.dataset.asking;
      return;
    }
    // What cannot be read cannot be asked for, so it stays.
    if (left) {
      await outbox.wipe();
      form.elements.keep.remove();
    }
    form.submit();
  }

  function lost({ own, others }) {
    const count = own + others === 1 ? "1 note" : `${own + others} notes`;
    const whose = !others ? "" : own ? ` (${others} written by somebody else)` : " written by somebody else";
    return `${count}${whose} on this phone: not sent yet.`;
  }

  // Nobody was asked, or somebody only came to this page: what is not sent waits until it is said what becomes of it.
  async function left_behind() {
    const left = await outbox.count("").catch(() => null);
    if (!left) return;
    if (!left.others) return outbox.wipe();
    const place = document.querySelector("[data-left-behind]");
    const count = left.others === 1 ? "1 note on this phone is" : `${left.others} notes on this phone are`;
    const title = element("h2", { className: "nhsuk-heading-s" }, `${count} not sent yet`);
    const words = element("p", {}, "Kept encrypted. Who wrote it signs in again here, and it is sent.");
    const drop = element("button", { type: "button", className: "outbox__press" }, "Delete it from this phone");
    drop.addEventListener("click", async () => {
      if (!confirm("Delete it? It is nowhere else.")) return;
      await outbox.wipe();
      place.replaceChildren(element("p", {}, "It is deleted."));
    });
    const box = element("section", { className: "outbox" }, title, words, drop);
    box.setAttribute("aria-label", "Not sent yet");
    place.replaceChildren(box);
  }

  addEventListener("online", flush);
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("[data-taken]").forEach((form) => delete form.dataset.taken);
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush());
  navigator.serviceWorker?.addEventListener("message", show);
  if (account) navigator.serviceWorker?.register("/sw.js").catch(() => {});
  flush();
})();
