"""What a map consists of: nodes and edges, each a set of fields, changed by operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
Fields = dict[str, Value]

NODE, EDGE = "node", "edge"
# The field that an item begins with, and cannot be without.
FIRST_FIELD = {NODE: "type", EDGE: "ends"}


@dataclass(frozen=True, slots=True)
class CanvasOp:
    """One field of one item gets a value; None takes the field away."""

    kind: str  # node or edge
    id: str
    field: str
    value: Value
    client: str = ""  # that wrote it; empty for the service
    n: int = 0  # the client's number of it
    over: int = 0  # an undo: the client's own operation that it takes back
    seq: int = 0  # in the order of the service; 0: not yet in it

    @property
    def is_first(self) -> bool:
        return FIRST_FIELD.get(self.kind) == self.field

    @property
    def place(self) -> tuple[str, str, str]:
        """The field that it writes."""
        return self.kind, self.id, self.field


@dataclass(slots=True)
class CanvasDocument:
    """Changed in place, since every page's every drag passes here."""

    nodes: dict[str, Fields] = field(default_factory=dict)
    edges: dict[str, Fields] = field(default_factory=dict)

    def items(self, kind: str) -> dict[str, Fields]:
        return self.nodes if kind == NODE else self.edges

    def apply(self, op: CanvasOp) -> None:
        """Nothing changes where the item is not there: it may have been purged."""
        items = self.items(op.kind)
        there = items.get(op.id)
        if there is None:
            if not op.is_first or op.value is None:
                return
            there = items[op.id] = {}
        if op.value is not None:
            there[op.field] = op.value
        elif not op.is_first:
            there.pop(op.field, None)

    def apply_all(self, ops: Iterable[CanvasOp]) -> None:
        for op in ops:
            self.apply(op)

    def drop(self, ids: Iterable[str]) -> None:
        """Purge items for good."""
        for one in ids:
            self.nodes.pop(one, None)
            self.edges.pop(one, None)

    def copy(self) -> CanvasDocument:
        return CanvasDocument(
            {one: dict(fields) for one, fields in self.nodes.items()},
            {one: dict(fields) for one, fields in self.edges.items()},
        )

    def to_wire(self) -> dict[str, dict[str, Fields]]:
        return {"nodes": self.nodes, "edges": self.edges}


def document_of(nodes: Mapping[str, Fields], edges: Mapping[str, Fields]) -> CanvasDocument:
    """A document of its own, as a whole state tells it."""
    return CanvasDocument(
        {one: dict(fields) for one, fields in nodes.items()},
        {one: dict(fields) for one, fields in edges.items()},
    )


def shown_nodes(document: CanvasDocument) -> set[str]:
    """Without those in the bin."""
    return {one for one, fields in document.nodes.items() if not fields.get("deleted")}


def shown_edges(document: CanvasDocument) -> set[str]:
    """A deleted node takes its edges with it, and brings them back."""
    nodes = shown_nodes(document)
    return {
        one
        for one, fields in document.edges.items()
        if not fields.get("deleted") and nodes.issuperset(ends_of(fields))
    }


def ends_of(edge: Fields) -> list[str]:
    ends = edge.get("ends")
    return [str(one) for one in ends] if isinstance(ends, list) else []


GAP = 48.0
USUAL_BOX = (256.0, 256.0)


def free_place(document: CanvasDocument) -> list[float]:
    """Right of all that is shown, level with what is highest."""
    corners = [
        (*_pair(node.get("at"), (0.0, 0.0)), _pair(node.get("box"), USUAL_BOX)[0])
        for node in document.nodes.values()
        if not node.get("deleted")
    ]
    if not corners:
        return [0.0, 0.0]
    return [max(x + width for x, _, width in corners) + GAP, min(y for _, y, _ in corners)]


def _pair(value: Value, default: tuple[float, float]) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2:
        return float(str(value[0])), float(str(value[1]))
    return default


PICTURE_FIELDS = ("picture", "reference", "mask")


def pictures_of(node: Fields) -> set[str]:
    """Every picture that a node needs."""
    samples = node.get("samples")
    found = {str(one) for one in samples} if isinstance(samples, list) else set()
    return found | {str(node[name]) for name in PICTURE_FIELDS if node.get(name)}
