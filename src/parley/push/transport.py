"""Speak to one store over HTTP: let in, patient with a busy one, and every failure a line."""

from __future__ import annotations

import ssl
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from urllib.parse import quote

import httpx
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results

from parley.errors import Unreachable
from parley.namespaces import XSD
from parley.push.profiles import PROFILES, recognise
from parley.web import AGENT, TRIES, Credentials, address, credentials, pause, refusal

__all__ = ["Server", "connect"]

_RESULTS = "application/sparql-results+json"
# Virtuoso 7 writes true and false as 1 and 0 in JSON (in XML it does not, but there Oxigraph's parser trims literals).
_BOOLEAN = NamedNode(f"{XSD}boolean")
_BOOLEANS: dict[object, object] = {
    Literal(digit, datatype=_BOOLEAN): Literal(word, datatype=_BOOLEAN)
    for digit, word in (("1", "true"), ("0", "false"))
}
# Seconds without a byte, since a large update says nothing until it is done; seconds that a store may ask to wait.
PATIENCE, _LONGEST_PAUSE = 600, 60
_MOST_IN_MEMORY = 16 << 20
_AGAIN = "run the same command again: it goes on from what is there"


class _Auth(httpx.Auth):
    """Answer the first challenge with what it asks for, and from then on go ahead of it; a token goes at once."""

    def __init__(self, secret: Credentials) -> None:
        self._secret = secret
        self._chosen: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._secret.token:
            request.headers["Authorization"] = f"Bearer {self._secret.token}"
            yield request
        elif self._chosen is not None:
            yield from self._chosen.auth_flow(request)
        else:
            response = yield request
            challenges = " ".join(response.headers.get_list("WWW-Authenticate")).lower()
            if response.status_code == 401 and self._secret.user:
                kind = httpx.DigestAuth if "digest" in challenges else httpx.BasicAuth
                self._chosen = kind(self._secret.user, self._secret.password)
                yield from self._chosen.auth_flow(request)


