"""Eighty prompts, and measures of what a person would say of a picture made from each.

They were written before the drawing code. Forty are chosen, forty are drawn from a grammar.
"""
