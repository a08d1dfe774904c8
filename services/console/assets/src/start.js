// First in the body: the sheet shows what needs script only to browsers that have it.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("nhsuk-frontend-supported");
// Signing out deletes what is kept on this phone. Until the outbox has asked for what is not sent yet, it stays: this
// stands before any button, and waiting.js takes it off again.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/sign-out" || form.elements.keep) return;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "keep", value: "yes" }));
  },
  true
);
