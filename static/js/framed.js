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

const buttons = document.querySelectorAll("[data-close]");
for (const button of buttons) {
  button.hidden = !framed;
  button.addEventListener("click", () => close(button));
}
document.addEventListener("keydown", (event) => {
  const layer = document.querySelector(":popover-open, details.confirm[open]");
  if (event.key === "Escape" && framed && buttons.length && !layer) close(buttons[0]);
});
