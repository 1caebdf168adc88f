"use strict";
// The timeline by keyboard: one Tab stop, arrows within and between lanes; a line below tells of the bar in focus.
(() => {
  const region = document.querySelector("[data-timeline]");
  if (!region) return;
  const line = document.querySelector(".told");
  const shown = (within) => [...within.querySelectorAll(".event")].filter((bar) => bar.checkVisibility());
  const middle = (bar) => {
    const box = bar.querySelector(".span").getBoundingClientRect();
    return box.left + box.width / 2;
  };

  const settle = (chosen) => {
    const bars = shown(region);
    const stop = bars.includes(chosen) ? chosen : bars[0];
    for (const bar of region.querySelectorAll(".event")) bar.setAttribute("tabindex", bar === stop ? "0" : "-1");
  };

  const tell = (bar) => {
    const told = document.getElementById(bar.dataset.told);
    line.replaceChildren(...[...told.childNodes].map((node) => node.cloneNode(true)));
  };

  const neighbour = (bar, step) => {
    const lanes = [...region.querySelectorAll("[data-lane]")].filter((lane) => shown(lane).length);
    const lane = lanes[lanes.indexOf(bar.closest("[data-lane]")) + step];
    const far = (other) => Math.abs(middle(other) - middle(bar));
    return lane && shown(lane).reduce((best, other) => (far(other) < far(best) ? other : best));
  };

  const go = (bar, key) => {
    const bars = shown(bar.closest("[data-lane]"));
    const at = bars.indexOf(bar);
    if (key === "ArrowLeft") return bars[at - 1];
    if (key === "ArrowRight") return bars[at + 1];
    if (key === "ArrowUp") return neighbour(bar, -1);
    if (key === "ArrowDown") return neighbour(bar, 1);
    return key === "Home" ? bars[0] : bars.at(-1);
  };

  region.addEventListener("keydown", (event) => {
    const bar = event.target.closest(".event");
    const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
    if (!bar || !keys.includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = go(bar, event.key);
    if (next) next.focus();
  });
  region.addEventListener("focusin", (event) => {
    const bar = event.target.closest(".event");
    if (!bar) return;
    settle(bar);
    tell(bar);
  });
  // A pointer on its way to the line below must not change it: only where it rests does it count.
  let resting;
  region.addEventListener("pointerover", (event) => {
    const bar = event.target.closest(".event");
    clearTimeout(resting);
    if (bar) resting = setTimeout(() => tell(bar), 200);
  });
  region.addEventListener("pointerleave", () => clearTimeout(resting));
  document.addEventListener("filtered", () => settle(region.querySelector(".event[tabindex='0']")));

  region.removeAttribute("tabindex"); // the bars are what is walked to
  region.scrollLeft = region.scrollWidth; // the latest is looked at first
  line.hidden = false;
  document.getElementById("keys").hidden = false;
  settle(null);
})();
