// Options that hang on another choice: asked for as soon as that choice is made.
//
// The form's own "Next" button does the same without a script: it sends what was typed and gets the
// form back with the options filled in. So does this, and takes over only the fields.

for (const form of document.querySelectorAll("form[data-choices]")) {
  const status = form.querySelector("[data-choices-status]");
  const next = () => form.querySelector("[data-next]");
  const region = () => form.querySelector("[data-choices-region]");
  next().hidden = true;

  form.addEventListener("change", async (event) => {
    if (!event.target.matches("[data-decides]")) return;
    const { id } = event.target;
    const body = new FormData(form);
    body.set("step", "choices");
    region().setAttribute("aria-busy", "true");
    status.textContent = "Loading the choices…";
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, redirect: "error" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      region().replaceWith(page.querySelector("[data-choices-region]"));
      status.textContent = "The choices are ready.";
      document.getElementById(id)?.focus();
    } catch {
      region().removeAttribute("aria-busy");
      status.textContent = "The choices could not be loaded. Press Next to try again.";
      next().hidden = false;
    }
  });
}
