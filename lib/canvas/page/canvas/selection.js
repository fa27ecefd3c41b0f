// Which nodes are selected. The last one is what the panel shows and what Tab leads to.

export class Selection {
  #ids = new Set();
  #one = null;
  #listeners = [];

  constructor(model) {
    model.listen("nodes", () => {
      const gone = [...this.#ids].filter((id) => !model.node(id));
      if (gone.length) this.set([...this.#ids].filter((id) => !gone.includes(id)));
      if (this.#one && !model.node(this.#one)) this.#one = null;
    });
  }

  /** told: which nodes are to be shown differently. */
  listen(told) {
    this.#listeners.push(told);
  }

  get ids() {
    return [...this.#ids];
  }

  /** The only selected node, else null. */
  get single() {
    return this.#ids.size === 1 ? this.ids[0] : null;
  }

  /** Where the keyboard is. */
  get one() {
    return this.#one;
  }

  has(id) {
    return this.#ids.has(id);
  }

  isOne(id) {
    return this.#one === id;
  }

  set(ids, one = ids.at(-1) ?? this.#one) {
    const before = new Set([...this.#ids, this.#one]);
    this.#ids = new Set(ids);
    this.#one = one;
    this.#tell(new Set([...before, ...ids, one].filter(Boolean)));
  }

  /** The keyboard is at this node, selected or not. */
  point(id) {
    const before = this.#one;
    this.#one = id;
    this.#tell(new Set([before, id].filter(Boolean)));
  }

  toggle(id) {
    this.set(this.#ids.has(id) ? this.ids.filter((one) => one !== id) : [...this.#ids, id], id);
  }

  clear() {
    if (this.#ids.size) this.set([], this.#one);
  }

  #tell(ids) {
    for (const told of this.#listeners) told(ids);
  }
}
