// A form is sent once: its button is busy from the click until the answer comes.

const sending = new WeakSet();

function setBusy(form, button, busy) {
  button?.toggleAttribute("disabled", busy);
  busy ? button?.setAttribute("aria-busy", "true") : button?.removeAttribute("aria-busy");
  busy ? sending.add(form) : sending.delete(form);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (sending.has(form)) return event.preventDefault();
  sending.add(form);
  // After the browser has collected the form: a disabled button would leave out its own value.
  setTimeout(() => setBusy(form, event.submitter, true));
});

// Back and forward may bring a page back as it was left: in the middle of sending.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("[aria-busy=true]")) setBusy(button.form, button, false);
});
