// In the CRM's frame: the close buttons, and Esc, ask the CRM to close the modal.
//
// The message carries nothing secret and goes to the CRM's own origins only; the browser drops it
// for any other parent.

const framed = window.parent !== window;
document.documentElement.classList.toggle("framed", framed);

function close(button) {
  for (const origin of button.dataset.close.split(" ").filter(Boolean)) {
    window.parent.postMessage({ type: "dealpay:close" }, origin);
  }
}

function show() {
  for (const button of document.querySelectorAll("[data-close]")) button.hidden = !framed;
}
show();
document.addEventListener("dealpay:arrived", show);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  if (button) close(button);
});
document.addEventListener("keydown", (event) => {
  const layer = document.querySelector(":popover-open, details.confirm[open]");
  const button = document.querySelector("[data-close]");
  if (event.key === "Escape" && framed && button && !layer) close(button);
});
