// Says below a field what kind of key was pasted. The key itself goes nowhere but into the form.

const fitting = (region, value) => {
  const fits = [...region.querySelectorAll("template")].filter((one) => value.startsWith(one.dataset.prefix));
  return fits.sort((one, other) => other.dataset.prefix.length - one.dataset.prefix.length)[0];
};

document.addEventListener("input", ({ target, inputType }) => {
  const region = document.querySelector(`[data-kinds="${target.id}"]`);
  if (!region) return;
  if (inputType === "insertFromPaste" && target.value !== target.value.trim()) target.value = target.value.trim();
  const kind = fitting(region, target.value.trim());
  const says = region.querySelector("[role=status]");
  // The same again is no news: a live region that is written anew is read out anew.
  if (says.dataset.prefix === kind?.dataset.prefix) return;
  says.replaceChildren(...(kind ? [kind.content.cloneNode(true)] : []));
  if (kind) says.dataset.prefix = kind.dataset.prefix;
  else delete says.dataset.prefix;
});
