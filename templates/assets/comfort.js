// Comfort only: every page works without this file.
"use strict";
(() => {
  const copy = async (button, text) => {
    await navigator.clipboard.writeText(text);
    const label = button.textContent;
    button.textContent = button.dataset.done;
    button.setAttribute("aria-live", "polite");
    setTimeout(() => { button.textContent = label; }, 2000);
  };
  const each = (selector, start) => document.querySelectorAll(selector).forEach((element) => {
    element.hidden = false;
    start(element);
  });

  each("[data-reveal]", (button) => button.addEventListener("click", () => {
    const input = document.getElementById(button.dataset.reveal);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    input.focus();
  }));
  each("[data-print]", (button) => button.addEventListener("click", () => window.print()));
  if (navigator.clipboard) {
    each("[data-copy]", (button) => button.addEventListener("click", () =>
      copy(button, document.getElementById(button.dataset.copy).textContent.trim())));
    each("[data-copy-list]", (button) => button.addEventListener("click", () => {
      const items = document.querySelectorAll(`.${button.dataset.copyList} li`);
      copy(button, Array.from(items, (item) => item.textContent.trim()).join("\n"));
    }));
  }

  // A field may bear the name of the method.
  each("form[data-send]", (form) => HTMLFormElement.prototype.submit.call(form));

  // A second press while the answer is on its way would send a one-time code twice.
  const sent = new WeakSet();
  document.addEventListener("submit", (event) => {
    if (sent.has(event.target)) event.preventDefault();
    sent.add(event.target);
    setTimeout(() => sent.delete(event.target), 4000);
  });
})();
