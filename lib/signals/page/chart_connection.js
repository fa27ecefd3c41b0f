// The state of all signals, ten times a second.

import { Connection } from "./connection.js";

export class ChartConnection extends Connection {
  constructor() {
    super({ address: () => "/chart", asked: "/status", silent_ms: 4000 });
  }

  read(text) {
    this.settled();
    this.emit("state", JSON.parse(text));
  }
}
