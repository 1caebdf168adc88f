"""The SPARQL 1.1 Protocol case by case, linked data by Accept, and pages on which hostile data stays text."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urldefrag, urljoin

import httpx
import pyoxigraph as ox
import pytest

from parley import queries
from parley.graph.disk import load_disk
from parley.namespaces import ASSERTED, BASE, ID, PARLEY, RDF, RDFS
from parley.project import Project
from parley.serve.negotiate import FILES, best
from parley.serve.pages import Links, Table
from tests.conftest import ROOT, Run
from tests.serving import serving
from tests.test_queries import NAMES, plain

SPARQL, FORM = "application/sparql-query", "application/x-www-form-urlencoded"
SELECT, ASK, CONSTRUCT = (
    "SELECT ?s { ?s a parley:Visit } ORDER BY ?s",
    "ASK { ?s a parley:Visit }",
    "CONSTRUCT WHERE { ?s ?p 2 }",
)
PREFIX = f"PREFIX parley: <{PARLEY}> "
ALLEGED = "https://w3id.org/parley/id/claim/mar2020-110"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(tmp_path_factory.mktemp("cache")) as (client, _):
        yield client


@pytest.fixture(scope="module")
def table(store: ox.Store, project: Project) -> Table:
    return Table(store, project)


# ---------------------------------------------------------------- SPARQL 1.1 Protocol, 2.1


def ask(web: httpx.Client, how: str, query: str, accept: str = "*/*", **fields: str | list[str]) -> httpx.Response:
    """Send a query in one of the three ways of section 2.1."""
    headers = {"Accept": accept}
    text = PREFIX + query
    if how == "GET":
        return web.get("/sparql", params={"query": text, **fields}, headers=headers)
    if how == "form":
        return web.post("/sparql", data={"query": text, **fields}, headers=headers)
    return web.post(
        "/sparql", content=text, params=fields, headers={**headers, "Content-Type": f"{SPARQL}; charset=UTF-8"}
    )


def result(reply: httpx.Response) -> object:
    """Read an answer in JSON as terms."""
    assert reply.status_code == 200, reply.text
    return plain(ox.parse_query_results(reply.content, ox.QueryResultsFormat.JSON))


@pytest.mark.parametrize("how", ["GET", "form", "direct"])
def test_each_query_form_by_each_operation(how: str, web: httpx.Client, store: ox.Store) -> None:
    asserted = ox.NamedNode(ASSERTED)
    for query in (SELECT, ASK):
        expected = plain(store.query(PREFIX + query, default_graph=asserted))
        assert expected
        assert result(ask(web, how, query, JSON)) == expected
    for query in (CONSTRUCT, f"DESCRIBE <{ID}actor/taliban>"):
        reply = ask(web, how, query, "application/n-triples")
        found = {
            str(ox.Triple(q.subject, q.predicate, q.object)) for q in ox.parse(reply.content, ox.RdfFormat.N_TRIPLES)
        }
        assert found == plain(store.query(PREFIX + query, default_graph=asserted))
        assert found


COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
NAMED = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"


@pytest.mark.parametrize("how", ["GET", "form", "direct"])
def test_the_dataset_is_what_the_request_says(how: str, web: httpx.Client, store: ox.Store) -> None:
    claims = sorted({q.graph_name.value for q in store if isinstance(q.graph_name, ox.NamedNode)} - {ASSERTED})[:2]
    sizes = [len(list(store.quads_for_pattern(None, None, None, ox.NamedNode(iri)))) for iri in claims]
    whole = len(list(store.quads_for_pattern(None, None, None, ox.NamedNode(ASSERTED))))
    assert all(sizes)

    def count(query: str, **fields: str | list[str]) -> int:
        rows = result(ask(web, how, query, JSON, **fields))
        assert isinstance(rows, list)
        return int(rows[0][0].value)

    default, named = "default-graph-uri", "named-graph-uri"
    assert count(COUNT) == whole
    assert count(NAMED) == len(store)
    assert count(COUNT, **{default: claims[0]}) == sizes[0]
    assert count(COUNT, **{default: claims}) == sum(sizes)
    assert count(NAMED, **{default: claims[0]}) == 0
    assert count(COUNT, **{named: claims}) == 0
    assert count(NAMED, **{named: claims}) == sum(sizes)
    assert count(NAMED, **{default: ASSERTED, named: claims[1]}) == sizes[1]
    from_, from_named = f"FROM <{claims[0]}> ", f"FROM NAMED <{claims[0]}> "
    assert count(COUNT.replace("{", from_ + "{", 1)) == sizes[0]
    assert count(NAMED.replace("{", from_named + "{", 1)) == sizes[0]
    # Section 2.1.4: the dataset of the protocol wins over the one in the query.
    assert count(COUNT.replace("{", from_ + "{", 1), **{default: claims[1]}) == sizes[1]
    assert count(NAMED.replace("{", from_named + "{", 1), **{default: claims[1]}) == 0


@pytest.mark.parametrize(
    ("accept", "rows", "graph"),
    [
        ("", JSON, "text/turtle"),
        ("*/*", JSON, "text/turtle"),
        (JSON, JSON, None),
        (XML, XML, None),
        ("application/json", "application/json", "application/json"),
        ("text/xml", "text/xml", "text/xml"),
        ("text/csv", "text/csv", None),
        ("text/tab-separated-values", "text/tab-separated-values", None),
        (f"{JSON};q=0.3, {XML};q=0.9, text/html;q=0.1", XML, None),
        (f"{JSON};q=0, */*", "application/json", "text/turtle"),
        ("text/*;q=0.5, text/turtle;q=0", "text/xml", "text/xml"),
        ("application/n-triples", None, "application/n-triples"),
        ("application/ld+json", None, "application/ld+json"),
        ("application/rdf+xml", None, "application/rdf+xml"),
        ("TEXT/Turtle", None, "text/turtle"),
        ("image/png", None, None),
    ],
)
def test_the_format_is_negotiated(accept: str, rows: str | None, graph: str | None, web: httpx.Client) -> None:
    for query, expected in ((SELECT, rows), (ASK, rows), (CONSTRUCT, graph)):
        reply = ask(web, "GET", query, accept)
        assert reply.headers["vary"] == "Accept"
        if expected is None:
            assert (reply.status_code, reply.text.count("\n")) == (406, 1)
        else:
            assert (reply.status_code, reply.headers["content-type"].split(";")[0]) == (200, expected)
            assert reply.headers["content-type"].count("charset") <= 1


def test_an_answer_that_was_kept_is_the_answer_to_the_same_request_only(web: httpx.Client) -> None:
    first = ask(web, "GET", COUNT, JSON)
    assert ask(web, "form", COUNT, JSON).content == first.content
    assert ask(web, "GET", COUNT, "text/csv").text.startswith("n\r\n")
    assert ask(web, "GET", COUNT, JSON, **{"default-graph-uri": "http://x/"}).content != first.content


def test_a_format_may_be_named_in_the_address(web: httpx.Client) -> None:
    assert ask(web, "GET", SELECT, "text/html", format="csv").text.startswith("s\r\nhttps://")
    assert ask(web, "GET", SELECT, "", format="pdf").status_code == 400


REFUSED = [
    ("two queries", 400, "GET", f"?query={quote(ASK)}&query={quote(ASK)}", b"", ""),
    ("two queries in a form", 400, "POST", "", b"query=ASK%7B%7D&query=ASK%7B%7D", FORM),
    ("a query in both places", 400, "POST", "?query=ASK%7B%7D", b"ASK {}", SPARQL),
    ("a query in both places of a form", 400, "POST", "?query=ASK%7B%7D", b"query=ASK%7B%7D", FORM),
    ("no query in a form", 400, "POST", "", b"quer=ASK%7B%7D", FORM),
    ("no query in the body", 400, "POST", "", b"", SPARQL),
    ("no query in the address", 400, "GET", "?default-graph-uri=http%3A%2F%2Fx%2F", b"", ""),
    ("a query of nothing", 400, "GET", "?query=", b"", ""),
    ("an update by GET", 400, "GET", "?update=CLEAR%20ALL", b"", ""),
    ("an update in a form", 403, "POST", "", b"update=CLEAR%20ALL", FORM),
    ("an update in the body", 403, "POST", "", b"CLEAR ALL", "application/sparql-update"),
    ("an update as a query", 400, "GET", "?query=CLEAR%20ALL", b"", ""),
    ("an update as a query's body", 400, "POST", "", b"INSERT DATA { <a:a> <a:b> <a:c> }", SPARQL),
    ("a query as an update", 403, "POST", "", b"update=ASK%7B%7D", FORM),
    ("plain text", 415, "POST", "", b"ASK {}", "text/plain"),
    ("no type", 415, "POST", "", b"ASK {}", ""),
    ("UTF-16", 415, "POST", "", "ASK {}".encode("utf-16"), f"{SPARQL}; charset=UTF-16"),
    ("a body that is not UTF-8", 400, "POST", "", b"ASK { ?s ?p '\xff' }", SPARQL),
    ("a form that is not UTF-8", 400, "POST", "", b"query=ASK%7B%3Fs%20%3Fp%20%27%FF%27%7D", FORM),
    ("an address that is not UTF-8", 400, "GET", "?query=ASK%7B%3Fs%20%3Fp%20%27%FF%27%7D", b"", ""),
    ("bad syntax", 400, "GET", "?query=ASK%7B", b"", ""),
    ("a default graph that is no IRI", 400, "GET", "?query=ASK%7B%7D&default-graph-uri=nonsense", b"", ""),
    ("a named graph that is no IRI", 400, "GET", "?query=ASK%7B%7D&named-graph-uri=a%20b", b"", ""),
    ("a function that is none", 400, "GET", f"?query={quote('SELECT (<urn:f>(1) AS ?x) {}')}", b"", ""),
    ("PUT", 405, "PUT", "", b"", SPARQL),
    ("DELETE", 405, "DELETE", "", b"", ""),
    ("PATCH", 405, "PATCH", "?query=ASK%7B%7D", b"", ""),
]


@pytest.mark.parametrize(("what", "status", "method", "address", "body", "media"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_is_no_query_is_refused(
    what: str, status: int, method: str, address: str, body: bytes, media: str, web: httpx.Client
) -> None:
    headers = {"Content-Type": media} if media else {}
    reply = web.request(method, f"/sparql{address}", content=body, headers=headers)
    assert (reply.status_code, reply.text.count("\n")) == (status, 1)
    assert 10 < len(reply.text) < 200
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert (status != 405) or reply.headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_syntax_error_has_its_place(web: httpx.Client) -> None:
    assert web.get("/sparql", params={"query": "ASK {\n ?s ?p }"}).text.startswith(
        "line 2: no valid SPARQL, column 9: "
    )


def test_head_and_options(web: httpx.Client) -> None:
    head = web.head("/sparql", params={"query": PREFIX + SELECT})
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 100
    options = web.options("/sparql")
    assert (options.status_code, options.content, options.headers["allow"]) == (204, b"", "GET, HEAD, POST, OPTIONS")


def test_percent_signs_and_plus_are_decoded_once(web: httpx.Client) -> None:
    text = "SELECT ?x { BIND('100%25 + ä \U0001d518' AS ?x) }"
    for how in ("GET", "form", "direct"):
        assert result(ask(web, how, text, JSON)) == [(ox.Literal("100%25 + ä \U0001d518"),)]


def test_each_saved_question_has_the_same_answer_over_http(
    web: httpx.Client, store: ox.Store, project: Project
) -> None:
    for name in NAMES:
        text = queries.find(project, name).text
        expected = queries.run(store, text)
        graph = isinstance(expected, ox.QueryTriples)
        reply = web.post(
            "/sparql", data={"query": text}, headers={"Accept": "application/n-triples" if graph else JSON}
        )
        if graph:
            found: object = {str(q.triple) for q in ox.parse(reply.content, ox.RdfFormat.N_TRIPLES)}
            assert found == plain(expected), name
        else:
            assert result(reply) == plain(expected), name


def test_the_service_is_described(web: httpx.Client) -> None:
    sd = "http://www.w3.org/ns/sparql-service-description#"
    endpoint = ox.NamedNode(f"{web.base_url}sparql")
    for media, form in (("text/turtle", ox.RdfFormat.TURTLE), ("application/ld+json", ox.RdfFormat.JSON_LD)):
        reply = web.get("/sparql", headers={"Accept": media})
        assert reply.headers["content-type"].split(";")[0] == media
        dataset = ox.Dataset(ox.parse(reply.content, form))
        assert ox.Quad(endpoint, ox.NamedNode(f"{sd}endpoint"), endpoint) in dataset
        assert ox.Quad(endpoint, ox.NamedNode(f"{sd}supportedLanguage"), ox.NamedNode(f"{sd}SPARQL11Query")) in dataset
    assert web.get("/sparql", headers={"Accept": "image/png"}).status_code == 406


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def test_a_browser_gets_a_page(web: httpx.Client) -> None:
    assert "<textarea" in web.get("/sparql", headers={"Accept": BROWSER}).text
    rows = ask(web, "GET", SELECT, BROWSER)
    assert (rows.status_code, rows.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert re.search(r'<td><a href="id/occurrence/[^"]+\.html">', rows.text)
    assert ">yes<" in ask(web, "GET", ASK, BROWSER).text
    assert "<pre>@prefix" in ask(web, "GET", CONSTRUCT, BROWSER).text
    bad = ask(web, "GET", "SELECT <script>alert(1)</script>", BROWSER)
    assert bad.status_code == 400
    assert "<script>" not in bad.text
    huge = ask(web, "GET", "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 5000", BROWSER)
    assert (huge.status_code, "larger than" in huge.text) == (413, True)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "a/b"),
        ("  ", "a/b"),
        ("*/*", "a/b"),
        ("c/*", "c/d"),
        ("c/d;q=0.2, a/b;q=0.1", "c/d"),
        ("a/*;q=0.9, a/b;q=0.1, c/d;q=0.5", "c/d"),
        ("*/*;q=0", None),
        ("a/b;q=0", None),
        ("a/b;q=nonsense", None),
        ("a/b;q=nan, c/d;q=0.1", "c/d"),
        ("a/b;q=7, c/d", "c/d"),
        (";;;,,,", None),
        ("A/B; Q=1", "a/b"),
        ("a/b;v=1;q=0.5", "a/b"),
    ],
)
def test_accept_is_read_as_rfc_9110_says(accept: str, expected: str | None) -> None:
    assert best(accept, ("a/b", "c/d")) == expected


# ---------------------------------------------------------------- linked data

READ = {
    "ttl": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nt": ox.RdfFormat.N_TRIPLES,
    "trig": ox.RdfFormat.TRIG,
}


def test_each_kind_of_thing_and_the_ontology_answer_by_accept(web: httpx.Client, table: Table) -> None:
    lists = [path for path in table if path.endswith("/index.html")]
    assert len(lists) > 8
    things = [next(p for p in table if p.startswith(path.removesuffix("index.html")) and p != path) for path in lists]
    for address in [*(thing.removesuffix(".html") for thing in things), "ontology", "ontology/0.1.0"]:
        for name, media in FILES.items():
            reply = web.get(f"/{address}", headers={"Accept": f"{media}, text/plain;q=0.9"})
            assert (reply.status_code, reply.headers["vary"], reply.content) == (303, "Accept", b"")
            target = urljoin(f"/{address}", reply.headers["location"])
            assert target == f"/{address.removesuffix('/0.1.0')}.{name}"
            there = web.get(target)
            assert (there.status_code, there.headers["content-type"].split(";")[0]) == (200, media)
            assert there.content == table[target[1:]]
            assert name == "html" or list(ox.parse(there.content, READ[name]))
        assert web.get(f"/{address}").headers["location"].endswith(".html")
        assert web.get(f"/{address}", headers={"Accept": "image/png"}).status_code == 406
        assert web.head(f"/{address}.html").content == b""
        assert web.post(f"/{address}").status_code == 405
        assert web.options(f"/{address}").headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "no",
            "id",
            "id/actor",
            "id/actor/nobody",
            "id/actor/nobody.ttl",
            "id/actor/taliban/",
            "id/actor/taliban.pdf",
        ),
        *("id/%2e%2e/ontology.ttl", "%2e%2e/etc/passwd", "//etc/passwd", "templates/base.html", "id/actor/taliban%00"),
        "%FF",
    ],
)
def test_what_is_not_there_gets_404(path: str, web: httpx.Client) -> None:
    reply = httpx.get(f"{web.base_url}{path}", trust_env=False)
    assert (reply.status_code, reply.text.count("\n")) == (404, 1)


def test_no_triple_format_holds_what_is_only_quoted(store: ox.Store, table: Table) -> None:
    asserted = {str(q.triple) for q in store.quads_for_pattern(None, None, None, ox.NamedNode(ASSERTED))}
    quoted_only = {str(q.triple) for q in store} - asserted
    assert quoted_only
    seen: set[str] = set()
    for path in table:
        if path.startswith("id/") and path.endswith(".nt"):
            triples = set(filter(None, table[path].decode().removesuffix("\n").split(" .\n")))
            triples = {triple.removesuffix(" .") for triple in triples}
            assert triples <= asserted, path
            seen |= triples
    # Together they hold whatever is asserted of things.
    assert {t for t in asserted if t.startswith(f"<{ID}") and "_:" not in t} <= seen


def test_the_formats_agree_and_trig_quotes_the_claims(store: ox.Store, table: Table) -> None:
    quoted = next(q for q in sorted(store, key=str) if q.graph_name != ox.NamedNode(ASSERTED) and q.triple)
    assert isinstance(quoted.subject, ox.NamedNode)
    thing = quoted.subject.value.removeprefix(BASE)
    graphs = {name: set(ox.parse(table[f"{thing}.{name}"], form)) for name, form in READ.items()}
    assert graphs["ttl"] == graphs["jsonld"] == graphs["nt"]
    assert quoted in graphs["trig"]
    assert {q.triple for q in graphs["trig"] if q.graph_name == ox.NamedNode(ASSERTED)} == {
        q.triple for q in graphs["nt"]
    }


def test_the_table_is_the_same_when_built_again(store: ox.Store, project: Project, table: Table) -> None:
    again = Table(store, project)
    assert list(again) == list(table)
    assert all(again[path] == table[path] for path in list(table)[::37])


class Page(HTMLParser):
    """Collect what a page links to, names and embeds, and the elements that it has."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.elements: list[tuple[str, dict[str, str | None]]] = [("", {})]
        self.embedded = self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        self.anchors.add(found.get("id") or "")
        self.links += [found[key] or "" for key in ("href", "src", "action") if key in found]

    def handle_data(self, data: str) -> None:
        if self.elements[-1] == ("script", {"type": "application/ld+json"}):
            self.embedded += data
        else:
            self.text += data


