// Sends documents in pieces, so that a broken line costs one piece: it goes on by itself when the
// line is back, and a file that is chosen again goes on where it was. Each file is hashed on the
// device, so that the record can say that it was the sender who did. Without this script the form
// sends them whole.
"use strict";

const WAIT_FIRST_MILLISECONDS = 1000;
const WAIT_MAX_MILLISECONDS = 30000;

async function fingerprint(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Refused extends Error {}

// Waits, but no longer than until the line is back.
function pause(milliseconds) {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
  });
}

class Sending {
  constructor(form) {
    this.words = form.dataset;
    this.token = form.querySelector('[name="csrfmiddlewaretoken"]').value;
    this.status = form.querySelector("[data-upload-status]");
    this.bar = form.querySelector("progress");
  }

  say(text) {
    this.status.textContent = text;
  }

  show(done, total) {
    this.bar.hidden = false;
    this.bar.max = total;
    this.bar.value = done;
  }

  // One request; a broken line is waited out and the request sent again, which changes nothing.
  async post(address, body, headers = {}) {
    for (let wait = WAIT_FIRST_MILLISECONDS; ; wait = Math.min(wait * 2, WAIT_MAX_MILLISECONDS)) {
      try {
        const answer = await fetch(address, {
          method: "POST",
          body,
          headers: { "X-CSRFToken": this.token, ...headers },
          redirect: "error",
        });
        if (answer.ok) return await answer.json();
        if (answer.status === 409) throw new Refused((await answer.json()).refusal);
        if (answer.status < 500 && answer.status !== 429) throw new Refused(this.words.failed);
      } catch (reason) {
        if (reason instanceof Refused) throw reason;
      }
      this.say(this.words.broken);
      await pause(wait);
    }
  }

  async send(file, kind, before, total) {
    const about = new FormData();
    about.set("kind", kind);
    about.set("length", String(file.size));
    about.set("device_hash", await fingerprint(file));
    let at = await this.post(this.words.begin, about);
    while (!at.done) {
      // All bytes may be there without a document: then the last piece is sent again.
      const last = Math.floor((file.size - 1) / at.pieceBytes) * at.pieceBytes;
      const offset = Math.min(at.received, last);
      this.show(before + offset, total);
      this.say(`${this.words.sending} ${file.name}`);
      const piece = await file.slice(offset, offset + at.pieceBytes).arrayBuffer();
      const address = this.words.piece.replace("0".repeat(32), at.ref).replace(/0$/, String(offset));
      at = await this.post(address, piece, { "Content-Type": "application/octet-stream" });
    }
    this.show(before + file.size, total);
  }

  async all(files, kind) {
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const refused = [];
    let before = 0;
    for (const file of files) {
      try {
        await this.send(file, kind, before, total);
      } catch (reason) {
        if (!(reason instanceof Refused)) throw reason;
        refused.push(`${file.name}: ${reason.message}`);
      }
      before += file.size;
    }
    this.bar.hidden = true;
    this.say("");
    return refused;
  }
}

function list(form, refused) {
  const box = form.querySelector("[data-upload-refused]");
  box.querySelector("ul").replaceChildren(...refused.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
  box.hidden = false;
  box.focus();
}

async function submitted(event) {
  const form = event.currentTarget;
  const files = Array.from(form.querySelector('input[type="file"]').files);
  if (!files.length) return; // The server says that a file is missing.
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const kind = form.querySelector('[name="kind"]').value;
  const refused = await new Sending(form).all(files, kind);
  if (!refused.length) {
    location.assign(location.href);
    return;
  }
  button.disabled = false;
  list(form, refused);
}

// Only a secure page may use the browser's cryptography.
if (globalThis.crypto && crypto.subtle) {
  for (const form of document.querySelectorAll("form[data-begin]")) {
    form.addEventListener("submit", submitted);
  }
}
