// What whoever holds this token may do; what they may not is not shown.

export class Rights {
  #listeners = [];
  operator = false; // may end other people's jobs and delete their pictures
  wall = false; // may play the wall
  capture = false; // may take the picture that is on the wall

  constructor(events) {
    events.on("state", (state) => {
      this.operator = Boolean(state.you?.operator);
      this.wall = Boolean(state.you?.wall);
      this.capture = Boolean(state.you?.capture);
      for (const told of this.#listeners) told();
    });
  }

  listen(told) {
    this.#listeners.push(told);
  }
}
