// The board is live, and no row moves under the hand: what has changed is counted, and shown when somebody asks for it.
// Without this, and without script, "Refresh" does the same by hand.
const BOARD = "board-now";
const state = document.getElementById("board-live");
const shower = document.getElementById("board-show");
const refresh = document.getElementById("board-refresh");
const here = document.getElementById("board-stream").dataset.board;

const say = (text) => {
  if (state && state.textContent !== text) state.textContent = text;
};
document.addEventListener("htmx:sseOpen", () => say("Live: changes are counted here."));
document.addEventListener("htmx:sseError", () => say("Not live at this moment; it is trying again."));

// -- what differs between the board as it is shown and as it is now

const said = (one) => one.textContent.replace(/\s+/g, " ").trim();
// A row without an id (a concern, a step nobody decided) is known by where it leads.
const leads = (one) => [...one.querySelectorAll("a[href]")].map((link) => link.getAttribute("href")).join(" ");
const lines_of = (board) =>
  new Map([...board.querySelectorAll("[data-line], .board-row")].map((one) => [one.id || leads(one), said(one)]));

function changed(fresh) {
  const shown = lines_of(document.getElementById(BOARD));
  const now = lines_of(fresh);
  const ids = new Set([...shown.keys(), ...now.keys()]);
  return [...ids].filter((id) => shown.get(id) !== now.get(id)).length;
}

function offer(count) {
  shower.hidden = !count;
  refresh.hidden = Boolean(count);
  shower.textContent = count ? `${count} changed: show` : "";
}

// -- whoever rests on a row, has opened one or ticked one goes on from there when the board is shown anew

let kept = null;

// What somebody may rest on, known by where it stands and where it leads or what it sends.
const marked = (one) =>
  [
    one.tagName,
    one.closest("[id]:not(#list)").id,
    one.getAttribute("href") || one.name || "",
    one.closest("form")?.getAttribute("action") || "",
  ].join(" ");
const all_like = (mark) =>
  [...document.querySelectorAll(`#${BOARD} :is(a, button, summary, input, select)`)].filter((one) => marked(one) === mark);
const active_line = () => document.activeElement?.closest("[data-line]")?.id;
let last_line = null;
document.addEventListener("focusin", () => (last_line = active_line() || last_line));

function keep() {
  const board = document.getElementById(BOARD);
  const active = document.activeElement;
  const mark = active?.closest(`#${BOARD}`) ? marked(active) : null;
  kept = {
    rested: mark && { mark, at: all_like(mark).indexOf(active), line: active_line() },
    open: [...board.querySelectorAll("details[open][id]")].map((one) => one.id),
    ticked: [...board.querySelectorAll("[name=pick]:checked")].map((one) => one.value),
  };
}

function restore() {
  for (const id of kept.open) document.getElementById(id)?.setAttribute("open", "");
  for (const one of document.querySelectorAll(`#${BOARD} [name=pick]`)) one.checked = kept.ticked.includes(one.value);
  let words = "The board is up to date.";
  const { rested } = kept;
  const same = rested ? all_like(rested.mark) : [];
  const line = document.querySelector(`[id="${rested ? rested.line : last_line}"] .board-name`);
  const next = same[Math.min(rested?.at, same.length - 1)] || line;
  if (next) next.focus({ preventScroll: Boolean(rested) });
  else {
    if (rested || last_line) words = "The board is up to date. The row you were on is gone.";
    const board = document.getElementById(BOARD);
    board.tabIndex = -1;
    board.focus({ preventScroll: true });
  }
  kept = null;
  // The same words again are said again only when they are new to the page.
  say("");
  setTimeout(() => say(words), 50);
}

// -- a look that came by itself is only counted; one that somebody asked for is shown

let asked = false;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.id !== BOARD || detail.xhr.status !== 200) return;
  if (asked) return keep();
  detail.shouldSwap = false;
  const fresh = new DOMParser().parseFromString(detail.xhr.responseText, "text/html").getElementById(BOARD);
  if (fresh) offer(changed(fresh));
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!kept || (detail.target?.id !== BOARD && detail.elt?.id !== BOARD)) return;
  asked = false;
  offer(0);
  restore();
});

function show() {
  asked = true;
  htmx.ajax("GET", here, { target: `#${BOARD}`, select: `#${BOARD}`, swap: "outerHTML" });
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (asked && detail.target?.id === BOARD && !detail.successful) asked = false;
});
shower.addEventListener("click", show);
