"""The list that comes along, lists of one's own, and files that change or break."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.prompts.refused_words import RefusedWords, WordListError
from lib.prompts.word_list import LIST, WordList, read_list

SHIPPED = read_list(LIST)

INNOCENT = """
Scunthorpe|Essex|Sussex, Middlesex|cocktail|peacock feathers|cockatoo|shuttlecock|weathercock
assassin|class of 1984|brass band|mass transit|basement|Penistone|Peniscola|analysis of a canal
annals of a museum|therapist's office|a bunch of grapes|drapes|skyscraper|scrap metal|parasite
Titian and Titus|titanic sinking|competition|Dickens novel|Hancock|Arsenal|buttercup|Uranus
Matsushita|shiitake mushrooms|circumference|cumulus clouds|document|magna cum laude|screwdriver
sextant|sextet|bisextile|Moby Dick, the white whale|Philip K. Dick|David Lynch|Al Gore
two blue tits on a branch|a great tit|rapeseed in bloom|a Maine Coon cat|spic and span
a naked mole rat|pussy willow|a chink in the armour|a flag 🇸🇪 🇩🇪 🇺🇸|455 horses, 5318008
1st, 2nd and 3rd|a 1950s car|4k, 3d, mp4|U.S.A.|a b c d e f g|I a m|A E I O U|push-it
red,green,blue|(glass)1.3 and steel++|("a cat", "a dog").blend(0.7, 0.3)|vor- und nachher
ein Garten aus Glas|le canal à Sète|Müller's Kühe|сок и лес|東京の夜|北京的夜|מים|حديقة
a garden of glass under the northern lights, oil on canvas||   |!?|🙂|constructor|__proto__
""".replace("\n", "|").split("|")

UNSAFE = """
porn|PORN|a Porn film|Pörn|ＰＯＲＮ|ｐｏｒｎ|po\u200brn|p\u00ado\u2060r\ufeffn|p\u0336orn
p0rn|pr0n|p o r n|p.o.r.n|p-o-r-n|p_o_r_n|P * O * R * N|po.rn|a p o r n film|p 0 r n|pоrn|pоrп
poooorn|porn!|#porn|pornography|n4k3d|NÄKED|n a k e d|𝐧𝐮𝐝𝐞|𝓷𝓾𝓭𝓮|ⓝⓤⓓⓔ|🅽🆄🅳🅴|ɴᴜᴅᴇ|🇳🇺🇩🇪|nu̶de
s e x|5ex|$ex|s3x|SeX|a sex scene|t1ts|b1tch|bi7ch|sh!t|sh1t|wh0re|fuuuuck|f.u.c.k|asssshole
child porn|child  porn|child-porn|ch1ld_p0rn|Völkermord|Voelkermord|裸体の絵|美しい裸体|섹스|секс
"""
UNSAFE_TEXTS = [text for text in UNSAFE.replace("\n", "|").split("|") if text]


def test_what_nobody_minds() -> None:
    assert {text: word for text in INNOCENT if (word := SHIPPED.found(text))} == {}


def test_what_is_refused_however_it_is_spelled() -> None:
    around = [*UNSAFE_TEXTS, *(f"a painting of {text}, soft light" for text in UNSAFE_TEXTS)]
    assert [text for text in around if not SHIPPED.found(text)] == []


def test_every_line_of_the_list_refuses_itself_and_allows_what_it_allows() -> None:
    for line in LIST.read_text("utf-8").splitlines():
        written = line.split("#")[0].strip()
        if written:
            text = written.strip("?!~@* ")
            assert bool(SHIPPED.found(text)) == (written[0] not in "?!~@"), written
            refused_beside_people = written[0] not in "!@"
            assert bool(SHIPPED.found(f"a woman, {text}")) == refused_beside_people, written


def test_an_exception_excuses_itself_alone() -> None:
    assert SHIPPED.found("Moby Dick") == ""
    assert SHIPPED.found("Moby Dick naked") == "naked"
    assert SHIPPED.found("moby, a dick") == "dick"
    assert SHIPPED.found("moby dick dick") == "dick"


def test_the_signs_of_a_line() -> None:
    refused = RefusedWords(
        ["rot", "blau*", "*grün*", "*gelb", "sehr  schön", "🍆", "!rot weiss # flag", "#", ""], "x"
    )
    assert refused.count == 6
    for text, word in {
        "rot": "rot",
        "Rote": "",
        "verrot": "",
        "blaues": "blau",
        "hellblau": "",
        "immergrüner": "grün",
        "hellgelb": "gelb",
        "hellgelbes": "",
        "SEHR, schon!": "sehr  schön",
        "sehr": "",
        "so🍆oft": "🍆",
        "rot-weiss": "",
        "rot-weiss-rot": "rot",
    }.items():
        assert refused.found(text) == word, text


def test_the_longest_prompts_take_no_time() -> None:
    dice = random.Random(7)
    signs = "aeiounsxp 013!.-|@*\u0301\u200b🙂ﷺ裸"
    texts = ["".join(dice.choices(signs, k=2000)) for _ in range(5)]
    for text in [*texts, "a" * 2000, "a " * 1000, "1a!" * 667, "a.a." * 500, "ﷺ" * 2000]:
        before = time.thread_time()
        SHIPPED.found(text)
        assert time.thread_time() - before < 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "cannot be read: No such file"),
        (b"", "holds no word to refuse"),
        (b"# nothing\n\n!allowed\n", "holds no word to refuse"),
        (b"caf\xe9\n", "is not a text in UTF-8"),
        (b"\x00\x01" * 700_000, "cannot be read: it has more than 1 MB"),
        (b"good\n***\n", "line 2 of words.txt is no word"),
        (b"go*od\n", "line 1 of words.txt is no word; * may stand at its ends only"),
        (b"x" * 300, "line 1 of words.txt is longer than 200 characters"),
        ("\u200b\n".encode(), "line 1 of words.txt is no word"),
    ],
)
def test_a_file_that_is_no_list(tmp_path: Path, data: bytes | None, sentence: str) -> None:
    path = tmp_path / "words.txt"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(WordListError, match=sentence.replace("*", r"\*")):
        read_list(path)


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(WordListError, match="cannot be read: Is a directory"):
        read_list(tmp_path)


def test_a_list_from_an_editor_of_windows(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_bytes("\ufeffblue\r\ngreen\r\n".encode())
    assert read_list(tmp_path / "words.txt").found("Blue") == "blue"


def test_a_change_of_the_file_counts_at_the_next_prompt(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("blue\n")
    words = WordList(path)
    assert words.objection("a blue house") == "'blue' is on the list of refused words"
    fresh = tmp_path / "fresh"
    fresh.write_text("green\n")  # as long as before, and moved into place as editors do
    os.utime(fresh, ns=(1, path.stat().st_mtime_ns))
    fresh.replace(path)
    assert words.objection("a blue house") == ""
    assert words.objection("a green house")


def test_a_file_that_breaks_later_opens_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "words.txt"
    path.write_text("blue\n")
    words = WordList(path)
    assert words.objection("blue")
    for breaks in (lambda: path.write_bytes(b"\xff"), path.unlink):
        breaks()
        assert words.objection("blue") and not words.objection("green")
    assert "the words that were read before stay refused" in caplog.text
    path.write_text("green\n")
    assert words.objection("green") and not words.objection("blue")


def test_a_list_that_was_never_there_refuses_everything(tmp_path: Path) -> None:
    words = WordList(tmp_path / "words.txt")
    assert words.objection("a house").startswith("no prompt can be checked: ")
    (tmp_path / "words.txt").write_text("blue\n")
    assert words.objection("a house") == ""


@given(st.text())
def test_no_text_is_too_odd_to_be_looked_up(text: str) -> None:
    assert isinstance(SHIPPED.found(text), str)
    assert SHIPPED.found(f"{text} porn {text}")
