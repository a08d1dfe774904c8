// Says whether the board is live. Without this, and without script, "Show what is new" does the same by hand.
const state = document.getElementById("board-live");
const say = (text) => {
  if (state && state.textContent !== text) state.textContent = text;
};
document.addEventListener("htmx:sseOpen", () => say("Live: changes appear by themselves."));
document.addEventListener("htmx:sseError", () => say("Not live at this moment; it is trying again."));
