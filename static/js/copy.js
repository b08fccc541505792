// Copies the value of the input beside the button, as it is at that moment.
//
// navigator.clipboard is refused in a cross-site frame that the CRM did not grant "clipboard-write";
// execCommand on a selected input needs no permission.

function copySelected(input) {
  input.focus();
  input.select();
  return document.execCommand("copy");
}

async function copy(input) {
  // Asking where it is refused would write an error to the console.
  if (document.featurePolicy?.allowsFeature("clipboard-write") === false) return copySelected(input);
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    return copySelected(input);
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-button]");
  if (!button) return;
  const box = button.closest("[data-copy]");
  const input = box.querySelector("input, textarea");
  const done = await copy(input);
  button.focus();
  const label = button.querySelector("[data-label]");
  button.dataset.was ??= label.textContent;
  const { copied, said, byHand, refused } = box.dataset;
  label.textContent = done ? copied : byHand;
  box.querySelector("[role=status]").textContent = done ? said : refused;
  if (!done) input.select();
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    label.textContent = button.dataset.was;
    box.querySelector("[role=status]").textContent = "";
  }, 4000);
});