def test_every_link_and_anchor_leads_somewhere_and_every_page_embeds_its_data(table: Table) -> None:
    pages = {path: Page(table[path]) for path in table if path.endswith(".html")}
    assert len(pages) > 500
    for path, page in pages.items():
        for link in page.links:
            if link.startswith(("http://", "https://")):
                continue
            target, anchor = urldefrag(unquote(urljoin(f"/{path}", link))[1:])
            assert target in table or target == "sparql", (path, link)
            assert not anchor or anchor in pages[target].anchors, (path, link)
        if path.startswith("id/") and not path.endswith("/index.html"):
            embedded = set(ox.parse(page.embedded, ox.RdfFormat.JSON_LD))
            assert embedded == set(ox.parse(table[path.replace(".html", ".jsonld")], ox.RdfFormat.JSON_LD))


def test_a_page_tells_everything(store: ox.Store, table: Table) -> None:
    """Kind, statements out and in, attribution, certainty, evidence: each is on the page of an engagement."""
    claim = next(line for line in table.claims.values() if "visit-" in line.about and line.when)
    page = Page(table[f"{claim.about.removeprefix(BASE)}.html"])
    words = " ".join(page.text.split())
    for expected in (
        claim.label,
        claim.factuality,
        claim.chain,
        claim.when,
        claim.about,
        *map(str, claim.where[0][:2]),
    ):
        assert expected in words
    for predicate in ("is a", "named", "is about"):
        assert predicate in words or predicate == "is about"
    assert any(link.endswith(f"claim/{claim.claim}.html") for link in page.links)


EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "\u202eevil\u202c\x07",
    "{{ 7 * 7 }}{% raw %}",
    "x" * 10_000,
]


def test_hostile_data_stays_text(project: Project) -> None:
    node = ox.NamedNode(f"{ID}actor/evil")
    graph, label = ox.NamedNode(ASSERTED), ox.NamedNode(f"{RDFS}label")
    store = ox.Store()
    store.add(ox.Quad(node, ox.NamedNode(f"{RDF}type"), ox.NamedNode("javascript:alert(1)"), graph))
    iris = ["javascript:alert(1)", "data:text/html,x", f"{ID}actor/../../x", f"{ID}actor/a'onclick='b", f"{BASE}id//x"]
    for number, text in enumerate(EVIL):
        store.add(ox.Quad(node, label, ox.Literal(text), graph))
        store.add(ox.Quad(node, ox.NamedNode(f"http://x/{number}"), ox.Literal(text), graph))
    for iri in iris:
        store.add(ox.Quad(node, ox.NamedNode("http://x/p"), ox.NamedNode(iri), graph))
        store.add(ox.Quad(ox.NamedNode(iri), ox.NamedNode("http://x/q"), node, graph))
        store.add(ox.Quad(ox.NamedNode(iri), ox.NamedNode(f"{RDF}type"), ox.NamedNode("http://x/T"), graph))
    table = Table(store, project)
    for path in ("id/actor/evil.html", "id/actor/index.html"):
        page = Page(table[path])
        assert not [tag for tag, _ in page.elements if tag == "img"]
        scripts = [{"src": "../../explorer.js", "defer": None}, {"type": "application/ld+json"}]
        assert [a for tag, a in page.elements if tag == "script"] == scripts[: 1 + ("evil" in path)]
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
        assert not [link for link in page.links if ":" in link and not link.startswith(("http://", "https://"))]
        assert not re.search("[\u202a-\u202e\x00-\x08]", table[path].decode().split("</script>")[-1])
    page = Page(table["id/actor/evil.html"])
    for text in (EVIL[0], EVIL[1], EVIL[2], EVIL[4], EVIL[5], "\\u202eevil\\u202c\\u0007"):
        assert text in page.text
    assert set(ox.parse(page.embedded, ox.RdfFormat.JSON_LD)) == set(
        ox.parse(table["id/actor/evil.jsonld"], ox.RdfFormat.JSON_LD)
    )
    assert not [path for path in table if ".." in path or "'" in path or "//" in path]
    assert [Links("a/b")(iri) for iri in iris] == [""] * len(iris)


