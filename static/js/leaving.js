// A page that is left and doesn't go: a bar after a moment, and after 8 s words that say so.

const root = document.documentElement;
const status = document.createElement("p");
status.className = "leaving-status";
status.setAttribute("role", "status");
document.body.append(status);

let timers = [];

function rest() {
  timers.forEach(clearTimeout);
  root.classList.remove("leaving");
  status.textContent = "";
}

function leave() {
  rest();
  timers = [
    setTimeout(() => root.classList.add("leaving"), 250),
    setTimeout(() => { status.textContent = root.dataset.slow; }, 8000),
  ];
}

// A file that is downloaded leaves the page where it is, and so does another tab.
function leadsAway(url, target) {
  const { origin, pathname, search, hash } = new URL(url, location);
  const here = pathname === location.pathname && search === location.search && hash;
  return !target && origin === location.origin && !here && !/\.\w+$/.test(pathname);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const plain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (link && plain && leadsAway(link.href, link.target)) leave();
});
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  const action = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  if (!event.defaultPrevented && leadsAway(action, form.target)) leave();
});
window.addEventListener("pageshow", rest);
