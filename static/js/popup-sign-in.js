// Signing in inside the CRM's frame through a window of its own.
//
// The frame makes up a nonce and opens the window with its hash. The window, once its person has
// confirmed, posts a one-time code to the page that has opened it: to our own origin and no other. The
// frame takes it from that window only, and trades it, with the nonce, for a session of its own.

import { inTime } from "./patience.js";

const CODE = "dealpay:code";
const framed = window.parent !== window;

function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function newNonce() {
  const nonce = hex(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(nonce));
  return { nonce, hash: hex(hash) };
}

class Frame {
  constructor(box, ready) {
    this.box = box;
    this.ready = ready;
    this.window = null;
    window.addEventListener("message", (event) => this.receive(event));
    box.hidden = false;
    box.querySelector("[data-open]").addEventListener("click", () => this.open(""));
    for (const link of document.querySelectorAll("a[data-continue]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.open(link.dataset.continue);
      });
    }
  }

  // At once within the click, or browsers take it for a pop-up that nobody asked for.
  open(via) {
    const query = new URLSearchParams({ for: this.ready.hash, crm: this.box.dataset.crm || via, via });
    const features = "popup,width=520,height=720";
    this.window = window.open(`/popup?${query}`, `dealpay-${this.ready.hash.slice(0, 8)}`, features);
    const say = this.box.dataset;
    this.tell(this.window ? say.waiting : say.blocked);
    this.box.querySelector("[data-new-tab]").hidden = Boolean(this.window);
  }

  async receive(event) {
    if (event.origin !== location.origin || !this.window || event.source !== this.window) return;
    if (event.data?.type !== CODE || typeof event.data.code !== "string") return;
    const { nonce } = this.ready;
    this.ready = await newNonce(); // a nonce is for one code
    const body = new URLSearchParams({
      code: event.data.code,
      nonce,
      csrf_token: document.querySelector("[name=csrf_token]").value,
    });
    const sent = fetch("/popup/code", { method: "POST", body, signal: inTime() });
    const answer = await sent.catch(() => null);
    if (answer?.ok) {
      this.window.close();
      location.replace(location.pathname + location.search);
      return;
    }
    const told = await answer?.json().catch(() => null);
    this.tell(told?.problem || this.box.dataset.failed);
  }

  tell(text) {
    this.box.querySelector("[role=status]").textContent = text;
  }
}

const box = document.querySelector("[data-popup-sign-in]");
if (framed && box) {
  newNonce().then((ready) => new Frame(box, ready));
} else if (framed) {
  // A CRM's page can't be shown in a frame.
  for (const link of document.querySelectorAll("a[data-continue]")) link.target = "_blank";
}

const handOver = document.querySelector("[data-hand-over]");
if (handOver) {
  const reached = Boolean(window.opener) && !window.opener.closed;
  if (reached) window.opener.postMessage({ type: CODE, code: handOver.dataset.handOver }, location.origin);
  for (const part of handOver.querySelectorAll("[data-reached]")) {
    part.hidden = part.dataset.reached !== String(reached);
  }
}
