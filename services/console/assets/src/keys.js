// Keys of the board, each beside a link or a button that does the same. Switched off they stay off in this browser.
const OFF = "board-keys";
const list = document.getElementById("keys");
const status = document.getElementById("keys-state");
const switcher = document.getElementById("keys-switch");

// A browser that keeps nothing has them on.
function stored() {
  try {
    return localStorage.getItem(OFF) === "off";
  } catch {
    return false;
  }
}

let off = stored();

function tell() {
  status.textContent = off ? "The keys are off in this browser." : "The keys are on.";
  switcher.textContent = off ? "Switch the keys on" : "Switch the keys off";
}

switcher.addEventListener("click", () => {
  off = !off;
  try {
    if (off) localStorage.setItem(OFF, "off");
    else localStorage.removeItem(OFF);
  } catch {
    // It holds for this page then.
  }
  tell();
});

function open_list() {
  tell();
  list.showModal();
}

document.getElementById("keys-open").addEventListener("click", open_list);

const names = () => [...document.querySelectorAll("#board-now .board-name")];
const line_of = (one) => one?.closest("[data-line]");
const say = (text) => (document.getElementById("board-live").textContent = text);

function move(by) {
  const all = names();
  const line = line_of(document.activeElement);
  const at = line ? all.findIndex((one) => line_of(one) === line) : by > 0 ? -1 : all.length;
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

// A key of one line does what its link there does: of the part that leads first, then of the others.
function act(key) {
  const line = line_of(document.activeElement);
  const link = line?.querySelector(`[data-act=${key}]`);
  if (link) window.location.assign(link.href);
  else say(line ? "This is not possible for this line." : "Choose a line first, with j or k.");
}

function press(selector) {
  const line = line_of(document.activeElement);
  const found = line?.querySelector(selector);
  if (found) found.click();
  else say(line ? "This is not possible for this line." : "Choose a line first, with j or k.");
}

const DOES = {
  j: () => move(1),
  k: () => move(-1),
  " ": () => press("summary"),
  x: () => press("[name=pick]"),
  a: () => act("a"),
  e: () => act("e"),
  r: () => {
    const shower = document.getElementById("board-show");
    (shower.hidden ? document.getElementById("board-refresh") : shower).click();
  },
  "/": () => document.getElementById("find").focus(),
  "?": open_list,
};

document.addEventListener("keydown", (event) => {
  if (off || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || list.open) return;
  const active = document.activeElement;
  if (active?.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  // Space presses what somebody rests on; only on the name of a line, where it would scroll the page, it opens the line.
  if (event.key === " " && !active?.matches(".board-name")) return;
  const does = DOES[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});
