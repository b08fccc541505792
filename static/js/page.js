// Every page: focus goes to what a person must read first, Esc closes a confirmation, and Ctrl+Enter
// sends a form from anywhere in it.

const focus = () => document.querySelector("[data-focus]")?.focus();
focus();
document.addEventListener("dealpay:arrived", focus);

// What is wrong is said by the page that comes back, in its own words and language, with the focus on it.
const sayOurselves = () => {
  for (const form of document.querySelectorAll("form[method=post]")) form.noValidate = true;
};
sayOurselves();
document.addEventListener("dealpay:arrived", sayOurselves);

// In a form that begins with a search, Enter sends the form from everywhere but the search.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const form = event.target.form;
  const wanted = event.ctrlKey || event.metaKey || (form?.hasAttribute("data-searches") && event.target.matches("input:not([type=search])"));
  const main = form?.querySelector(".button.primary:not([disabled])");
  if (!wanted || form?.method !== "post" || !main) return;
  event.preventDefault();
  form.requestSubmit(main);
});

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
