"""Forty chosen prompts."""

from __future__ import annotations

from tests.scene.prompts import measures as m
from tests.scene.prompts.measures import Prompt

CHOSEN = (
    Prompt("a cosy Italian village in golden light", (m.warm(), m.present("house"))),
    Prompt(
        "a lighthouse in a storm",
        (m.present("lighthouse"), m.darker("a lighthouse at noon"), m.grey("a lighthouse at noon")),
    ),
    Prompt("northern lights over a frozen lake", (m.tinted("green", 0, 0.5, 0.08),)),
    Prompt(
        "a red house in an autumn forest",
        (m.counted("house", 1), m.coloured("house", "red"), m.warm()),
    ),
    Prompt("a harbour in the fog", (m.hazy("a harbour on a clear day"), m.present("boat"))),
    Prompt("a city at night in the rain", (m.night("a city at noon"),)),
    Prompt("a sailing boat at sunset", (m.counted("boat", 1), m.warm(), m.level_horizon())),
    Prompt("fish in a coral reef", (m.present("fish"), m.tinted("blue", share=0.05))),
    Prompt("a volcano at night", (m.night("a volcano at noon"), m.tinted("orange", share=0.005))),
    Prompt("a wooden pier on a calm sea", (m.present("pier"), m.level_horizon())),
    Prompt("sunflowers under a blue sky", (m.present("sunflower"), m.blue_sky())),
    Prompt(
        "a purple balloon over green hills",
        (m.counted("balloon", 1), m.coloured("balloon", "purple"), m.green_ground()),
    ),
    Prompt("an empty white room", (m.tinted("white", 0, 0.6, 0.2), m.absent("table"))),
    Prompt(
        "a cat under a red umbrella",
        (m.counted("cat", 1), m.coloured("umbrella", "red"), m.under("cat", "umbrella")),
    ),
    Prompt("two camels in the desert at sunset", (m.counted("camel", 2), m.warm())),
    Prompt("snowy mountains with pine trees", (m.bright_snow(), m.present("pine"))),
    Prompt("a castle on a hill, rainbow", (m.raised("castle"), m.counted("castle", 1))),
    Prompt("a robot in a garden", (m.counted("robot", 1), m.green_ground())),
    Prompt("a ship on the sea by moonlight", (m.night("a ship on the sea at noon"),)),
    Prompt("a stone bridge over a river", (m.present("bridge"), m.green_ground())),
    Prompt(
        "three apples on a wooden table",
        (m.counted("apple", 3), m.on("apple", "table"), m.coloured("apple", "red")),
    ),
    Prompt("cows beside a windmill", (m.present("cow"), m.beside("cow", "windmill"))),
    Prompt("a tropical island with palm trees", (m.present("palm"), m.level_horizon())),
    Prompt("a rocket among the stars", (m.present("rocket"), m.darker("a rocket on a beach"))),
    Prompt("an empty desert at noon", (m.level_horizon(), m.warm())),
    Prompt("a calm sea under a clear sky", (m.level_horizon(), m.blue_sky())),
    Prompt("a deer behind a tree in the forest", (m.behind("deer", "tree"), m.present("deer"))),
    Prompt("a yellow car in a street", (m.counted("car", 1), m.coloured("car", "yellow"))),
    Prompt("a dog beside a fire", (m.beside("dog", "fire"), m.coloured("fire", "orange", 0.06))),
    Prompt("a bird over a church", (m.over("bird", "church"), m.counted("church", 1))),
    Prompt("five sheep in a meadow", (m.counted("sheep", 5), m.green_ground())),
    Prompt("a snowman in a winter village", (m.bright_snow(), m.counted("snowman", 1))),
    Prompt("an old train in the mountains", (m.present("train"), m.blue_sky())),
    Prompt("a harbour with a house", (m.absent("boat"),), negative="boats"),
    Prompt("a woman with a yellow coat on a beach", (m.counted("person", 1),)),
    Prompt("an elephant in the savannah", (m.counted("elephant", 1), m.warm())),
    Prompt("a penguin on the ice", (m.counted("penguin", 1), m.bright_snow())),
    Prompt("a lantern in a dark street", (m.night("a lantern in a street at noon"),)),
    Prompt("a pink flamingo in a lagoon", (m.tinted("pink", share=0.002),)),
    Prompt("a blue tent by a lake at dawn", (m.coloured("tent", "blue"), m.counted("tent", 1))),
)
