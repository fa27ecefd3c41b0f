"""The page's own half of the protocol: the vectors of tests/canvas, replayed in a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.stills.service.scripted import Service
from tests.web.browser import marks, opened

pytestmark = marks
VECTORS = sorted((Path(__file__).parents[1] / "vectors").glob("*.json"))
PLAY = """async ({ client, steps, fresh }) => {
  const { Replica } = await import("/static/canvas/replica.js");
  const { Undo } = await import("/static/canvas/undo.js");
  const replica = new Replica(client);
  const undo = new Undo(replica);
  const plain = (items) => Object.fromEntries(items);
  const sorted = (value) => (value && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]))
    : Array.isArray(value) ? value.map(sorted) : value);
  const found = {
    nodes: () => plain(replica.shown.node),
    edges: () => plain(replica.shown.edge),
    base: () => plain(replica.base.node),
    pending: () => replica.pending.map((op) => op.n),
    seq: () => replica.seq,
    decided: () => replica.decided,
    shown: () => replica.nodes.map(([id]) => id).sort(),
    shown_edges: () => replica.edges.map(([id]) => id).sort(),
    send: ({ send_from: first = 0 }) => replica.send(first),
    fresh: () => replica.client === fresh,
    hello: () => (({ epoch, since, n }) => ({ epoch, since, n }))(replica.hello()),
  };
  const takes = {
    ops: (message) => replica.arrived(message),
    ack: ({ n }) => replica.acknowledged(n),
    refused: ({ n }) => replica.refused(n),
    gone: ({ ids, seq }) => replica.gone(ids, seq),
  };
  const wrong = [];
  for (const [index, step] of steps.entries()) {
    const changed = ([kind, id, field, value]) => ({ [kind]: id, field, value });
    if (step.do === "write") undo.write(step.changes.map(changed));
    else if (step.do === "undo") undo.undo();
    else if (step.do === "redo") undo.redo();
    else if (step.do === "welcome") { if (!replica.welcome(step.message, fresh)) undo.drop(); }
    else if (step.do === "message") takes[step.message.what]?.(step.message);
    else for (const [name, value] of Object.entries(step)) {
      if (["do", "send_from"].includes(name)) continue;
      const [is, shall] = [found[name](step), value].map((one) => JSON.stringify(sorted(one)));
      if (is !== shall) wrong.push(`${index} ${name}: ${is}, not ${shall}`);
    }
  }
  return wrong;
}"""


def test_the_page_shows_what_the_vectors_say(browser: Any, shared: Service) -> None:
    with opened(browser, f"{shared.address}/canvas") as page:
        wrong = {}
        for path in VECTORS:
            vector = json.loads(path.read_text("utf-8"))
            told = {name: vector[name] for name in ("client", "steps")} | {"fresh": "fresh000"}
            if said := page.evaluate(PLAY, told):
                wrong[path.stem] = said
        assert VECTORS and not wrong
