// Buttons that fill in the field beside them: a day of next week is one click, not a calendar.

for (const form of document.querySelectorAll("form")) {
  // Another account brings fields of its own: they are looked up each time.
  const show = () => {
    for (const presets of form.querySelectorAll("[data-presets]")) presets.hidden = false;
  };
  form.addEventListener("input", show);
  form.addEventListener("click", ({ target }) => {
    const preset = target.closest("[data-preset]");
    if (!preset) return;
    const field = document.getElementById(preset.closest("[data-preset-for]").dataset.presetFor);
    field.value = preset.dataset.preset;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  show();
}
