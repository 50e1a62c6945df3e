"use strict";
(() => {
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      node.hidden = false;
      if (node.tagName === "DETAILS") node.open = true;
    }
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

  const asked = new URLSearchParams(location.search).get("q") ?? "";

  // A section of details that can be searched and filtered by outcome; what is around them shows where one of them does.
  const sifted = (section, selector, around) => {
    const tools = section.querySelector(".tools");
    if (!tools) return;
    const entries = [...section.querySelectorAll(selector)];
    const groups = around ? [...section.querySelectorAll(around)].reverse() : [];
    const search = tools.querySelector("input[type=search]");
    const boxes = [...tools.querySelectorAll("input[type=checkbox]")];
    const count = tools.querySelector("output");
    const nothing = section.querySelector(".nothing");
    const texts = new Map(entries.map((entry) => {
      const clause = entry.parentElement.querySelector(":scope > summary");
      return [entry, `${around && clause ? clause.textContent : ""} ${entry.textContent}`.toLowerCase()];
    }));
    const sift = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      let shown = 0;
      for (const entry of entries) {
        const text = texts.get(entry);
        entry.hidden = !(wanted.has(entry.dataset.outcome) && words.every((word) => text.includes(word)));
        if (!entry.hidden) shown += 1;
      }
      for (const group of groups) {
        group.hidden = ![...group.children].some((child) => child.tagName === "DETAILS" && !child.hidden);
        if (words.length && !group.hidden) group.open = true;
      }
      nothing.hidden = shown > 0;
      count.textContent = shown === entries.length ? "" : `${shown} of ${entries.length}`;
    };
    search.addEventListener("input", sift);
    for (const box of boxes) box.addEventListener("change", sift);
    for (const button of tools.querySelectorAll("button[data-open]")) {
      button.addEventListener("click", () => {
        for (const one of groups.length ? groups : entries) if (!one.hidden) one.open = button.dataset.open === "all";
      });
    }
    search.value = asked;
    sift();
    tools.hidden = false;
  };
  for (const [id, selector, around] of [["findings", ".entry"], ["statements", ".leaf", ".branch"]]) {
    const section = document.getElementById(id);
    if (section) sifted(section, selector, around);
  }
  document.documentElement.dataset.ready = "yes";
  reveal();
})();
