// Every page: focus goes to what a person must read first, and Esc closes a confirmation.

document.querySelector("[data-focus]")?.focus();

document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest?.("details.confirm[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  const cancel = event.target.closest("[data-cancel]");
  if (!cancel) return;
  const confirmation = cancel.closest("details");
  confirmation.open = false;
  confirmation.querySelector("summary").focus();
});
