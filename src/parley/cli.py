"""The command line: every command, its options, its exit code; nothing heavy is imported before it is needed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parley import __version__
from parley.errors import ParleyError, UsageError
from parley.namespaces import BASE

if TYPE_CHECKING:
    from pyoxigraph import Store

    from parley.project import Project

__all__ = ["main"]

_SEARCH = "https://www.wikidata.org/w/api.php"
_QUERY_SERVICE = "https://query.wikidata.org/sparql"
_FORMATS = ("table", "csv", "tsv", "json", "xml", "turtle", "ntriples", "jsonld")


def _on_disk(command: Any) -> Any:
    """Add the option of every command that reads the knowledge base."""
    words = "Read this store on disk, made by parley load, not the knowledge base in memory."
    return click.option("--store", "folder", type=click.Path(path_type=Path), metavar="DIR", help=words)(command)


def _answering(command: Any) -> Any:
    """Add the options of every command that gives an answer."""
    command = _on_disk(command)
    for option in (
        click.option("--endpoint", default="", metavar="URL", help="Ask this SPARQL endpoint, not the embedded store."),
        click.option("--format", "form", type=click.Choice(_FORMATS), default="table", help="How to show the answer."),
        click.option("--bind", "binds", multiple=True, metavar="COLUMN=VALUE", help="Keep the rows with this value."),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="parley")
@click.option("--kb", metavar="DIR", help="The knowledge base: a folder that holds data/.")
@click.pass_context
def parley(context: click.Context, kb: str | None) -> None:
    """Who dealt with whom, who says so, how sure they are, and where it is written."""
    context.obj = kb


def _project(context: click.Context) -> Project:
    from parley.project import find

    return find(context.find_root().obj)


def _open(project: Project, folder: Path | None) -> Store:
    from parley.graph.compiled import open_store

    if folder is None:
        return open_store(project)
    from parley.graph.disk import open_disk

    return open_disk(folder)


@parley.command()
@click.argument("name", required=False)
@click.option("--describe", is_flag=True, help="Tell what it asks, its columns with possible values, and the SPARQL.")
@_answering
@click.pass_context
def ask(context: click.Context, /, name: str | None, describe: bool, **options: Any) -> None:
    """Answer a saved question, or list them all."""
    from parley import queries, render

    project = _project(context)
    if name is None:
        click.echo(render.questions(queries.listing(project)), nl=False)
        return
    query = queries.find(project, name)
    if describe:
        click.echo(render.question(_open(project, options["folder"]), query), nl=False)
        return
    _answer(project, query.text, query.path, reason=query.description, **options)


@parley.command()
@click.argument("file", type=click.Path(allow_dash=True))
@_answering
@click.pass_context
def query(context: click.Context, /, file: str, **options: Any) -> None:
    """Run any SPARQL 1.1 query from a file, or from standard input with -; nothing is ever written."""
    try:
        text = (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"not UTF-8 (byte {error.start})", where=file, todo="save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"cannot read ({error.strerror})", where=file) from None
    _answer(_project(context), text, file, **options)


def _answer(
    project: Project,
    text: str,
    where: str | Path,
    binds: tuple[str, ...],
    form: str,
    endpoint: str,
    folder: Path | None,
    reason: str = "",
) -> None:
    from parley import queries, remote, render

    values = {}
    for item in binds:
        column, equals, value = item.partition("=")
        if not equals or not value or column in values:
            raise UsageError(f"{item!r} is not COLUMN=VALUE, or comes twice", where="--bind")
        values[column] = value
    store = _open(project, folder)
    bound = queries.bind(store, text, values)
    result = remote.run(endpoint, bound) if endpoint else queries.run(store, bound, where=where)
    click.echo(render.answer(store, result, form, reason=reason), nl=False)


@parley.command()
@click.argument("name")
@_on_disk
@click.pass_context
def show(context: click.Context, name: str, folder: Path | None) -> None:
    """Show everything known of an actor, an event or another node, with attribution, certainty and evidence."""
    from pyoxigraph import Literal

    from parley import queries, render

    store = _open(_project(context), folder)
    node = queries.resolve(store, name)
    assert not isinstance(node, Literal)
    click.echo(render.show(store, node), nl=False)


@parley.command()
@click.option("--section", help="Only claims from this section.")
@click.option("--factuality", help="Only claims with this factuality.")
@_on_disk
@click.pass_context
def claims(context: click.Context, section: str | None, factuality: str | None, folder: Path | None) -> None:
    """List every claim as a line: factuality, words, time, who says so, where it is written."""
    from parley import render

    lines = list(render.claims(_open(_project(context), folder)))
    sections = {place.section for line in lines for place in line.where}
    levels = {line.factuality for line in lines}
    wanted = (("--section", section, sections), ("--factuality", factuality, levels))
    for option, value, known in wanted:
        if value is not None and value.casefold() not in {name.casefold() for name in known}:
            raise UsageError(f"no {value!r}", where=option, todo=f"choose from: {'; '.join(sorted(known))}")
    for line in lines:
        in_section = section is None or section.casefold() in {place.section.casefold() for place in line.where}
        if in_section and (factuality is None or factuality.casefold() == line.factuality.casefold()):
            click.echo(str(line))


@parley.command()
@click.option("--only", multiple=True, metavar="PART", help="Run only this part; may be repeated.")
@click.pass_context
def check(context: click.Context, only: tuple[str, ...]) -> None:
    """Check syntax, vocabulary, dates, claims, the border of acceptance, evidence, coverage, shapes and style."""
    from parley.check import run

    report = run(_project(context), only)
    for finding in report.findings:
        click.echo(str(finding))
    for part in report.parts:
        click.echo(f"{part.name:<12} {part.seconds:6.2f} s  {part.note}")
    found, warned = len(report.violations), len(report.findings) - len(report.violations)
    warnings = f", {warned} warning{'' if warned == 1 else 's'}" if warned else ""
    click.echo(f"{found} finding{'' if found == 1 else 's'}{warnings}")
    if found:
        context.exit(1)


@parley.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes that answer queries; else one a processor, two at least."
)
@click.option(
    "--timeout", default=10.0, show_default=True, type=click.FloatRange(0.1, 3600), help="Seconds a query may take."
)
@click.option("--cors", is_flag=True, help="Let web pages from elsewhere read the answers.")
@click.option(
    "--text",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Your own copy of a source, for a page beside its facts.",
)
@_on_disk
@click.pass_context
def serve(
    context: click.Context,
    host: str,
    port: int,
    workers: int | None,
    timeout: float,
    cors: bool,
    files: tuple[Path, ...],
    folder: Path | None,
) -> None:
    """Serve pages and a SPARQL endpoint, read-only, on this machine alone unless --host says otherwise."""
    from parley import serve as web

    size = workers or max(2, os.cpu_count() or 1)
    project = _project(context)
    limits = web.Limits(size, timeout)
    web.serve(project, host, port, folder, limits, files=files, cors=cors, announce=click.echo)


@parley.command()
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path), default=Path("site"), show_default=True)
@click.option("--url", default=BASE, show_default=True, metavar="URL", help="Where it will be, for the sitemap.")
@click.pass_context
def site(context: click.Context, folder: Path, url: str) -> None:
    """Write every page, and the release, as files for any web host; queries run in the reader's browser."""
    from parley.site import site as write_site

    click.echo(f"{folder}: {write_site(_project(context), folder, url.rstrip('/') + '/')} files")


