"use strict";
// What every page shares: count what the filters leave, keep the choice in the address, search within a list.
(() => {
  const form = document.querySelector("[data-filters]");
  const search = document.querySelector("[data-search]");
  // What shows an item again is filtered with it, and not counted.
  const items = () => document.querySelectorAll(".item:not([data-uncounted] *)");

  const count = () => {
    const output = document.querySelector("[data-count]");
    if (!output) return;
    const all = [...items()];
    const shown = all.filter((item) => item.checkVisibility()).length;
    output.textContent = `${shown} of ${all.length} ${output.dataset.count}`;
  };

  const keep = () => {
    const chosen = new URLSearchParams();
    const off = [...form.querySelectorAll("input[type=checkbox]:not(:checked)")].map((box) => box.id.slice(2));
    if (off.length) chosen.set("without", off.join(" "));
    for (const select of form.querySelectorAll("select")) if (select.value) chosen.set(select.id.slice(2), select.value);
    const text = chosen.toString();
    history.replaceState(null, "", text ? `?${text}${location.hash}` : location.pathname + location.hash);
  };

  const restore = () => {
    const chosen = new URLSearchParams(location.search);
    for (const name of (chosen.get("without") || "").split(" ")) {
      const box = document.getElementById(`f-${name}`);
      if (name && box) box.checked = false;
    }
    for (const select of form.querySelectorAll("select")) {
      const value = chosen.get(select.id.slice(2));
      if (value && [...select.options].some((option) => option.value === value)) select.value = value;
    }
  };

  if (form) {
    form.addEventListener("submit", (event) => event.preventDefault());
    restore();
    form.addEventListener("change", () => {
      keep();
      count();
      document.dispatchEvent(new Event("filtered"));
    });
    count();
  }

  if (search) {
    const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const narrow = () => {
      const words = fold(search.value).split(/\s+/).filter(Boolean);
      for (const item of items()) {
        const text = fold(item.textContent);
        item.hidden = !words.every((word) => text.includes(word));
      }
      count();
    };
    search.addEventListener("input", narrow);
    narrow();
  }
})();
