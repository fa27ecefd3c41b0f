"""The table of things: to add one, write its drawing in its family's file and its line here, and
its words in vocabulary.txt (docs/scenes.md)."""

from __future__ import annotations

from lib.scene.things import (
    birds,
    boats,
    flowers,
    flyers,
    food,
    household,
    houses,
    landmarks,
    outdoors,
    people,
    sea_life,
    small_animals,
    trees,
    vehicles,
)
from lib.scene.things.builds import BUILDS
from lib.scene.things.kinds import Thing, Zone
from lib.scene.things.quadrupeds import quadruped

_WATER, _SKY, _TABLE, _SWIMS = Zone.WATER, Zone.SKY, Zone.TABLE, Zone.SWIMS

_BUILDINGS = {
    "house": Thing(houses.house, 0.36, 0.6, several=5, backdrop=True),
    "tallhouse": Thing(houses.tallhouse, 0.4, 0.4, home="street", several=5, backdrop=True),
    "block": Thing(houses.block, 0.5, 0.36, home="city", several=6, backdrop=True),
    "barn": Thing(houses.barn, 0.34, 0.72, home="field", backdrop=True),
    "church": Thing(houses.church, 0.46, 0.62, backdrop=True),
    "mosque": Thing(houses.mosque, 0.42, 0.74, home="desert", backdrop=True),
    "pagoda": Thing(houses.pagoda, 0.5, 0.56, home="mountains", backdrop=True),
    "igloo": Thing(houses.igloo, 0.22, 0.98, home="arctic", backdrop=True),
    "tent": Thing(houses.tent, 0.2, 0.95, several=4),
    "tower": Thing(landmarks.tower, 0.52, 0.24, backdrop=True),
    "eiffel": Thing(landmarks.eiffel, 0.62, 0.46, home="city", backdrop=True),
    "lighthouse": Thing(landmarks.lighthouse, 0.56, 0.46, home="sea", backdrop=True),
    "castle": Thing(landmarks.castle, 0.46, 0.66, home="hills", backdrop=True),
    "bridge": Thing(landmarks.bridge, 0.26, 1.45, _WATER, home="river", several=1, top=0.82),
    "windmill": Thing(landmarks.windmill, 0.46, 0.5, home="field", backdrop=True),
    "windturbine": Thing(landmarks.windturbine, 0.5, 0.4, home="hills", several=5, backdrop=True),
    "greektemple": Thing(landmarks.greektemple, 0.34, 0.88, home="hills", backdrop=True),
    "pyramid": Thing(landmarks.pyramid, 0.36, 0.98, home="desert", backdrop=True),
    "statue": Thing(landmarks.statue, 0.36, 0.32, home="garden"),
    "fountain": Thing(landmarks.fountain, 0.3, 0.66, home="garden"),
    "gate": Thing(landmarks.gate, 0.4, 0.8, home="garden", backdrop=True),
    "well": Thing(landmarks.well, 0.24, 0.6, home="village"),
}

_VEHICLES = {
    "boat": Thing(boats.boat, 0.4, 0.5, _WATER, home="sea", several=4, top=0.25),
    "rowboat": Thing(boats.rowboat, 0.1, 0.96, _WATER, home="lake", several=4, top=0.6),
    "galleon": Thing(boats.galleon, 0.44, 0.84, _WATER, home="sea", top=0.3),
    "ship": Thing(boats.ship, 0.3, 0.88, _WATER, home="sea", top=0.4),
    "submarine": Thing(boats.submarine, 0.16, 1.12, _SWIMS, home="underwater", several=1),
    "car": Thing(vehicles.car, 0.15, 1.03, home="street", several=4),
    "bus": Thing(vehicles.bus, 0.24, 1.04, home="street", several=2),
    "truck": Thing(vehicles.truck, 0.22, 1.04, home="street", several=2),
    "cart": Thing(vehicles.cart, 0.18, 1.3, home="field", several=2),
    "train": Thing(vehicles.train, 0.15, 3.0, home="hills", several=1),
    "bicycle": Thing(vehicles.bicycle, 0.2, 0.76, home="street"),
}