@parley.group()
def source() -> None:
    """Bring an article of your own: pointers and digests only, never its words."""


@source.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "name", required=True, help="Short id: lower-case letters and digits.")
@click.option("--title", default="", help="Title; else the file's first heading.")
@click.option("--author", "authors", multiple=True, help="Author; repeat for each.")
@click.option("--edition", default="", help="Issue or edition.")
@click.option("--year", default="", help="Year or date of publication, as EDTF.")
@click.option("--grant", default="", help="Number of the grant.")
@click.option("--funder", default="", help="Who paid.")
@click.option("--project", default="", help="Title of the research project.")
@click.option("--affiliation", default="", help="Where the authors work.")
@click.option("--url", default="", help="Web address; recorded as supplied by you.")
@click.pass_context
def add(context: click.Context, /, file: Path, name: str, **facts: Any) -> None:
    """Turn a Markdown or text FILE into source.ttl and passages.ttl, one passage a sentence."""
    from parley.source import Bibliography
    from parley.source import add as add_source

    supplied = ("url",) if facts["url"] else ()
    for path in add_source(_project(context), file, name, Bibliography(**facts, supplied=supplied)):
        click.echo(path)


@source.command()
@click.argument("name", metavar="ID")
@click.option("--text", "file", required=True, type=click.Path(path_type=Path), help="A copy of the source.")
@click.pass_context
def verify(context: click.Context, name: str, file: Path) -> None:
    """Prove every stored passage against a copy of the text."""
    from parley.source import verify as verify_source

    click.echo(f"{verify_source(_project(context), name, file)} passages verified")


# ---------------------------------------------------------------- Wikidata


@parley.group()
def link() -> None:
    """Check links to Wikidata, find new ones, fetch what is useful, write what may be sent there."""


@link.command("check")
@click.option(
    "--endpoint", default=_QUERY_SERVICE, metavar="URL", help="Ask this query service, shaped like Wikidata's."
)
@click.pass_context
def check_links(context: click.Context, endpoint: str) -> None:
    """Ask Wikidata whether each link still fits: merged, deleted, misnamed, of another kind. Changes nothing."""
    from parley.link.check import check
    from parley.link.wikidata import Service

    findings, count = check(_project(context), Service(endpoint))
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{count} links, {len(findings)} finding{'' if len(findings) == 1 else 's'}")
    if findings:
        context.exit(1)


