"""A controller of twenty lines: it knows only the addresses of docs/wire.md.

python controller.py http://localhost:5556
"""

import json
import sys
import urllib.parse
import urllib.request

PLAY = {"seed": 7, "fixed_seed": "true", "steps": 3, "strength": 0.25, "guidance": 1.5}


def ask(address: str) -> dict[str, object]:
    with urllib.request.urlopen(sys.argv[1] + address, timeout=10) as answer:
        return json.loads(answer.read())


said = ask("/prompt/" + urllib.parse.quote("a lighthouse / is it night?"))
print(said["safety"], said["prompt"])
for name, value in PLAY.items():
    print(json.dumps(ask(f"/{name}/{value}"), sort_keys=True))
print(ask("/params")["params"]["prompt"])
print(*(one["name"] for one in ask("/workers")["workers"]))
