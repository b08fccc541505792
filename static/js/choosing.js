// The rows of a list that are chosen: all of them at once, and how many they are.

for (const form of document.querySelectorAll("form.choosing")) {
  const all = form.querySelector("[data-all]");
  const said = form.querySelector("[role=status]");
  const boxes = [...form.querySelectorAll("tbody [type=checkbox]")];
  const number = new Intl.NumberFormat(document.documentElement.lang);

  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    all.checked = count === boxes.length;
    all.indeterminate = count > 0 && !all.checked;
    // Nothing is said of a page that was only opened.
    if (count || said.textContent) said.textContent = said.dataset.said.replace("{count}", number.format(count));
  };
  form.addEventListener("change", ({ target }) => {
    if (target === all) for (const box of boxes) box.checked = all.checked;
    show();
  });
  // A browser may bring back what was chosen, after this has run.
  addEventListener("pageshow", show);
}