# ---------------------------------------------------------------- permanent addresses, options


def redirect(rules: str, path: str, accept: str) -> tuple[int, str]:
    """Do what Apache does with the rules that the file uses, as far as it uses them."""
    conditions: list[str] = []
    site = ""
    for line in rules.splitlines():
        word, *rest = line.split() or [""]
        if word == "RewriteCond":
            assert rest[0] == "%{HTTP_ACCEPT}"
            conditions.append(rest[1])
        elif word == "RewriteRule":
            pattern, target, flags = rest
            met = all(re.search(condition, accept, re.IGNORECASE) for condition in conditions)
            conditions = []
            match = re.search(pattern, path)
            if target == "-":
                site = re.fullmatch(r"\[E=SITE:(\S+)\]", flags)[1]  # type: ignore[index]
            elif match and met:
                place = target.replace("%{ENV:SITE}", site).replace("$1", match[1] if match.groups() else "")
                return int(re.search(r"R=(\d+)", flags)[1]), place  # type: ignore[index]
    raise AssertionError("no rule fits")


def test_the_permanent_addresses_lead_to_the_table(table: Table) -> None:
    rules = (ROOT / "w3id" / ".htaccess").read_text(encoding="utf-8")
    _, site = redirect(rules, "", "")
    things = [path.removesuffix(".html") for path in table if path.startswith("id/") and path.endswith(".html")]
    things = [thing for thing in things if not thing.endswith("/index")]
    for thing in [*things[::29], "ontology", "ontology/0.1.0"]:
        for name, media in FILES.items():
            status, target = redirect(rules, thing, media)
            assert (status, target) == (303, f"{site}{thing.removesuffix('/0.1.0')}.{name}")
            assert target.removeprefix(site) in table
            assert redirect(rules, target.removeprefix(site), "*/*") == (302, target)
        assert redirect(rules, thing, BROWSER)[1].endswith(".html")
    for path in ("id/actor/", "network.html", "data/parley.nq", "question/who-invited-whom.csv"):
        assert redirect(rules, path, "*/*") == (302, f"{site}{path}")


