"""The knowledge base as a graph: read, derive, keep compiled, and offer as an rdflib dataset."""
