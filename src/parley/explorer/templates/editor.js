"use strict";
// The SPARQL page: an editor over the text area, and each answer in place. The server answers, or else a worker.
(() => {
  const MOST_ROWS = 1000;
  const MOST_NAMED = 24000; // characters of IRIs whose labels are asked for: the server takes queries of 32 KiB
  const MOST_SECONDS = 10;
  const ACCEPT = "application/sparql-results+json, text/turtle;q=0.9";
  const FILES = { csv: ["CSV", "csv"], tsv: ["TSV", "tsv"], json: ["JSON", "srj"], xml: ["XML", "xml"] };
  const GRAPHS = { turtle: ["Turtle", "ttl"], ntriples: ["N-Triples", "nt"], jsonld: ["JSON-LD", "jsonld"] };
  const [form, area, keys, run, stop, status, answer] =
    ["sparql", "query", "keys", "run", "stop", "status", "answer"].map((id) => document.getElementById(id));
  const known = fetch("terms.json").then((reply) => reply.json());
  const make = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const say = (text) => { status.textContent = text; };

  // ---- asking

  const askServer = async (text, format, signal) => {
    const headers = { "Content-Type": "application/sparql-query", Accept: ACCEPT };
    const reply = await fetch("sparql", { method: "POST", headers, body: text, signal });
    const body = await reply.text();
    if (!reply.ok) throw new Error(body.trim());
    return { media: reply.headers.get("Content-Type").split(";")[0], body };
  };

  // One worker at a time. Whatever goes wrong ends it, and the next one makes itself ready for the next query.
  let worker = null;
  let queue = Promise.resolve();
  const begin = () => { worker = new Worker(form.dataset.worker, { type: "module" }); };
  const askNow = (text, format, signal) => new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    if (!worker) begin();
    const mine = worker;
    let clock;
    const fail = (sentence) => {
      clearTimeout(clock);
      if (mine === worker) {
        mine.terminate();
        begin();
      }
      reject(new Error(sentence));
    };
    mine.onmessage = ({ data }) => {
      if (data.ready) {
        clock = setTimeout(fail, MOST_SECONDS * 1000, `the query was stopped after ${MOST_SECONDS} seconds; ask for less, or add LIMIT`);
      } else if (data.error) {
        fail(data.error);
      } else {
        clearTimeout(clock);
        signal?.removeEventListener("abort", halt);
        resolve(data);
      }
    };
    mine.onerror = (event) => {
      event.preventDefault();
      fail("the query engine failed; ask for less");
    };
    const halt = () => fail("stopped");
    signal?.addEventListener("abort", halt);
    mine.postMessage({ text, format });
  });
  const askWorker = (text, format, signal) => {
    const next = queue.then(() => askNow(text, format, signal));
    queue = next.catch(() => {});
    return next;
  };
  const ask = form.dataset.worker ? askWorker : askServer;
  // For tests and for the console: the answer as it came, rows as SPARQL JSON, a graph as Turtle.
  window.parleyRun = async (text) => (await ask(text)).body;

  // ---- showing

  const plain = (text) => text.replace(/(?! )[\p{C}\p{Z}]/gu, (one) => `\\u${one.codePointAt(0).toString(16).padStart(4, "0")}`);
  const shorten = (iri, { prefixes }) => {
    const fitting = Object.entries(prefixes).filter(([, base]) => iri.startsWith(base));
    const [prefix, base] = fitting.sort((one, other) => other[1].length - one[1].length)[0] || [];
    return base ? `${prefix}:${iri.slice(base.length)}` : iri;
  };
  const address = (iri, { base }) => {
    const ontology = `${base}ontology`;
    if (iri === ontology) return "ontology.html";
    if (iri.startsWith(`${ontology}#`)) return `ontology.html#${encodeURIComponent(iri.slice(ontology.length + 1))}`;
    if (!iri.startsWith(base)) return /^https?:\/\//.test(iri) ? iri : "";
    const path = iri.slice(base.length);
    return /^id(?:\/[\p{L}\p{N}_-][\p{L}\p{N}_.-]*){2,}$/u.test(path) ? `${encodeURI(path)}.html` : "";
  };
  const write = (term, terms) => {
    if (term.type === "triple") return `<< ${Object.values(term.value).map((part) => write(part, terms)).join(" ")} >>`;
    return term.type === "uri" ? shorten(term.value, terms) : term.type === "bnode" ? `_:${term.value}` : term.value;
  };
  const cell = (term, terms, labels) => {
    const made = make("td");
    if (!term) return made;
    const text = plain(write(term, terms));
    const label = term.type === "uri" && plain(labels.get(text) || "");
    const link = term.type === "uri" ? address(term.value, terms) : "";
    const words = make("bdi", {}, label || text);
    made.append(link ? make("a", { href: link }, words) : words);
    const note = label && label !== text ? text : term["xml:lang"] || (term.datatype && shorten(term.datatype, terms));
    if (note) made.append(" ", make("small", {}, plain(note)));
    return made;
  };
  const count = (number, one) => `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;

  // Ask what things are called; a claim keeps its number, since its label is a sentence.
  const fetchLabels = async (rows, terms) => {
    let room = MOST_NAMED;
    const labels = new Map(terms.terms.map(([text, label]) => [text, label]));
    const found = rows.flatMap((row) => Object.values(row)).filter((term) => term.type === "uri" && address(term.value, terms).startsWith("id/"));
    const unknown = [...new Set(found.map((term) => term.value))]
      .filter((iri) => !iri.startsWith(terms.prefixes.claim) && !labels.has(shorten(iri, terms)))
      .filter((iri) => (room -= iri.length + 3) > 0);
    if (!unknown.length) return labels;
    const values = unknown.map((iri) => `<${iri}>`).join(" ");
    const query = `SELECT ?thing ?label { VALUES ?thing { ${values} } GRAPH ?graph { ?thing <${terms.prefixes.rdfs}label> ?label } } ORDER BY DESC(LANG(?label) = "en") ?label`;
    for (const { thing, label } of JSON.parse((await ask(query)).body).results.bindings) {
      const text = shorten(thing.value, terms);
      if (!labels.has(text)) labels.set(text, label.value);
    }
    return labels;
  };

  const show = (...parts) => answer.replaceChildren(...parts);
  const refuse = ({ message }) => show(make("p", { className: "error", role: "alert" }, make("bdi", {}, plain(message))));
  const showRows = async ({ head, results }) => {
    const terms = await known;
    const shown = results.bindings.slice(0, MOST_ROWS);
    const labels = await fetchLabels(shown, terms).catch(() => new Map());
    const more = results.bindings.length > MOST_ROWS ? `; the first ${MOST_ROWS.toLocaleString("en")} are shown` : "";
    const table = make("table", {},
      make("caption", {}, count(results.bindings.length, "row") + more),
      make("thead", {}, make("tr", {}, ...head.vars.map((column) => make("th", { scope: "col" }, column)))),
      make("tbody", {}, ...shown.map((row) => make("tr", {}, ...head.vars.map((column) => cell(row[column], terms, labels))))));
    show(make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Rows" }, table));
  };
  const offer = (text, files) => {
    const line = make("p", {}, "Take it along: ");
    for (const [format, [words, ending]] of Object.entries(files)) {
      const link = form.dataset.worker
        ? make("button", { type: "button", onclick: () => save(text, format, ending).catch(refuse) }, words)
        : make("a", { href: `sparql?${new URLSearchParams({ query: text, format })}`, download: `answer.${ending}` }, words);
      line.append(link, " ");
    }
    answer.append(line);
  };
  const save = async (text, format, ending) => {
    const { media, body } = await ask(text, format);
    const link = make("a", { href: URL.createObjectURL(new Blob([body], { type: media })), download: `answer.${ending}` });
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const present = async ({ media, body }, text) => {
    if (!media.endsWith("json")) {
      show(make("pre", { tabIndex: 0 }, body));
      offer(text, GRAPHS);
      return "a graph";
    }
    const found = JSON.parse(body);
    if ("boolean" in found) {
      show(make("p", { className: "answer" }, make("strong", {}, found.boolean ? "yes" : "no")));
      return found.boolean ? "yes" : "no";
    }
    await showRows(found);
    offer(text, FILES);
    return count(found.results.bindings.length, "row");
  };

  // ---- the form

  let editor = null;
  let running = null;
  const read = () => (editor ? editor.getValue() : area.value);
  const start = async () => {
    running?.abort();
    const mine = running = new AbortController();
    const text = read();
    stop.hidden = false;
    say(form.dataset.worker && !worker ? "loading the data, once, and running" : "running");
    try {
      const began = performance.now();
      const reply = await ask(text, "", mine.signal);
      const took = Math.round(performance.now() - began);
      if (mine !== running) return;
      const what = await present(reply, text);
      if (mine === running) say(`${what} in ${took.toLocaleString("en")} ms`);
      if (text.length < 8000) history.replaceState(null, "", `?${new URLSearchParams({ query: text })}`);
    } catch (error) {
      if (mine !== running) return;
      say(mine.signal.aborted ? "stopped" : "no answer");
      if (mine.signal.aborted) show();
      else refuse(error);
    }
    if (mine !== running) return;
    if (document.activeElement === stop) run.focus();
    stop.hidden = true;
    running = null;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  stop.addEventListener("click", () => running?.abort());
  document.getElementById("as")?.remove();

  const fill = (text) => (editor ? editor.setValue(text) : area.value = text);
  const fetchSaved = async () => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const saved = document.querySelector(".saved");
    if (!saved.querySelector(`[id="${CSS.escape(wanted)}"]`)) return;
    const reply = await fetch(`question/${encodeURIComponent(wanted)}.rq`);
    fill(await reply.text());
    saved.open = false;
    form.scrollIntoView();
    show();
    say(`${wanted} is in the editor; Run asks it`);
  };
  addEventListener("hashchange", fetchSaved);

  // ---- the editor

  const typed = (cm) => {
    const { line, ch } = cm.getCursor();
    const kind = cm.getTokenTypeAt({ line, ch }) || "";
    const inside = /comment|string(?!-)|variable-3/.test(kind);
    return inside ? "" : /(?:[?$]\w*|[\w-]*:?[\w.-]*)$/.exec(cm.getLine(line).slice(0, ch))[0];
  };
  const complete = async (cm) => {
    const start = typed(cm).toLowerCase();
    if (/^[?$]/.test(start)) {
      return [...new Set(cm.getValue().match(/[?$]\w+/g))].filter((name) => name.toLowerCase().startsWith(start) && name.length > start.length).sort();
    }
    const { terms, prefixes } = await known;
    const beginning = (text) => text.toLowerCase().startsWith(start);
    const exact = terms.filter(([text]) => beginning(text));
    const other = start.includes(":") ? [] : terms.filter(([text, label]) => !exact.some((one) => one[0] === text) && (beginning(text.split(":")[1]) || label.split(" ").some(beginning)));
    const bare = start.includes(":") ? [] : Object.keys(prefixes).filter(beginning).map((prefix) => `${prefix}:`);
    return [...bare, ...[...exact, ...other].map(([text]) => text)].slice(0, 100);
  };
  const describe = (terms) => {
    const words = new Map(terms.map(([text, ...rest]) => [text, rest]));
    return (cm, hints) => hints.map((hint) => ({
      ...hint,
      render: (item) => {
        const [label = "", definition = ""] = words.get(hint.text) || [];
        item.append(make("b", {}, hint.text), label && ` ${plain(label)}`, definition && make("small", {}, plain(definition)));
      },
    }));
  };
  // Declare a prefix of ours as soon as it is used, before names are offered, since this moves the line.
  const declare = (prefixes) => (cm, change) => {
    if (change.origin === "setValue" || change.origin === "undo") return;
    const line = cm.getLine(cm.getCursor().line);
    const prefix = /^(\w+):/.exec(typed(cm))?.[1];
    const text = cm.getValue();
    if (!Object.hasOwn(prefixes, prefix || "") || /^\s*PREFIX\b/i.test(line) || new RegExp(`\\bPREFIX\\s+${prefix}\\s*:`, "i").test(text)) return;
    const lines = text.split("\n");
    const first = lines.findIndex((one) => /^\s*PREFIX\b/i.test(one));
    const place = first < 0 ? lines.findIndex((one) => /^\s*[^\s#]/.test(one)) : first;
    cm.replaceRange(`PREFIX ${prefix}: <${prefixes[prefix]}>\n`, { line: Math.max(0, place), ch: 0 }, undefined, "+prefix");
  };
  const edit = async () => {
    const { terms, prefixes } = await known;
    // Its own completers ask other sites; none is left.
    Yasqe.defaults.autocompleters = [];
    Yasqe.Autocompleters = {};
    Yasqe.registerAutocompleter({
      name: "parley",
      bulk: false,
      autoShow: false,
      isValidCompletionPosition: (cm) => typed(cm) !== "",
      preProcessToken: (cm, token) => {
        const { ch } = cm.getCursor();
        return { ...token, string: typed(cm), from: { ch: ch - typed(cm).length }, to: { ch } };
      },
      get: complete,
      postprocessHints: describe(terms),
    });
    const box = make("div", { id: "editor" });
    area.before(box);
    editor = new Yasqe(box, {
      value: area.value,
      persistenceId: null,
      consumeShareLink: null,
      createShareableLink: null,
      showQueryButton: false,
      resizeable: false,
      editorHeight: "",
      extraKeys: { "Ctrl-Enter": () => form.requestSubmit(), "Cmd-Enter": () => form.requestSubmit(), Tab: false, "Shift-Tab": false, Esc: false, "Ctrl-S": false },
    });
    editor.showNotification = () => {};
    editor.on("change", declare(prefixes));
    editor.on("inputRead", (cm) => {
      if (!cm.state.completionActive && /[:?$]/.test(typed(cm))) cm.autocomplete();
    });
    editor.on("autocompletionShown", (_, { hints }) => Object.assign(hints, { ariaLabel: "Names to write here", tabIndex: 0 }));
    // On a phone its input is no form control, which a label could name.
    const names = { role: "textbox", "aria-multiline": "true", "aria-labelledby": "query-label", "aria-describedby": "keys", id: "editor-input" };
    for (const [attribute, value] of Object.entries(names)) editor.getInputField().setAttribute(attribute, value);
    const label = document.getElementById("query-label");
    label.htmlFor = "editor-input";
    label.addEventListener("click", () => editor.focus());
    area.hidden = true;
    keys.hidden = false;
  };

  if (!area.value) area.value = new URLSearchParams(location.search).get("query") || "";
  fetchSaved().finally(edit);
})();
