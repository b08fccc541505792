// "Show" beside a password: what was typed becomes readable until the form is sent.

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  });
  input.form.addEventListener("submit", () => { input.type = "password"; });
}
