// What a page does beyond plain HTML. Every page works without it.
"use strict";

// A form marked data-once is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-once")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

// A choice marked data-go sends its form as soon as it is made.
document.addEventListener("change", (event) => {
  if (event.target.hasAttribute("data-go")) event.target.form.requestSubmit();
});

// Parts marked data-live="address" are replaced by what the address sends: server-sent events,
// each named for the id of an element and holding its new content, made by the server.
for (const part of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(part.dataset.live);
  const lost = part.querySelector("[data-lost]");
  source.onopen = () => lost && (lost.hidden = true);
  source.onerror = () => lost && (lost.hidden = false);
  source.addEventListener("part", (event) => {
    const { id, html } = JSON.parse(event.data);
    const own = document.getElementById(id);
    if (own) own.innerHTML = html;
  });
  source.addEventListener("end", () => {
    source.close();
    if (part.dataset.after) location.assign(part.dataset.after);
  });
  addEventListener("pagehide", () => source.close());
}
