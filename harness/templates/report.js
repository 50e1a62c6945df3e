"use strict";
(() => {
  const tools = document.querySelector("#findings .tools");
  const entries = [...document.querySelectorAll("#findings .entry")];

  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    target.hidden = false;
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);

  for (const command of document.querySelectorAll(".command")) {
    const copy = document.createElement("button");
    copy.type = "button";
    copy.className = "copy";
    copy.textContent = "Copy";
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command.textContent);
        copy.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(command);
        copy.textContent = "Selected";
      }
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    });
    command.after(copy);
  }

  if (tools) {
    const search = tools.querySelector("input[type=search]");
    const boxes = [...tools.querySelectorAll("input[type=checkbox]")];
    const count = tools.querySelector("output");
    const nothing = document.querySelector("#findings .nothing");
    const texts = new Map(entries.map((entry) => [entry, entry.textContent.toLowerCase()]));
    const sift = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      let shown = 0;
      for (const entry of entries) {
        const text = texts.get(entry);
        entry.hidden = !(wanted.has(entry.dataset.outcome) && words.every((word) => text.includes(word)));
        if (!entry.hidden) shown += 1;
      }
      nothing.hidden = shown > 0;
      count.textContent = shown === entries.length ? "" : `${shown} of ${entries.length}`;
    };
    search.addEventListener("input", sift);
    for (const box of boxes) box.addEventListener("change", sift);
    for (const button of tools.querySelectorAll("button[data-open]")) {
      button.addEventListener("click", () => {
        for (const entry of entries) if (!entry.hidden) entry.open = button.dataset.open === "all";
      });
    }
    search.value = new URLSearchParams(location.search).get("q") ?? "";
    sift();
    tools.hidden = false;
  }
  document.documentElement.dataset.ready = "yes";
  reveal();
})();
