"use strict";
(function () {
  const form = document.getElementById("filters");
  const conversations = [...document.querySelectorAll(".conversation")];
  const found = document.getElementById("found");
  const texts = new Map();

  function textOf(conversation) {
    if (!texts.has(conversation)) texts.set(conversation, conversation.textContent.toLowerCase());
    return texts.get(conversation);
  }

  function chosen(name) {
    const field = form.elements[name];
    return field ? field.value : "";
  }

  function has(conversation, key, wanted) {
    return wanted === "" || conversation.dataset[key].split(" ").includes(wanted);
  }

  function apply() {
    const words = form.elements.words.value.trim().toLowerCase();
    let count = 0;
    for (const conversation of conversations) {
      const matches =
        has(conversation, "judges", chosen("judge")) &&
        has(conversation, "scenario", chosen("scenario")) &&
        has(conversation, "models", chosen("model")) &&
        has(conversation, "arms", chosen("arm")) &&
        (!form.elements.flagged.checked || conversation.dataset.judges !== "") &&
        (words === "" || textOf(conversation).includes(words));
      conversation.hidden = !matches;
      count += matches;
    }
    document.body.classList.toggle("only-flagged-turns", form.elements.turns.checked);
    found.textContent = count + " of " + conversations.length + " shown";
  }

  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) {
      box.open = true;
      box.hidden = false;
    }
    if (target) target.scrollIntoView();
  }

  if (form) {
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    const openAll = (open) => conversations.forEach((box) => { if (!box.hidden) box.open = open; });
    document.getElementById("open-all").addEventListener("click", () => openAll(true));
    document.getElementById("close-all").addEventListener("click", () => openAll(false));
    apply();
  }
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("section:not(#conversations) > details").forEach((box) => { box.open = true; });
  });
  window.addEventListener("hashchange", reveal);
  if (location.hash) reveal();
})();
