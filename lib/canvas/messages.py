"""What pages say, as values; whatever is none of it is refused with a sentence and counted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from lib.canvas.presence import MOST_DRAGGED
from lib.config.sentences import sentence
from lib.core.canvas.document import EDGE, NODE, CanvasOp
from lib.core.canvas.fields import LARGEST_PLACE
from lib.http.bodies import UnreadableError, read_object

MOST_OPS = 200  # of one message
NEWEST = 2**53

Id = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Coordinate = Annotated[float, Field(ge=-LARGEST_PLACE, le=LARGEST_PLACE)]
Point = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HelloMessage(_Message):
    what: Literal["hello"]
    protocol: Literal[1]
    client: Annotated[str, Field(pattern="^[0-9a-z]{16,32}$")]
    epoch: Annotated[str, Field(max_length=64)] | None = None
    since: Annotated[int, Field(ge=0, le=NEWEST)] | None = None
    n: Annotated[int, Field(ge=0, le=NEWEST)] = 0


class ToldOp(_Message):
    node: Id | None = None
    edge: Id | None = None
    field: Annotated[str, Field(max_length=40)]
    value: JsonValue
    n: Annotated[int, Field(ge=1, le=NEWEST)]
    over: Annotated[int, Field(ge=0, le=NEWEST)] = 0
    client: Annotated[str, Field(max_length=32)] = ""

    def op(self) -> CanvasOp:
        kind, item = (EDGE, self.edge) if self.node is None else (NODE, self.node)
        return CanvasOp(kind, item or "", self.field, self.value, n=self.n, over=self.over)


class ToldOps(_Message):
    what: Literal["ops"]
    ops: Annotated[list[ToldOp], Field(max_length=MOST_OPS)]


class CursorAt(_Message):
    what: Literal["cursor"]
    at: Point | None


class Dragged(_Message):
    what: Literal["drag"]
    nodes: Annotated[dict[Id, Point], Field(max_length=MOST_DRAGGED)]


class AskedFor(_Message):
    what: Literal["ask"]
    ask: Annotated[str, Field(min_length=1, max_length=40)]
    do: Literal["generate", "cancel", "retry", "show", "capture", "to_wall", "take"]
    node: Id
    picture: Annotated[str, Field(max_length=40)] = ""
    glide_s: Annotated[float, Field(ge=0, le=600)] = 2.0
    seed: bool = True


class CalledMe(_Message):
    what: Literal["me"]
    name: Annotated[str, Field(max_length=40)]


CanvasMessage = HelloMessage | ToldOps | CursorAt | Dragged | AskedFor | CalledMe
_messages: TypeAdapter[CanvasMessage] = TypeAdapter(
    Annotated[CanvasMessage, Field(discriminator="what")]
)


def read_message(text: str) -> CanvasMessage:
    """UnreadableError with a sentence for anything else."""
    try:
        return _messages.validate_python(read_object(text))
    except ValidationError as error:
        raise UnreadableError(sentence(dict(error.errors()[0]))) from error