def test_every_answer_has_the_headers_that_keep_a_page_safe(web: httpx.Client) -> None:
    for path in ("/", "/id/actor/taliban", "/id/actor/taliban.ttl", "/nothing", "/sparql", "/sparql?query=ASK%7B"):
        headers = web.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_cors_only_when_asked_for_and_a_store_on_disk(
    store: ox.Store, project: Project, table: Table, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    store.dump(str(tmp_path / "all.nq"), ox.RdfFormat.N_QUADS)
    load_disk(project, tmp_path / "all.nq", folder)
    with serving(tmp_path, "--cors", "--workers", "1", "--store", folder) as (client, _):
        reply = ask(client, "GET", SELECT, JSON)
        assert result(reply) == plain(store.query(PREFIX + SELECT, default_graph=ox.NamedNode(ASSERTED)))
        assert reply.headers["access-control-allow-origin"] == "*"
        assert client.options("/sparql").headers["access-control-allow-methods"] == "GET, HEAD, POST"
        assert client.get("/id/actor/taliban.nt").content == table["id/actor/taliban.nt"]


def test_wrong_use_gets_one_line(parley: Run, tmp_path: Path, web: httpx.Client) -> None:
    taken = str(web.base_url.port)
    for options, words in (
        (("--port", taken), f"127.0.0.1:{taken}: cannot listen"),
        (("--host", "no-such-host.invalid"), "cannot listen"),
        (("--port", "70000"), "70000"),
        (("--workers", "0"), "0"),
        (("--timeout", "soon"), "soon"),
        (("--store", tmp_path / "none"), "no store of Parley's"),
        (("--store", ROOT / "data"), "no store of Parley's"),
    ):
        done = parley("serve", *(("--port", "0") if "--store" in options else ()), *options)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
        assert words in done.stderr
    assert not (tmp_path / "none").exists()


def test_ctrl_c_ends_it_with_its_workers(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "parley"), *f"--kb {ROOT} serve --port 0 --workers 2".split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        assert httpx.get(f"{url}sparql?query=ASK%7B%7D", trust_env=False).status_code == 200
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        assert len(children) == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