_FLYERS = {
    "balloon": Thing(flyers.balloon, 0.4, 0.4, _SKY, several=5),
    "airship": Thing(flyers.airship, 0.2, 1.14, _SKY, several=2),
    "toyballoon": Thing(flyers.toyballoon, 0.2, 0.3, _SKY, several=5),
    "kite": Thing(flyers.kite, 0.2, 0.38, _SKY, home="beach", several=4),
    "parachute": Thing(flyers.parachute, 0.22, 0.64, _SKY, home="mountains"),
    "plane": Thing(flyers.plane, 0.11, 1.05, _SKY, several=3),
    "helicopter": Thing(flyers.helicopter, 0.16, 1.1, _SKY, home="city", several=2),
    "rocket": Thing(flyers.rocket, 0.42, 0.34, _SKY, home="space", several=3),
    "ufo": Thing(flyers.ufo, 0.12, 1.05, _SKY, below=1.0),
    "satellite": Thing(flyers.satellite, 0.18, 1.05, _SKY, home="space", several=2),
    "planetball": Thing(flyers.planetball, 0.4, 0.9, _SKY, home="space"),
}

_PLANTS = {
    "tree": Thing(trees.tree, 0.46, 0.44, several=7, backdrop=True),
    "blossomtree": Thing(trees.blossomtree, 0.44, 0.44, several=4, backdrop=True),
    "bare": Thing(trees.bare, 0.46, 0.6, several=5, backdrop=True),
    "pine": Thing(trees.pine, 0.5, 0.32, home="mountains", several=8, backdrop=True),
    "christmastree": Thing(trees.christmastree, 0.46, 0.32, home="village", backdrop=True),
    "cypress": Thing(trees.cypress, 0.46, 0.14, several=6, backdrop=True),
    "palm": Thing(trees.palm, 0.5, 0.52, home="beach", several=4, backdrop=True),
    "cactus": Thing(trees.cactus, 0.34, 0.36, home="desert", several=5),
    "bush": Thing(trees.bush, 0.13, 0.92, several=6),
    "stump": Thing(trees.stump, 0.1, 0.66, home="forest", top=0.8),
    "flower": Thing(flowers.flower, 0.2, 0.3, home="field", several=26),
    "lavender": Thing(flowers.lavender, 0.16, 0.46, home="field", several=34),
    "rose": Thing(flowers.rose, 0.2, 0.28, home="garden", several=12),
    "sunflower": Thing(flowers.sunflower, 0.4, 0.34, home="field", several=26),
    "tulip": Thing(flowers.tulip, 0.2, 0.24, home="field", several=34),
    "lotus": Thing(flowers.lotus, 0.09, 1.1, _WATER, home="lake", several=7),
    "reeds": Thing(flowers.reeds, 0.24, 0.5, home="lake", several=6),
    "mushroom": Thing(flowers.mushroom, 0.14, 0.56, home="forest", several=7),
    "pumpkin": Thing(flowers.pumpkin, 0.12, 0.92, home="field", several=6),
    "haybale": Thing(flowers.haybale, 0.13, 1.06, home="field", several=4),
}

# Size, half width, and where it lives; its build is in the table of builds.
_ON_FOUR_LEGS = {
    "horse": (0.3, 0.72, "field"),
    "unicorn": (0.32, 0.72, "forest"),
    "zebra": (0.28, 0.7, "savannah"),
    "cow": (0.25, 0.86, "field"),
    "goat": (0.2, 0.66, "mountains"),
    "pig": (0.15, 0.92, "field"),
    "dog": (0.18, 0.72, "hills"),
    "wolf": (0.22, 0.78, "forest"),
    "fox": (0.17, 0.9, "forest"),
    "lion": (0.26, 0.74, "savannah"),
    "tiger": (0.24, 0.84, "jungle"),
    "bear": (0.26, 0.86, "forest"),
    "panda": (0.24, 0.78, "forest"),
    "camel": (0.33, 0.82, "desert"),
    "rhino": (0.26, 1.1, "savannah"),
    "giraffe": (0.5, 0.44, "savannah"),
    "deer": (0.3, 0.6, "forest"),
}
_ANIMALS = {
    name: Thing(quadruped(BUILDS[name]), size, wide, home=home, top=BUILDS[name].seat)
    for name, (size, wide, home) in _ON_FOUR_LEGS.items()
}