class Server:
    """Ask and change one store."""

    def __init__(self, client: httpx.Client, base: str, secret: Credentials) -> None:
        self._client, self._secret = client, secret
        self.base, self.kind, self.profile = base, "sparql", PROFILES["sparql"]

    def get_in(self, named: str) -> None:
        """Find out what kind of store it is, and answer the challenge of what is written to before a body is sent.

        :param named: the profile that the user gives, or ""
        :raises UsageError: if there is no such profile
        :raises Unreachable: if the store is out of reach or lets nobody in with these credentials
        """
        with self._sent("GET", "", allow=range(300, 600)) as reply:
            self.kind = recognise(named, self.base, reply.headers.get("Server", ""))
        self.profile = PROFILES[self.kind]
        for path in filter(None, (self.profile.query, self.profile.update)):
            self.base = self.base.removesuffix(path)
        for path in filter(
            None, (self.profile.update, self.profile.graphs and f"{self.profile.graphs}urn:x-parley:none")
        ):
            with self._sent("GET", path, allow=range(400, 600)) as reply:
                if reply.status_code in {401, 403}:
                    raise self._refused(reply)

    def rows(self, query: str, *names: str) -> Iterator[tuple[object, ...]]:
        """Yield every row of an answer, in as many requests as a store needs that cuts answers (Virtuoso).

        :param names: the variables, each of which every row has to bind
        :raises Unreachable: if an answer is not whole
        """
        page, start = "", 0
        while True:
            with self._download(query + page) as (file, most):
                first = start
                for row in self._parsed(file, names):
                    start += 1
                    yield row
            if not most or start - first < most:
                return
            page = f" LIMIT {most} OFFSET {start}"

    def update(self, text: str) -> None:
        """Send a SPARQL 1.1 update.

        :raises Unreachable: if the store does not do it
        """
        with self._sent("POST", self.profile.update, data={"update": text}):
            pass

    def put(self, name: str, blocks: Iterable[bytes], size: int) -> None:
        """Replace a graph (SPARQL 1.1 Graph Store HTTP Protocol §5.3), the body streamed.

        :raises Unreachable: if the store does not take it, or cannot be sent graphs at all
        """
        if not self.profile.graphs:
            raise Unreachable(f"too large for one update: {name}", where=self.base, todo="use the store's bulk loader")
        headers = {"Content-Type": "application/n-triples", "Content-Length": str(size)}
        with self._sent("PUT", self.profile.graphs + quote(name, safe=""), content=blocks, headers=headers):
            pass

    @contextmanager
    def _download(self, query: str) -> Iterator[tuple[SpooledTemporaryFile[bytes], int]]:
        accept = {"Accept": _RESULTS}
        with SpooledTemporaryFile(_MOST_IN_MEMORY) as file:
            with self._sent("POST", self.profile.query, data={"query": query}, headers=accept) as reply:
                kind = reply.headers.get("Content-Type", "").partition(";")[0].strip()
                if kind not in {_RESULTS, "application/json"} or "X-SQL-State" in reply.headers:
                    raise Unreachable(f"no whole SPARQL result, but {kind!r}", where=self.base)
                for chunk in reply.iter_bytes():
                    file.write(chunk)
            file.seek(0)
            most = reply.headers.get("X-SPARQL-MaxRows", "")
            yield file, int(most) if most.isdigit() else 0

    def _parsed(self, file: SpooledTemporaryFile[bytes], names: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
        result = None
        try:
            result = parse_query_results(file, QueryResultsFormat.JSON)
            for row in result if isinstance(result, QuerySolutions) else (None,):
                terms = tuple(row and row[name] for name in names)
                if None in terms:
                    raise ValueError
                yield tuple(_BOOLEANS.get(term, term) for term in terms)
        except (SyntaxError, ValueError, KeyError):
            raise Unreachable("no whole SPARQL result", where=self.base, todo=_AGAIN) from None
        finally:
            # It must not outlive this thread, as it would in the traceback.
            result = None

    @contextmanager
    def _sent(
        self, method: str, path: str, *, allow: Iterable[int] = (), **options: object
    ) -> Iterator[httpx.Response]:
        """Send a request, again after a pause where the store is busy, and give the reply while its body is read."""
        try:
            for tries in range(TRIES):
                with self._client.stream(method, self.base + path, **options) as reply:  # type: ignore[arg-type]
                    wait = pause(reply.headers.get("Retry-After"), tries)
                    if reply.status_code not in {429, 503} or tries + 1 == TRIES or wait > _LONGEST_PAUSE:
                        if not reply.is_success and reply.status_code not in allow:
                            raise self._refused(reply)
                        yield reply
                        return
                time.sleep(wait)
        except httpx.TimeoutException:
            raise Unreachable("the store took too long", where=self.base, todo=_AGAIN) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            what = "TLS" if "SSL" in str(error) or "certificate" in str(error) else "no answer"
            raise Unreachable(f"{what}: {self._secret.hide(str(error))[:200]}", where=self.base, todo=_AGAIN) from None

    def _refused(self, reply: httpx.Response) -> Unreachable:
        text = self._secret.hide(reply.read()[:2000].decode(errors="replace"))
        headers = reply.headers
        kind, location, wait = (headers.get(name, "") for name in ("Content-Type", "Location", "Retry-After"))
        return refusal(reply.status_code, self.base, kind=kind, body=text, location=location, wait=wait)


@contextmanager
def connect(url: str, profile: str = "") -> Iterator[Server]:
    """Open a connection to a store, and close it in the end.

    Each request has a connection of its own: one that a store has closed meanwhile would lose a body on its way.

    :param url: the store's address, or that of its queries
    :param profile: what kind it is, one of :data:`parley.push.profiles.PROFILES`; found out where it is ""
    :raises UsageError: if the address or the profile is none
    :raises Unreachable: if the store is out of reach or lets nobody in with these credentials
    """
    base = address(url, "STORE").rstrip("/")
    secret = credentials(base)
    client = httpx.Client(
        auth=_Auth(secret),
        headers={"User-Agent": AGENT},
        timeout=httpx.Timeout(PATIENCE, connect=10),
        limits=httpx.Limits(max_keepalive_connections=0),
        verify=ssl.create_default_context(),
        follow_redirects=False,
        trust_env=False,
    )
    with client:
        server = Server(client, base, secret)
        server.get_in(profile)
        yield server
