// Adding a passkey, signing in with one, and unlocking a page that was left open for half an hour.
const IDLE = 30 * 60 * 1000;

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

async function post(path, body, csrf) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw Object.assign(new Error(`${answer.status}`), { words: await wordsOf(answer) });
  return answer.status === 204 ? {} : answer.json();
}

// What a refusal says; any other answer is no sentence for whoever pressed.
async function wordsOf(answer) {
  if (![409, 422, 429].includes(answer.status)) return "";
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main p")?.textContent.trim() ?? "";
}

function asked(options) {
  const ids = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));
  const made = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) made.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) made.excludeCredentials = ids(options.excludeCredentials);
  if (options.allowCredentials) made.allowCredentials = ids(options.allowCredentials);
  return made;
}

function answered(credential) {
  const { response } = credential;
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = toText(response[name]);
  }
  return { id: credential.id, rawId: toText(credential.rawId), type: credential.type, response: parts };
}

async function signed(csrf) {
  const options = await post("/sign-in/passkey/options", {}, csrf);
  const credential = await navigator.credentials.get({ publicKey: asked(options) });
  return { challenge: options.challenge, credential: answered(credential) };
}

async function prove(path, csrf, more = {}) {
  return post(path, { ...more, ...(await signed(csrf)) }, csrf);
}

// `proof` that it is still the same user: the password, or what a passkey signed.
async function add(csrf, label, proof) {
  const options = await post("/account/passkeys/options", proof, csrf);
  const credential = await navigator.credentials.create({ publicKey: asked(options) });
  return post("/account/passkeys", { label, challenge: options.challenge, credential: answered(credential) }, csrf);
}

// `said`: what to say of an error instead of the usual.
function press(place, act, said = () => "") {
  const button = place.querySelector("[data-passkey-error] ~ button");
  const error = place.querySelector("[data-passkey-error]");
  const usual = error.textContent;
  button.addEventListener("click", async () => {
    error.hidden = true;
    button.disabled = true;
    try {
      await act();
    } catch (why) {
      error.textContent = said(why) || usual;
      error.hidden = false;
    }
    button.disabled = false;
  });
}

const adding = document.querySelector("[data-passkey-add]");
if (adding && window.PublicKeyCredential) {
  const add_this = async () => {
    const { csrf, passkeyAdd } = adding.dataset;
    const password = adding.querySelector("[name=passkey_password]")?.value;
    const proof = !password && passkeyAdd === "passkey" ? await signed(csrf) : { password };
    await add(csrf, adding.querySelector("[name=label]").value, proof);
    window.location.reload();
  };
  press(adding, add_this, (why) => why.words);
}

// A form that is taken only with what a passkey signed. Sent without, it says so on a page of its own.
const proving = document.querySelector("form[data-passkey-proof]");
if (proving && window.PublicKeyCredential) {
  const error = proving.querySelector("[data-passkey-error]");
  proving.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    error.hidden = true;
    try {
      proving.elements.proof.value = JSON.stringify(await signed(proving.elements.csrf.value));
      proving.submit();
    } catch {
      error.hidden = false;
    }
  });
}

const entering = document.querySelector("[data-passkey-enter]");
if (entering && window.PublicKeyCredential) {
  entering.hidden = false;
  press(entering, async () => {
    const { to } = await prove("/sign-in/passkey", entering.dataset.csrf, { next: entering.dataset.next });
    window.location.assign(to);
  });
}

// What keeps a page locked, by the status of the answer. It is not loaded again unasked where that would lose what is
// written on it.
const UNLOCKED_NOT = {
  403: "You signed in again in another tab. Reload this page.",
  422: "The password is not right.",
};

// The server locks by itself; this covers the page in the same moment, so that nobody reads it over a shoulder.
const lock = document.querySelector("dialog[data-lock]");
if (lock) {
  let last = Date.now();
  // What the server counts too: only what asks it for something, and not what the page asks by itself.
  const here = ({ detail }) => {
    if (!lock.open && !("X-By-Itself" in detail.requestConfig.headers)) last = Date.now();
  };
  document.addEventListener("htmx:afterRequest", here);
  lock.addEventListener("cancel", (event) => event.preventDefault());
  const cover = () => {
    if (!lock.open && Date.now() - last > IDLE) lock.showModal();
  };
  setInterval(cover, 5000);
  document.addEventListener("visibilitychange", cover);
  document.addEventListener("alongside:lock", () => lock.showModal());
  const uncover = () => {
    last = Date.now();
    lock.querySelector("form").reset();
    lock.close();
  };
  press(lock.querySelector("[data-passkey-unlock]"), async () => {
    await prove("/unlock/passkey", lock.dataset.csrf);
    uncover();
  });
  const form = lock.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const sent = { method: "POST", body: new URLSearchParams(new FormData(form)) };
    const { ok, status } = await fetch("/unlock", sent).catch(() => ({ ok: false, status: 0 }));
    const error = form.querySelector("[data-passkey-error]");
    error.textContent = UNLOCKED_NOT[status] || "That did not work. Try again in a minute.";
    error.hidden = ok;
    if (ok) uncover();
    else if (status === 401 || status === 429) window.location.reload();
  });
}
