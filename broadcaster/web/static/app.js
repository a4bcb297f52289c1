// The little that pages do in the browser; every page works without it.
import { initAll } from "./vendor/govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// a hidden tab asks for nothing, nor does a page whose button is on its way: what
// comes back would put another button under the finger
document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail.ctx.sourceElement;
  const waits = document.hidden || document.querySelector("form[data-sent]");
  if (waits && source.matches("[data-poll]")) event.preventDefault();
});

// a second tap on a button that is already on its way does nothing
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method === "post" && !form.hasAttribute("data-again")) form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// the phone's own address book, on phones whose browser may ask for it
for (const button of document.querySelectorAll("[data-contacts]")) {
  if (!navigator.contacts?.select) continue;
  const lines = document.getElementById(button.dataset.contacts);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const wanted = { multiple: true };
    const people = await navigator.contacts.select(["name", "tel"], wanted).catch(() => []);
    const chosen = people.map((person) => `${person.name?.[0] ?? ""} ${(person.tel ?? []).join(" / ")}`);
    lines.value = [lines.value.trimEnd(), ...chosen].filter(Boolean).join("\n");
    lines.focus();
  });
}
