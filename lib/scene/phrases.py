"""From a text to the meanings of its words and phrases, and what it says is not there."""

from __future__ import annotations

import re
from typing import TypeAlias

from lib.scene.things.table import THINGS
from lib.scene.vocabulary import Meaning, vocabulary

PAUSE = Meaning("ignored", "pause")  # between two parts of a prompt
Word: TypeAlias = tuple[str, Meaning | None]
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[,;.]")
_SHADE = Meaning("special", "shade")
_PATCHED = ("cow", "panda", "zebra", "sheep")  # black patches on white
_DENIED = ("thing", "place", "weather", "sky", "season")  # what a picture can be without
_PICTURES = ("picture", "painting", "image", "art", "artwork", "illustration", "render")
_WEIGHT = re.compile(r"\d+\.\d+")  # as in (word:1.2): it is no number of things


def meanings_of(text: str) -> list[Word]:
    """Each word or known phrase of a text, the longest phrases first."""
    known, found = vocabulary(), list[Word]()
    words = _WORD.findall(_WEIGHT.sub(" ", text.lower().replace("-", " ")))
    words = [word.removesuffix("'s").removesuffix("’s") for word in words]
    at = 0
    while at < len(words):
        if words[at] in ",;.":
            found.append((words[at], PAUSE))
            at += 1
            continue
        for length in range(min(known.longest, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + length])
            meaning = known.find(phrase)
            if meaning is not None or length == 1:
                found.append((phrase, meaning))
                at += length
                break
    return found


def split_denied(words: list[Word]) -> tuple[list[Word], list[Word]]:
    """What the prompt says is there, and what it says is not: "a beach with no people"."""
    said, denied, at = list[Word](), list[Word](), 0
    while at < len(words):
        if words[at][0] not in ("no", "without"):
            said.append(words[at])
            at += 1
            continue
        end = _end_of_denied(words, at + 1)
        if end > at + 1 and said and said[-1][0] == "with":
            said.pop()
        named = words[at + 1 : end]  # no red cars: a house may still be red
        denied += [each for each in named if each[1] and each[1].kind in _DENIED]
        at = max(end, at + 1)
    there = {meaning[:2] for _, meaning in said if meaning}  # two boats with no sails
    return said, [each for each in denied if each[1] and each[1][:2] not in there]


def _end_of_denied(words: list[Word], begin: int) -> int:
    """Behind the last noun of "no boats or people"; where there is no noun, the beginning."""
    end = at = begin
    while at < len(words):
        word, meaning = words[at]
        kind = meaning.kind if meaning else "ignored"
        if kind in _DENIED:
            end = at + 1
        elif word in ("a", "an") and words[at - 1][0] in ("no", "without", "or", "nor"):
            pass
        elif (kind not in ("ignored", "size", "colour") or meaning is PAUSE) or (
            end > begin and word not in ("and", "or", "nor")
        ):
            break
        at += 1
    return end


def in_context(word: str, meaning: Meaning | None, after: list[Word]) -> Meaning | None:
    """What a word means before those that follow: "a dark red house" is no house at night."""
    if word not in ("dark", "black and white"):
        return meaning
    follows = next(
        (
            (known, noun)
            for noun, known in after
            if known is None
            or known is PAUSE
            or noun in _PICTURES
            or known.kind not in ("ignored", "size")
        ),
        (None, ""),
    )[0]
    if follows is None:
        return meaning
    if word == "black and white":
        base = "white" if follows.name in _PATCHED else "black"
        return Meaning("colour", base) if follows.kind in ("thing", "place") else meaning
    if follows.kind == "colour":
        return _SHADE
    thing = THINGS.get(follows.name)
    if follows.name == "garment" or (follows.kind == "thing" and thing and not thing.backdrop):
        return Meaning("colour", "brown")
    return meaning
