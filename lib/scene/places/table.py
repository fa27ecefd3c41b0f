"""The table of places, by the names of the word list."""

from __future__ import annotations

from lib.scene.places import country, town, waterside

PLACES = {
    "sea": waterside.SEA,
    "beach": waterside.BEACH,
    "lake": waterside.LAKE,
    "river": waterside.RIVER,
    "waterfall": waterside.WATERFALL,
    "mountains": country.MOUNTAINS,
    "hills": country.HILLS,
    "canyon": country.CANYON,
    "desert": country.DESERT,
    "savannah": country.SAVANNAH,
    "forest": country.FOREST,
    "jungle": country.JUNGLE,
    "swamp": country.SWAMP,
    "field": country.FIELD,
    "wheat": country.WHEAT,
    "village": town.VILLAGE,
    "city": town.CITY,
    "street": town.STREET,
    "harbour": town.HARBOUR,
    "underwater": waterside.UNDERWATER,
    "space": town.SPACE,
    "moon": town.MOON,
    "room": town.ROOM,
    "island": waterside.ISLAND,
    "volcano": town.VOLCANO,
    "garden": country.GARDEN,
    "arctic": waterside.ARCTIC,
    "cliffs": waterside.CLIFFS,
}
# Two places that are one.
PAIRS = {frozenset(("island", "volcano")): town.ISLAND_VOLCANO}
