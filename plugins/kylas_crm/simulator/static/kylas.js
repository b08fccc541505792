// The CRM's own behaviour: menus, the modal, the side panel, and pages that keep up by themselves.

const appOrigin = new URL(document.body.dataset.app).origin;
const REFRESH_MS = 1000;

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  closeMenus();
  menu.querySelector("summary").focus();
});

function openModal(dialog) {
  const frame = dialog.querySelector("iframe");
  frame.src = frame.dataset.src;
  closeMenus();
  dialog.showModal();
}

for (const opener of document.querySelectorAll("[data-open]")) {
  const dialog = document.getElementById(opener.dataset.open);
  // The menu item is hidden again by then, so focus goes back to the button of its menu.
  const returnTo = opener.closest("details").querySelector("summary");
  opener.addEventListener("click", () => openModal(dialog));
  dialog.addEventListener("close", () => {
    dialog.querySelector("iframe").removeAttribute("src");
    returnTo.focus();
    refresh();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}

window.addEventListener("message", (event) => {
  if (event.origin === appOrigin && event.data?.type === "dealpay:close") {
    document.querySelector("dialog[open]")?.close();
  }
});

for (const button of document.querySelectorAll("[data-panel]")) {
  button.addEventListener("click", () => {
    const frame = document.getElementById(button.dataset.panel);
    frame.hidden = !frame.hidden;
    button.setAttribute("aria-expanded", String(!frame.hidden));
    if (frame.hidden) frame.removeAttribute("src");
    else frame.src = frame.dataset.src;
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => {
    document.getElementById(button.dataset.copy).select();
    button.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
  });
}

// The form opens the app in a new tab; this tab goes on to what the install has changed here.
for (const form of document.querySelectorAll("form[data-then]")) {
  form.addEventListener("submit", () => setTimeout(() => location.assign(form.dataset.then), 500));
}

/** Fetch this page again and take over what has changed in its live parts. */
async function refresh() {
  if (document.hidden) return;
  const response = await fetch(location.href).catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (now && now.innerHTML !== part.innerHTML) part.innerHTML = now.innerHTML;
  }
}

if (document.querySelector("[data-live]")) {
  (async () => {
    for (;;) {
      await new Promise((done) => setTimeout(done, REFRESH_MS));
      await refresh();
    }
  })();
}
