"""Word vectors: where a text lies in a space where things that are alike lie close together.

Owns the files that hold them. It has no thread, reads no network, and does without its packages:
then only the same words are alike.
"""
