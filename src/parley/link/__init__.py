"""Links to Wikidata: check them, find candidates, fetch what is useful, write what may be sent there."""