@link.command()
@click.argument("name", required=False)
@click.option("-o", "--output", default="link-proposals.ttl", type=click.Path(path_type=Path), help="Where to write.")
@click.option("--api", default=_SEARCH, metavar="URL", help="Search here.")
@click.option(
    "--endpoint", default=_QUERY_SERVICE, metavar="URL", help="Ask this query service, shaped like Wikidata's."
)
@click.pass_context
def suggest(context: click.Context, name: str | None, output: Path, api: str, endpoint: str) -> None:
    """Propose items for NAME, or for all that is not linked; nothing is linked by itself."""
    from parley.link.suggest import suggest as propose
    from parley.link.wikidata import Service

    nodes, count = propose(_project(context), name, output, Service(endpoint), api)
    click.echo(f"{output}: {count} proposals for {nodes} node{'' if nodes == 1 else 's'}")


@link.command()
@click.option(
    "--endpoint", default=_QUERY_SERVICE, metavar="URL", help="Ask this query service, shaped like Wikidata's."
)
@click.pass_context
def enrich(context: click.Context, endpoint: str) -> None:
    """Fetch names, coordinates, codes and times of what is linked into graph:wikidata."""
    from parley.link.enrich import enrich as fetch
    from parley.link.wikidata import Service

    path, count = fetch(_project(context), Service(endpoint))
    click.echo(f"{path}: {count} triples")


@link.command()
@click.option("--close", is_flag=True, help="Also what is said of items that are a close match only.")
@click.pass_context
def export(context: click.Context, close: bool) -> None:
    """Write QuickStatements for what the sources support; read them before you send them."""
    from parley.graph.compiled import open_store
    from parley.link.export import export as lines

    for line in lines(open_store(_project(context)), close=close):
        click.echo(line)


@parley.command()
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path), default=Path("release"), show_default=True)
@click.pass_context
def build(context: click.Context, folder: Path) -> None:
    """Build the release: the knowledge base in every format, its description, its checksums."""
    from parley.build import build as build_release

    names = build_release(_project(context), folder)
    click.echo(f"{folder}: {len(names)} files: {', '.join(names)}")


@parley.command()
@click.argument("source", metavar="FILE_OR_DIR", type=click.Path(path_type=Path))
@click.option("--store", "folder", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Where to.")
@click.pass_context
def load(context: click.Context, source: Path, folder: Path) -> None:
    """Load N-Quads, or the release in a folder, into an on-disk store that ask, query, show and serve can use."""
    from parley.graph.disk import load_disk

    click.echo(f"{folder}: {load_disk(_project(context), source, folder)} triples")


@parley.command()
@click.argument("store", metavar="STORE")
@click.option("--profile", default="", metavar="NAME", help="The kind of store, if it is not found out by itself.")
@click.option("--asserted-only", is_flag=True, help="Send graph:asserted only, for a store that mixes all graphs.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent and dropped; change nothing.")
@click.pass_context
def push(context: click.Context, /, store: str, dry_run: bool, **options: Any) -> None:
    """Import the knowledge base into a running triple store: only what has changed, and compared afterwards.

    STORE is its web address. Who may write is told by PARLEY_USER and PARLEY_PASSWORD, by PARLEY_TOKEN or by a netrc.
    """
    from parley.graph.compiled import open_store

    try:
        from parley.push import push as send
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is missing", todo="pip install 'parley-kb[push]'") from None

    def progress(words: str) -> None:
        click.echo(f"\r\x1b[K{words}", err=True, nl=False)

    if sys.stderr.isatty():
        options["progress"] = progress
    try:
        report = send(open_store(_project(context)), store, dry_run=dry_run, **options)
    finally:
        if "progress" in options:
            progress("")
    counts = f"{len(report.sent)} sent, {report.graphs - len(report.sent)} unchanged, {len(report.dropped)} dropped"
    done = "nothing done yet" if dry_run else "verified"
    click.echo(f"{report.kind}: {report.graphs} graphs, {report.triples} triples: {counts}; {done}")
    if not report.tested:
        click.echo(f"note: the profile {report.kind} is written from documentation, no test covers it")
    if report.union:
        click.echo(
            "note: this store's default graph is the union of all graphs, so that a query without GRAPH takes what is "
            "merely claimed for fact; ask with GRAPH, or push with --asserted-only"
        )
    for change in report.changed:
        click.echo(f"changed by the store: {change}")
    if report.changed:
        context.exit(1)


def main() -> None:
    """Run the command line: 0 done, 1 a check found something, 2 used wrongly, 3 something out of reach."""
    try:
        code = parley.main(standalone_mode=False) or 0
    except ParleyError as error:
        code = _fail(str(error), error.exit_code)
    except click.exceptions.Abort:
        code = _fail("stopped", 130)
    except click.ClickException as error:
        hint = f"; see {error.ctx.command_path} --help" if isinstance(error, click.UsageError) and error.ctx else ""
        code = _fail(" ".join(error.format_message().split()) + hint, 2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if os.environ.get("PARLEY_DEBUG"):
            raise
        code = _fail(f"unforeseen {type(error).__name__}: {error}; set PARLEY_DEBUG=1 to see where", 70)
    sys.exit(code)


def _fail(message: str, code: int) -> int:
    click.echo(f"parley: {message}", err=True)
    return code
