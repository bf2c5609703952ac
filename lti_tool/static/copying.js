/* A button beside each value that is to be copied; without scripts it is selected by hand. */
"use strict";

if (navigator.clipboard) {
  for (const value of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain copy";
    const words = document.createElement("span");
    words.textContent = "Copy";
    const what = document.createElement("span");
    what.className = "unseen";
    what.textContent = ` ${value.dataset.copy}`;
    const said = document.createElement("span");
    said.className = "unseen";
    said.setAttribute("role", "status");
    button.append(words, what);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(value.textContent.trim());
      words.textContent = "Copied";
      said.textContent = `Copied ${value.dataset.copy}`;
      setTimeout(() => { words.textContent = "Copy"; }, 2000);
    });
    (value.closest("a, pre") ?? value).after(" ", button, said);
  }
}
