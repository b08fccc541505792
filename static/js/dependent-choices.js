// Options that hang on another choice: asked for as soon as that choice is made.
//
// The form's own "Next" button does the same without a script: it sends what was typed and gets the
// form back with the options filled in. So does this, and takes over only the fields.

import { inTime } from "./patience.js";

const says = document.documentElement.dataset;

// What is typed while the choices load stays, and so does the focus.
function takeOver(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
  for (const typed of old.querySelectorAll("input:not([type=hidden]), textarea")) {
    const asked = fresh.querySelector(`#${CSS.escape(typed.id)}`);
    if (!asked) continue;
    // A text that nobody has touched may be another one now.
    if (typed.localName === "textarea" && typed.value === typed.defaultValue) continue;
    if (typed.closest("[data-more]")) {
      // What is allowed there may be something else now.
      asked.value = typed.value;
      asked.checked = typed.checked;
    } else {
      asked.replaceWith(typed);
    }
  }
  const [before, after] = [old, fresh].map((one) => one.querySelector("[data-more]"));
  if (before?.open && after) after.open = true;
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
}

// A choice can be made before this script runs, or be put back by the browser on a reload.
function isChanged({ value, options, defaultValue }) {
  const start = options ? [...options].find((option) => option.defaultSelected) ?? options[0] : null;
  return value !== (start ? start.value : defaultValue);
}

for (const form of document.querySelectorAll("form[data-choices]")) {
  const status = form.querySelector("[data-choices-status]");
  const next = () => form.querySelector("[data-next]");
  const region = () => form.querySelector("[data-choices-region]");
  let latest = 0;

  const ask = async () => {
    const asked = ++latest;
    const body = new FormData(form);
    body.set("step", "choices");
    region().setAttribute("aria-busy", "true");
    status.textContent = says.choicesLoading;
    try {
      const how = { method: "POST", body, redirect: "error", signal: inTime() };
      const answer = await fetch(form.getAttribute("action"), how);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (asked !== latest) return;
      takeOver(region(), page.querySelector("[data-choices-region]"));
      status.textContent = says.choicesReady;
      form.dispatchEvent(new Event("input"));
    } catch {
      if (asked !== latest) return;
      region().removeAttribute("aria-busy");
      status.textContent = says.choicesFailed;
      next().classList.add("needed");
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-decides]")) ask();
  });
  if ([...form.querySelectorAll("[data-decides]")].some(isChanged)) ask();
}
