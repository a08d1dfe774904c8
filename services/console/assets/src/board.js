// Says whether the board is live. Without this, and without script, "Refresh" does the same by hand.
const state = document.getElementById("board-live");
const say = (text) => {
  if (state && state.textContent !== text) state.textContent = text;
};
document.addEventListener("htmx:sseOpen", () => say("Live: changes appear by themselves."));
document.addEventListener("htmx:sseError", () => say("Not live at this moment; it is trying again."));

// What is new takes the place of the whole board. Whoever rests on a row goes on resting on it, and hears one sentence.
const BOARD = "board-now";
let rested = null;

// What somebody may rest on, known by where it leads or what it sends.
const marked = (one) =>
  [one.tagName, one.getAttribute("href") || one.name || "", one.closest("form")?.getAttribute("action") || ""].join(" ");
const all_like = (mark) =>
  [...document.querySelectorAll(`#${BOARD} :is(a, button, summary, input, select)`)].filter((one) => marked(one) === mark);

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.id !== BOARD) return;
  const active = document.activeElement;
  const mark = active?.closest(`#${BOARD}`) ? marked(active) : null;
  rested = mark && { mark, at: all_like(mark).indexOf(active) };
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id !== BOARD && detail.elt?.id !== BOARD) return;
  let words = "The board has changed.";
  if (rested) {
    const same = all_like(rested.mark);
    const next = same[Math.min(rested.at, same.length - 1)];
    if (next) next.focus({ preventScroll: true });
    else {
      words = "The board has changed. The row you were on is gone.";
      const board = document.getElementById(BOARD);
      board.tabIndex = -1;
      board.focus({ preventScroll: true });
    }
    rested = null;
  }
  // The same words again are said again only when they are new to the page.
  say("");
  setTimeout(() => say(words), 50);
});