_ANIMALS |= {
    "cat": Thing(small_animals.cat, 0.22, 0.46, top=0.9),
    "sheep": Thing(small_animals.sheep, 0.17, 0.66, home="field", several=5),
    "elephant": Thing(small_animals.elephant, 0.36, 0.78, home="savannah", top=0.9),
    "kangaroo": Thing(small_animals.kangaroo, 0.28, 0.6, home="savannah"),
    "rabbit": Thing(small_animals.rabbit, 0.13, 0.46, home="field"),
    "squirrel": Thing(small_animals.squirrel, 0.12, 0.66, home="forest"),
    "mouse": Thing(small_animals.mouse, 0.07, 1.05, home="field"),
    "dragon": Thing(small_animals.dragon, 0.3, 1.2, home="mountains", several=2, flies=True),
    "snake": Thing(small_animals.snake, 0.09, 1.04, home="jungle"),
    "frog": Thing(small_animals.frog, 0.1, 0.96, home="swamp"),
    "snail": Thing(small_animals.snail, 0.08, 0.94, home="garden"),
    "crocodile": Thing(small_animals.crocodile, 0.11, 1.72, home="swamp"),
    "butterfly": Thing(small_animals.butterfly, 0.09, 0.74, _SKY, home="garden", several=5),
    "bee": Thing(small_animals.bee, 0.06, 0.76, _SKY, home="garden", several=5),
    "bird": Thing(birds.bird, 0.035, 1.05, _SKY, several=8),
    "songbird": Thing(birds.songbird, 0.12, 0.74, home="garden", several=3, flies=True),
    "owl": Thing(birds.owl, 0.17, 0.36, home="forest", several=2, flies=True),
    "duck": Thing(birds.duck, 0.09, 0.76, _WATER, home="lake", several=4, flies=True),
    "swan": Thing(birds.swan, 0.14, 0.84, _WATER, home="lake", several=2, flies=True),
    "chicken": Thing(birds.chicken, 0.11, 0.72, home="field", several=4),
    "peacock": Thing(birds.peacock, 0.3, 0.66, home="garden", several=2),
    "flamingo": Thing(birds.flamingo, 0.27, 0.38, home="lake", several=4, flies=True),
    "penguin": Thing(birds.penguin, 0.22, 0.32, home="arctic", several=5),
    "fish": Thing(sea_life.fish, 0.1, 0.96, _SWIMS, home="underwater", several=9),
    "shark": Thing(sea_life.shark, 0.16, 1.08, _SWIMS, home="underwater", several=3),
    "dolphin": Thing(sea_life.dolphin, 0.18, 1.0, _SWIMS, home="sea", several=3),
    "whale": Thing(sea_life.whale, 0.22, 1.3, _SWIMS, home="sea", several=2),
    "seal": Thing(sea_life.seal, 0.13, 1.1, home="arctic", several=4),
    "octopus": Thing(sea_life.octopus, 0.24, 0.96, _SWIMS, home="underwater", several=2),
    "jelly": Thing(sea_life.jelly, 0.2, 0.4, _SWIMS, home="underwater", several=5),
    "seahorse": Thing(sea_life.seahorse, 0.16, 0.32, _SWIMS, home="underwater"),
    "turtle": Thing(sea_life.turtle, 0.12, 1.02, _SWIMS, home="underwater"),
    "mermaid": Thing(people.mermaid, 0.3, 0.84, _SWIMS, home="underwater", several=2),
    "crab": Thing(sea_life.crab, 0.09, 1.0, home="beach"),
    "starfish": Thing(sea_life.starfish, 0.09, 0.54, home="beach", several=4),
    "shell": Thing(sea_life.shell, 0.07, 0.66, home="beach", several=5),
    "coral": Thing(sea_life.coral, 0.2, 0.7, home="underwater", several=9),
    "weed": Thing(sea_life.weed, 0.28, 0.4, home="underwater", several=8),
}

_PEOPLE = {
    "person": Thing(people.person, 0.28, 0.22, several=4),
    "woman": Thing(people.woman, 0.27, 0.22, several=3),
    "child": Thing(people.child, 0.19, 0.32, several=4),
    "crowd": Thing(people.person, 0.24, 0.22, home="street"),
    "astronaut": Thing(people.astronaut, 0.32, 0.34, home="space", several=2, flies=True),
    "robot": Thing(people.robot, 0.36, 0.42, home="city", several=3),
    "ghost": Thing(people.ghost, 0.3, 0.34, home="village", several=3, flies=True),
    "snowman": Thing(people.snowman, 0.32, 0.44, home="village", several=2),
    "scarecrow": Thing(people.scarecrow, 0.34, 0.42, home="field", several=2),
}

