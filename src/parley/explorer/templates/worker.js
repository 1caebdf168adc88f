// Answers SPARQL where no server does: Oxigraph as WebAssembly, over the N-Quads that lie beside the pages.
import init, { Store, namedNode } from "./assets/web.js";

const ASSERTED = "https://w3id.org/parley/graph/asserted";
const MEDIA = {
  csv: "text/csv", tsv: "text/tab-separated-values", json: "application/sparql-results+json",
  xml: "application/sparql-results+xml", turtle: "text/turtle", ntriples: "application/n-triples", jsonld: "application/ld+json",
};
// What is no keyword of a query: IRIs, comments, strings, variables, languages, prefixed names.
const HIDING = new RegExp(
  [
    /<[^\s<>"{}|^`\\]*>/, /#[^\r\n]*/, /'''(?:[^\\]|\\.)*?'''/, /"""(?:[^\\]|\\.)*?"""/, /'(?:[^'\\\r\n]|\\.)*'/,
    /"(?:[^"\\\r\n]|\\.)*"/, /[?$][\p{L}\p{N}_]+/, /@[A-Za-z]+/, /[\p{L}\p{N}_.-]*:[\p{L}\p{N}_.:%-]*/,
  ].map((part) => part.source).join("|"),
  "gsu",
);

const load = async () => {
  const [reply] = await Promise.all([fetch("data/parley.nq"), init()]);
  if (!reply.ok) throw new Error("the data could not be loaded: data/parley.nq is not here");
  const store = new Store();
  store.load(await reply.text(), { format: "application/n-quads", lenient: true, no_transaction: true });
  return store;
};

const answer = (store, text, format) => {
  const words = text.replace(HIDING, " ");
  if (/SERVICE/i.test(words)) throw new Error("SERVICE is not evaluated here; send the query from a store of yours");
  const media = MEDIA[format || (/\b(?:CONSTRUCT|DESCRIBE)\b/i.test(words) ? "turtle" : "json")];
  // As on the server: without FROM the default graph is what is accepted.
  const dataset = /\bFROM\b/i.test(words) ? {} : { default_graph: namedNode(ASSERTED) };
  return { media, body: store.query(text, { results_format: media, ...dataset }) };
};

const explain = (error) => {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    return "the query needs more than it may have here; ask for less";
  }
  const place = /^error at (\d+):(\d+): ([^]*)$/.exec(error.message);
  if (!place) return error.message;
  const [, line, column, expected] = place;
  if (/^expected (?:one of )?CONSTRUCT/.test(expected)) {
    return `line ${line}: this is no query; only SELECT, ASK, CONSTRUCT and DESCRIBE are answered`;
  }
  const short = expected.length < 90 ? expected : `${expected.slice(0, 80)}...`;
  return `line ${line}: no valid SPARQL, column ${column}: ${short}`;
};

const loaded = load();
loaded.catch(() => {}); // told to whoever asks
onmessage = async ({ data: { text, format } }) => {
  try {
    const store = await loaded;
    postMessage({ ready: true });
    postMessage(answer(store, text, format));
  } catch (error) {
    postMessage({ error: explain(error) });
  }
};
