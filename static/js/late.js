// A page that waits for the CRM or the provider: its shape stands there at once, and this puts the
// page in its place when it comes.

import { inTime } from "./patience.js";

const late = document.querySelector("[data-late]");
const status = document.querySelector("[data-late-status]");
const again = document.querySelector("[data-late-again]");
const SLOW = 8000; // milliseconds

function takeOver(page) {
  const main = page.querySelector("main");
  document.title = page.title;
  document.querySelector("main").replaceWith(main);
  const known = new Set([...document.scripts].map((script) => script.src));
  for (const { src } of page.querySelectorAll("head script[src]")) {
    if (known.has(new URL(src, location).href)) continue;
    const script = document.createElement("script");
    script.type = "module";
    script.src = src;
    document.head.append(script);
  }
  document.dispatchEvent(new Event("dealpay:arrived"));
}

async function load() {
  const timer = setTimeout(() => { status.textContent = late.dataset.slow; }, SLOW);
  try {
    const headers = { Accept: "text/html" };
    const answer = await fetch(late.dataset.late, { headers, signal: inTime() });
    if (answer.redirected) return location.replace(answer.url); // signed out meanwhile
    takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    late.removeAttribute("aria-busy");
    late.hidden = true;
    status.textContent = late.dataset.failed;
    again.hidden = false;
    again.querySelector("a").focus();
  } finally {
    clearTimeout(timer);
  }
}

load();