_OUTDOORS = {
    "trunk": Thing(outdoors.trunk, 1.0, 0.14, home="forest"),
    "umbrella": Thing(outdoors.umbrella, 0.3, 0.66, home="beach", several=4),
    "fence": Thing(outdoors.fence, 0.1, 3.1, several=1),
    "rock": Thing(outdoors.rock, 0.14, 0.82, several=6, top=0.85),
    "iceblock": Thing(outdoors.iceblock, 0.14, 0.98, _WATER, home="arctic", several=5),
    "crystal": Thing(outdoors.crystal, 0.24, 0.6, home="mountains", several=4),
    "fire": Thing(outdoors.fire, 0.2, 0.52, home="forest", several=1),
    "road": Thing(outdoors.road, 0.3, 0.62, Zone.FRONT, several=1),
    "pier": Thing(outdoors.pier, 0.48, 1.0, Zone.FRONT, home="sea", several=1),
    "lamp": Thing(outdoors.lamp, 0.42, 0.1, home="street"),
    "signpost": Thing(outdoors.signpost, 0.26, 0.5, home="field"),
    "bench": Thing(outdoors.bench, 0.15, 0.88, home="garden", several=2, top=0.5),
    "barrel": Thing(outdoors.barrel, 0.15, 0.44, home="harbour"),
    "chest": Thing(outdoors.chest, 0.13, 0.74, home="beach"),
    "letterbox": Thing(outdoors.letterbox, 0.3, 0.2, home="street"),
    "flag": Thing(outdoors.flag, 0.42, 0.5, home="hills"),
    "ball": Thing(outdoors.ball, 0.1, 0.52, home="beach", several=4),
    "sandcastle": Thing(outdoors.sandcastle, 0.16, 0.92, home="beach", several=2),
    "skull": Thing(outdoors.skull, 0.11, 0.46, home="desert"),
    "sword": Thing(outdoors.sword, 0.36, 0.18, home="hills"),
    "heart": Thing(outdoors.heart, 0.3, 0.54, home="hills"),
}

_INDOORS = {
    "table": Thing(household.table, 0.34, 0.8, home="room", several=2, top=0.94),
    "chair": Thing(household.chair, 0.36, 0.3, home="room", top=0.5),
    "sofa": Thing(household.sofa, 0.28, 1.1, home="room", several=2, top=0.5),
    "bed": Thing(household.bed, 0.26, 1.04, home="room", several=2, top=0.55),
    "piano": Thing(household.piano, 0.38, 0.8, home="room", several=1, top=0.56),
    "guitar": Thing(household.guitar, 0.36, 0.28, home="room"),
    "tablelamp": Thing(household.tablelamp, 0.2, 0.32, _TABLE, home="room", several=2),
    "candlestick": Thing(household.candlestick, 0.19, 0.18, _TABLE, home="room"),
    "vase": Thing(household.vase, 0.24, 0.42, _TABLE, home="room", several=2),
    "bottle": Thing(household.bottle, 0.2, 0.16, _TABLE, home="room"),
    "glass": Thing(household.glass, 0.13, 0.3, _TABLE, home="room"),
    "cup": Thing(household.cup, 0.08, 0.88, _TABLE, home="room"),
    "teapot": Thing(household.teapot, 0.12, 0.8, _TABLE, home="room", several=2),
    "book": Thing(household.book, 0.08, 0.54, _TABLE, home="room", top=0.92),
    "clock": Thing(household.clock, 0.14, 0.5, _TABLE, home="room", several=2),
    "crown": Thing(household.crown, 0.1, 0.78, _TABLE, home="room"),
    "hat": Thing(household.hat, 0.1, 0.92, _TABLE, home="room"),
    "apple": Thing(food.apple, 0.09, 0.48, _TABLE, home="room", several=4),
    "orangefruit": Thing(food.orangefruit, 0.09, 0.5, _TABLE, home="room", several=4),
    "lemon": Thing(food.lemon, 0.075, 0.66, _TABLE, home="room", several=4),
    "pear": Thing(food.pear, 0.11, 0.38, _TABLE, home="room"),
    "banana": Thing(food.banana, 0.08, 0.9, _TABLE, home="room"),
    "grapes": Thing(food.grapes, 0.1, 0.5, _TABLE, home="room"),
    "strawberry": Thing(food.strawberry, 0.08, 0.42, _TABLE, home="room", several=5),
    "bowl": Thing(food.bowl, 0.14, 0.9, _TABLE, home="room", several=2),
    "bread": Thing(food.bread, 0.08, 0.92, _TABLE, home="room", several=2),
    "cake": Thing(food.cake, 0.16, 0.9, _TABLE, home="room", several=2),
    "cheese": Thing(food.cheese, 0.08, 0.92, _TABLE, home="room", several=2),
    "egg": Thing(food.egg, 0.075, 0.4, _TABLE, home="room", several=4),
    "icecream": Thing(food.icecream, 0.18, 0.34, _TABLE, home="beach", several=3),
}

ALIVE = frozenset((*_ANIMALS, *_PEOPLE)) - {"snowman", "ghost"}
RIDERS = frozenset(_PEOPLE) & ALIVE - {"mermaid", "scarecrow"}

THINGS: dict[str, Thing] = {
    **_BUILDINGS,
    **_VEHICLES,
    **_FLYERS,
    **_PLANTS,
    **_ANIMALS,
    **_PEOPLE,
    **_OUTDOORS,
    **_INDOORS,
}
