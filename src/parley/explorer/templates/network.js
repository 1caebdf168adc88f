"use strict";
// The network to move in: takes the drawing's place once its data is there. Texts go in as text only.
(async () => {
  const stage = document.getElementById("net-stage");
  const still = document.getElementById("net-still");
  const [canvas, panel, pick, moves] = ["canvas", "panel", "pick", "moves"].map((name) => document.getElementById(`net-${name}`));
  if (typeof cytoscape !== "function" || !document.createElement("canvas").getContext("2d")) return;
  let data;
  try {
    data = await (await fetch("network.json")).json();
  } catch {
    return; // the drawing stays
  }

  const make = (name, text, values = {}) => {
    const element = Object.assign(document.createElement(name), values);
    element.append(text);
    return element;
  };
  const addressed = (text, address, name = "") => (address ? make("a", text, { href: address, className: name }) : make("span", text));
  const badge = (key) => {
    const found = make("span", make("span", data.signs[key][0], { ariaHidden: "true" }), { className: `status s-${key}` });
    found.append(` ${data.signs[key][1]}`);
    return found;
  };

  // ---- the picture
  const nodes = [...data.actors, ...data.engagements];
  const named = new Map(nodes.map((node) => [node.id, node]));
  const elements = [];
  for (const actor of data.actors) {
    actor.part = [];
    const [x, y, radius] = actor.at;
    elements.push({ data: { id: actor.id, label: actor.lines.join("\n"), size: 2 * radius }, position: { x, y }, classes: actor.state ? "actor state" : "actor" });
  }
  for (const one of data.engagements) {
    const [sign] = data.signs[one.status];
    const hint = `${one.label.length > 60 ? `${one.label.slice(0, 60)}…` : one.label} (${data.signs[one.status][1]})`;
    elements.push({ data: { id: one.id, label: sign, hint }, position: { x: one.at[0], y: one.at[1] }, classes: `engagement ${one.status}` });
    one.actors.forEach(([number, status, words], index) => {
      const actor = data.actors[number];
      actor.part.push([one, status, words]);
      const mark = ["denied", "disputed"].includes(status) ? data.signs[status][0] : "";
      elements.push({ data: { id: `${index} ${one.id}`, source: one.id, target: actor.id, label: mark, words }, classes: status });
    });
  }

  const dashes = { possible: [9, 4], reported: [4, 3], expected: [1.5, 3.5] };
  const many = nodes.length > 500;
  const looks = () => {
    const css = getComputedStyle(document.documentElement);
    const of = (name) => css.getPropertyValue(`--${name}`).trim();
    const [ink, paper, soft, link] = ["ink", "paper", "soft", "link"].map(of);
    const text = { label: "data(label)", color: ink, "font-family": "system-ui, sans-serif", "font-size": 12, "min-zoomed-font-size": 6 };
    const halo = { "text-outline-color": paper, "text-outline-width": 2 };
    const plate = { "text-background-color": soft, "text-background-opacity": 1, "text-background-padding": 3, "min-zoomed-font-size": 0 };
    return [
      { selector: "node", style: { ...text, "border-width": 2 } },
      { selector: ".actor", style: { shape: "ellipse", width: "data(size)", height: "data(size)", "background-color": soft, "border-color": ink } },
      { selector: ".actor", style: { ...halo, "text-valign": "bottom", "text-margin-y": 4, "text-wrap": "wrap", "line-height": 1.1, "z-index": 2 } },
      { selector: ".state", style: { shape: "rectangle" } },
      { selector: ".engagement", style: { shape: "diamond", width: 24, height: 24, "background-color": paper, "text-valign": "center" } },
      { selector: "edge", style: { ...text, ...halo, width: 1.2, "curve-style": "straight", "font-size": 11, opacity: many ? 0.35 : 1 } },
      ...Object.keys(data.signs).map((key) => ({ selector: `edge.${key}`, style: { "line-color": of(key), color: of(key), ...(dashes[key] ? { "line-style": "dashed", "line-dash-pattern": dashes[key] } : {}) } })),
      ...Object.keys(data.signs).map((key) => ({ selector: `node.${key}`, style: { "border-color": of(key), ...(dashes[key] ? { "border-style": "dashed", "border-dash-pattern": dashes[key] } : {}) } })),
      { selector: "node.disputed", style: { "border-style": "double", "border-width": 5 } },
      { selector: ".near", style: { opacity: 1 } },
      { selector: ".dim", style: { opacity: 0.2 } },
      { selector: ".chosen", style: { "background-color": link, "border-color": link, "border-width": 5 } },
      { selector: ".engagement.chosen", style: { color: paper } },
      { selector: ".engagement.hot", style: { ...plate, color: ink, label: "data(hint)", "text-valign": "top", "text-margin-y": -4, "text-wrap": "wrap", "text-max-width": 180, "z-index": 9 } },
      { selector: "edge.hot", style: { ...plate, label: "data(words)", "text-wrap": "wrap", "text-max-width": 160, "z-index": 9 } },
      { selector: ".off", style: { display: "none" } },
    ];
  };

  stage.hidden = false;
  let cy;
  try {
    cy = cytoscape({
      container: canvas, elements, style: looks(), layout: { name: "preset" }, minZoom: 0.05, maxZoom: 4, autoungrabify: true,
      boxSelectionEnabled: false, hideEdgesOnViewport: many, hideLabelsOnViewport: many, textureOnViewport: many,
    });
  } catch {
    stage.hidden = true;
    return;
  }
  still.hidden = true;
  const whole = () => cy.fit(cy.elements(":visible"), 12);
  const start = () => {
    whole();
    const middle = cy.getElementById(data.actors[0]?.id ?? ""); // the best connected
    if (cy.zoom() < 0.5 && middle.nonempty()) {
      cy.zoom(0.75);
      cy.center(middle);
    }
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(looks()));

  const zoom = (factor) => cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  const steps = {
    ArrowLeft: ["←", "left", () => cy.panBy({ x: 80, y: 0 })],
    ArrowRight: ["→", "right", () => cy.panBy({ x: -80, y: 0 })],
    ArrowUp: ["↑", "up", () => cy.panBy({ x: 0, y: 80 })],
    ArrowDown: ["↓", "down", () => cy.panBy({ x: 0, y: -80 })],
    "+": ["+", "nearer", () => zoom(1.3)],
    "-": ["−", "farther", () => zoom(1 / 1.3)],
    0: ["all", "all of it", whole],
  };
  for (const [sign, name, step] of Object.values(steps)) {
    const button = make("button", sign, { type: "button", ariaLabel: name, title: name });
    button.addEventListener("click", step);
    moves.append(button, " ");
  }
  canvas.addEventListener("keydown", (event) => {
    const step = steps[event.key === "=" ? "+" : event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step[2]();
  });

  // ---- filters: an actor goes with the last of its engagements
  const options = new Map();
  for (const [name, list] of [["Actors", data.actors], ["Engagements", data.engagements]]) {
    const group = Object.assign(document.createElement("optgroup"), { label: name });
    for (const node of list) {
      const option = make("option", node.label.length > 90 ? `${node.label.slice(0, 90)}…` : node.label, { value: node.id });
      options.set(node.id, option);
      group.append(option);
    }
    pick.append(group);
  }
  const form = document.querySelector("[data-filters]");
  const filter = () => {
    const value = (id) => document.getElementById(id)?.value ?? "";
    const [kind, year] = [value("f-kind"), value("f-year")];
    const without = new Set([...form.querySelectorAll("input:not(:checked)")].map((box) => box.id.slice(2)));
    const left = new Set();
    let count = 0;
    for (const one of data.engagements) {
      if (without.has(one.status) || (kind && one.key !== kind)) continue;
      if (year && !(year === "none" ? one.years.length === 0 : one.years.includes(Number(year)))) continue;
      count += 1;
      left.add(one.id);
      for (const [number] of one.actors) left.add(data.actors[number].id);
    }
    cy.batch(() => cy.nodes().forEach((node) => node.toggleClass("off", !left.has(node.id()))));
    for (const [id, option] of options) option.hidden = !left.has(id);
    document.querySelector("[data-count]").textContent = `${count} of ${data.engagements.length} engagements`;
  };
  document.addEventListener("filtered", filter);

  // ---- the panel; what is chosen stands in the address
  const coded = (id) => `#${encodeURIComponent(id).replaceAll("%2F", "/")}`;
  const codes = new Map(nodes.map((node) => [coded(node.id), node]));
  let from = pick;

  const others = (node) => {
    const list = document.createElement("ul");
    const rows = node.part ?? node.actors.map(([number, status, words]) => [data.actors[number], status, words]);
    for (const [other, status, words] of rows) {
      const button = make("button", other.label, { type: "button" });
      button.addEventListener("click", () => choose(other, true));
      const item = make("li", button);
      item.append(` ${words} `);
      if (node.part) item.append(badge(other.status));
      list.append(item);
    }
    return list;
  };

  const show = (node, focus) => {
    const shut = make("button", "Close", { type: "button" });
    shut.addEventListener("click", close);
    const heading = make("h2", node.label, { id: "net-name", tabIndex: -1, dir: "auto" });
    panel.replaceChildren(shut, heading, make("p", node.part ? node.kind : `${node.kind}; when: ${node.when || "not stated"}`));
    if (!node.part) {
      panel.append(make("p", badge(node.status)), make("h3", "Who says so"));
      const list = document.createElement("ul");
      for (const [words, status, chain, places, address] of node.claims) {
        const item = make("li", addressed(words, address));
        item.append(" ", badge(status), " ", make("span", chain, { className: "chain" }));
        for (const [text, place] of places) item.append("; ", addressed(text, place, "source"));
        list.append(item);
      }
      panel.append(list);
    }
    panel.append(make("p", addressed(node.href ? "Its page" : "It has no page", node.href, "page")));
    panel.append(make("h3", node.part ? `Takes part in ${node.part.length}` : "Between"), others(node));
    panel.hidden = false;
    panel.scrollTop = 0;
    pick.value = node.id;
    cy.resize();
    const chosen = cy.getElementById(node.id);
    cy.batch(() => {
      cy.elements().removeClass("chosen near").addClass("dim");
      chosen.closedNeighborhood().removeClass("dim").addClass("near");
      chosen.addClass("chosen");
    });
    if (chosen.visible()) cy.center(chosen.closedNeighborhood());
    if (focus) heading.focus();
  };

  const hide = () => {
    panel.hidden = true;
    panel.replaceChildren();
    pick.value = "";
    cy.elements().removeClass("dim chosen near");
    cy.resize();
  };
  const choose = (node, focus) => {
    if (!panel.contains(document.activeElement)) from = document.activeElement === canvas ? canvas : pick;
    if (location.hash !== coded(node.id)) history.pushState(null, "", coded(node.id));
    show(node, focus);
  };
  const close = () => {
    history.pushState(null, "", location.pathname + location.search);
    hide();
    from.focus();
  };
  const follow = () => {
    const node = codes.get(location.hash);
    if (node) show(node, false);
    else hide();
  };

  pick.addEventListener("change", () => (pick.value ? choose(named.get(pick.value), false) : close()));
  stage.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  cy.on("tap", "node", (event) => choose(named.get(event.target.id()), true));
  cy.on("mouseover", ".engagement, edge", (event) => event.target.addClass("hot"));
  cy.on("mouseout", ".engagement, edge", (event) => event.target.removeClass("hot"));
  addEventListener("popstate", follow);

  filter();
  start();
  if (codes.has(location.hash)) follow();
})();
