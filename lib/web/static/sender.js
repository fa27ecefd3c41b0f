// Limits the rate of a slider's changes: one request at a time, always with the newest value.

const SOONEST_MS = 34; // about 30 a second

export class Sender {
  #send;
  #settled;
  #value;
  #has = false;
  busy = false;

  /** `settled(error)` is called when all pushed values are answered; error: that of the last one. */
  constructor(send, settled) {
    this.#send = send;
    this.#settled = settled;
  }

  async push(value) {
    this.#value = value;
    this.#has = true;
    if (this.busy) return;
    this.busy = true;
    let error = null;
    while (this.#has) {
      this.#has = false;
      const pause = new Promise((resolve) => { setTimeout(resolve, SOONEST_MS); });
      error = await this.#send(this.#value).then(() => null, (refusal) => refusal);
      await pause;
    }
    this.busy = false;
    this.#settled(error);
  }
}
