"""Word vectors: embeddings of texts, in which similar meanings lie close together.

Owns the files that hold them. It has no thread, uses no network, and works without its packages:
then only equal words are alike.
"""
