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
    if (own) renew(own, html);
  });
  source.addEventListener("end", () => {
    source.close();
    if (part.dataset.after) location.assign(part.dataset.after);
  });
  addEventListener("pagehide", () => source.close());
}

// Renews an element; what had the focus in it has it again, and tables stay where they were scrolled.
function renew(own, html) {
  const scrolled = [...own.querySelectorAll(".wide")].map((box) => box.scrollLeft);
  const focused = own.contains(document.activeElement) ? selector(document.activeElement) : "";
  own.innerHTML = html;
  own.querySelectorAll(".wide").forEach((box, place) => (box.scrollLeft = scrolled[place] ?? 0));
  if (focused) own.querySelector(focused)?.focus({ preventScroll: true });
}

function selector(element) {
  const name = ["aria-label", "href"].find((own) => element.hasAttribute(own));
  return name ? `[${name}="${CSS.escape(element.getAttribute(name))}"]` : "";
}
