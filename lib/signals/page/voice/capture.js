// Runs beside the page, on the browser's audio thread: makes pieces of 20 ms of what it hears.

const PIECE_S = 0.02;

class Capture extends AudioWorkletProcessor {
  #piece = new Int16Array(Math.round(sampleRate * PIECE_S));
  #at = 0;

  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.#piece[this.#at] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
      this.#at += 1;
      if (this.#at < this.#piece.length) continue;
      this.port.postMessage(this.#piece.slice());
      this.#at = 0;
    }
    return true;
  }
}

registerProcessor("capture", Capture);
