// Keeps a part of the page fresh while something in it is still open.
//
// The page is fetched again and the part with the same id taken over, when its data-version says
// that something happened. A part that comes without data-refresh has come to rest. What has left it
// is announced by data-gone, for a part that shows some of a list.

import { inTime } from "./patience.js";

const announcer = document.createElement("p");
announcer.className = "visually-hidden";
announcer.setAttribute("role", "status");
document.body.append(announcer);

function says(part) {
  const states = new Map();
  for (const one of part.querySelectorAll("[data-state]")) states.set(one.id, one.dataset);
  return states;
}

function takeOver(part, fresh) {
  const before = says(part);
  const focused = part.contains(document.activeElement) ? document.activeElement.id : null;
  part.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
  const after = says(fresh);
  const changed = [...before].filter(([id, was]) => after.get(id)?.state !== was.state);
  const news = changed.map(([id]) => (after.has(id) ? after.get(id).said : fresh.dataset.gone));
  announcer.textContent = [...new Set(news), fresh.dataset.said].filter(Boolean).join(" ");
}

async function refresh(id) {
  const part = document.getElementById(id);
  if (!document.hidden) {
    try {
      const headers = { "X-Requested-With": "refresh" };
      const answer = await fetch(location.href, { headers, signal: inTime() });
      if (answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(id);
      if (!fresh) return;
      if (fresh.dataset.version !== part.dataset.version) takeOver(part, fresh);
      if (!fresh.dataset.refresh) return;
    } catch {
      // The network is away for a moment: the next round asks again.
    }
  }
  setTimeout(refresh, part.dataset.refresh * 1000, id);
}

for (const part of document.querySelectorAll("[data-refresh]")) {
  setTimeout(refresh, part.dataset.refresh * 1000, part.id);
}
