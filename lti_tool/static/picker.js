/* Says below the picker how much is picked. The server counts anew; without scripts nothing is lost. */
"use strict";

(() => {
  const form = document.querySelector("form.picker");
  const says = form?.querySelector(".picked");
  if (!says) return;

  const many = (count, one, several) => (count === 1 ? `one ${one}` : `${count} ${several}`);

  /* What comes with a whole program counts once, although it may be ticked by itself too. */
  function count() {
    let links = 0;
    for (const program of form.querySelectorAll(".program")) {
      const whole = program.querySelector("input[name=pick][value^='all:']:checked");
      for (const box of program.querySelectorAll("input[name=pick]:checked")) {
        if (whole && box !== whole && !box.value.startsWith("program:") && !isBesides(box)) continue;
        links += Number(box.closest(".pickable").dataset.links);
      }
    }
    return links;
  }

  /* A staged credential in one piece is not among the links that its whole program makes. */
  function isBesides(box) {
    return Boolean(box.closest(".pickable").nextElementSibling?.matches(".stages"));
  }

  function say() {
    const links = count();
    says.textContent = links ? `You have picked ${many(links, "link", "links")}.` : "";
  }

  form.addEventListener("change", say);
  say();
})();
