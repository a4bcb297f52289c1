// A hidden page asks for nothing: a wall left open in a tab costs no work.
document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.target.id === "pulse") event.preventDefault();
});
