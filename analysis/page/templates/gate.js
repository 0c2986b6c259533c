"use strict";
(function () {
  const pairs = [...document.querySelectorAll(".conversation")];
  const tools = document.querySelector(".tools");

  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (target) target.scrollIntoView();
  }

  if (tools) {
    tools.hidden = false;
    document.getElementById("open-all").addEventListener("click", () => pairs.forEach((box) => { box.open = true; }));
    document.getElementById("close-all").addEventListener("click", () => pairs.forEach((box) => { box.open = false; }));
  }
  window.addEventListener("hashchange", reveal);
  if (location.hash) reveal();
})();
