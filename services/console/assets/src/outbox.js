// What was written on this phone and has not arrived yet. Loaded by pages and by the service worker alike.
//
// A note is kept before it is sent, and forgotten only when the server says it has it. It goes under the key its form
// was made with, so that sending it twice writes it once. It is kept encrypted under a key that no script can read out
// and that signing out deletes; in the clear are only whose it is and when it was written.
"use strict";

const OUTBOX = "alongside-outbox";
// As htmx would ask: the answer is a status, not a page. And nobody need be there for it: what waits is sent by the clock
// and by the line, so it must not keep a page open that was left alone.
const BY_ITSELF = { "HX-Request": "true", "X-By-Itself": "yes" };

const outbox = {
  // Where each form that this page has sent leads to, as the server said.
  led: new Map(),

  // -- keeping

  async put(account, entry) {
    const row = { id: entry.id, account, at: Date.now(), state: "waiting", ...(await seal(account, entry)) };
    await store("readwrite", "entries", (entries) => entries.put(row));
  },

  // Everything of this account, readable, oldest first.
  async all(account) {
    if (!(await exists())) return [];
    const rows = (await store("readonly", "entries", (entries) => entries.getAll())) || [];
    const own = rows.filter((row) => row.account === account).sort((a, b) => a.at - b.at);
    return Promise.all(own.map(async (row) => ({ ...(await unseal(row)), at: row.at, state: row.state })));
  },

  // How many are not sent: of this account, and of whoever else wrote on this phone.
  async count(account) {
    if (!(await exists())) return { own: 0, others: 0 };
    const rows = await store("readonly", "entries", (entries) => entries.getAll());
    const own = rows.filter((row) => row.account === account).length;
    return { own, others: rows.length - own };
  },

  async remove(id) {
    await store("readwrite", "entries", (entries) => entries.delete(id));
  },

  // Notes, and the key that opens them. What was not sent is gone: signing out asks before.
  async wipe() {
    if (!(await exists())) return;
    await new Promise((done) => {
      const asked = indexedDB.deleteDatabase(OUTBOX);
      asked.onsuccess = asked.onerror = asked.onblocked = done;
    });
  },

  // -- sending

  // Sends what waits, one after the other; true when nothing waits any more. One page or worker at a time. A note that
  // is not taken holds up none after it; without a line or a session there is no use in going on.
  async flush() {
    return navigator.locks.request(OUTBOX, async () => {
      const rows = (await exists()) ? await store("readonly", "entries", (entries) => entries.getAll()) : [];
      if (!rows.some((row) => row.state === "waiting")) return true;
      const who = await whoAmI();
      if (who === null) return false;
      const own = rows.filter((row) => row.account === who.account && row.state === "waiting");
      let done = true;
      for (const row of own.sort((a, b) => a.at - b.at)) {
        const state = await send(await unseal(row), who);
        if (state === "sent") await outbox.remove(row.id);
        else if (state === "refused") await store("readwrite", "entries", (entries) => entries.put({ ...row, state }));
        else if (state === "stop") return false;
        else done = false;
      }
      return done;
    });
  },
};

// Who is signed in now, a token of the forms, and a mark of the session; null without a line, or when nobody is.
async function whoAmI() {
  try {
    const answer = await fetch("/outbox", { headers: BY_ITSELF, signal: AbortSignal.timeout(8000) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// "sent", "refused" (it will never be taken as it is), "waiting" (something is wrong there, for now), or "stop".
async function send(entry, { csrf, session }) {
  try {
    const answer = await fetch(entry.action, {
      method: "POST",
      headers: { ...BY_ITSELF, "Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": csrf },
      body: entry.body,
      signal: AbortSignal.timeout(20000),
    });
    if (answer.ok) {
      outbox.led.set(entry.id, answer.headers.get("HX-Redirect"));
      return "sent";
    }
    if ([401, 429].includes(answer.status)) return "stop";
    // The session may have changed meanwhile: its next token is tried before a no is taken for one.
    if (answer.status === 403 && (await whoAmI())?.session !== session) return "stop";
    return [400, 403, 404, 409, 412, 413, 422].includes(answer.status) ? "refused" : "waiting";
  } catch {
    return "stop";
  }
}

// -- the store

function open() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(OUTBOX, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("entries", { keyPath: "id" });
      asked.result.createObjectStore("keys");
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function exists() {
  if (!indexedDB.databases) return true;
  return (await indexedDB.databases()).some((one) => one.name === OUTBOX);
}

async function store(mode, name, act) {
  const database = await open();
  try {
    return await new Promise((done, failed) => {
      const transaction = database.transaction(name, mode, { durability: "strict" });
      const asked = act(transaction.objectStore(name));
      transaction.oncomplete = () => done(asked.result);
      transaction.onerror = transaction.onabort = () => failed(transaction.error);
    });
  } finally {
    database.close();
  }
}

// -- the key

async function keyOf(account) {
  const kept = await store("readonly", "keys", (keys) => keys.get(account));
  if (kept) return kept;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  // Two pages at once: the first key stays.
  await store("readwrite", "keys", (keys) => keys.add(made, account)).catch(() => {});
  return store("readonly", "keys", (keys) => keys.get(account));
}

async function seal(account, entry) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(entry));
  const how = { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(entry.id) };
  return { iv, sealed: await crypto.subtle.encrypt(how, await keyOf(account), plain) };
}

async function unseal(row) {
  const how = { name: "AES-GCM", iv: row.iv, additionalData: new TextEncoder().encode(row.id) };
  const plain = await crypto.subtle.decrypt(how, await keyOf(row.account), row.sealed);
  return JSON.parse(new TextDecoder().decode(plain));
}

self.outbox = outbox;
