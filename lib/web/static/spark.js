// A small chart of the last minute or two. The number beside it is for people who cannot see it.

export class Spark {
  #points = [];
  #most;
  #pen;
  #floor;
  node;

  /** least: the smallest range of values for the full height, so that small changes look small. */
  constructor({ most = 150, width = 120, height = 28, least = 1 } = {}) {
    this.#most = most;
    this.#floor = least;
    const scale = Math.min(3, Math.max(1, devicePixelRatio));
    this.node = document.createElement("canvas");
    this.node.className = "spark";
    this.node.width = width * scale;
    this.node.height = height * scale;
    this.node.setAttribute("aria-hidden", "true");
    this.#pen = this.node.getContext("2d");
    this.#pen.lineWidth = 1.5 * scale;
    this.#pen.lineJoin = "round";
  }

  push(value) {
    this.#points.push(Number.isFinite(value) ? value : null);
    if (this.#points.length > this.#most) this.#points.shift();
    this.#draw();
  }

  #draw() {
    const { width, height } = this.node;
    const pen = this.#pen;
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = getComputedStyle(this.node).borderBottomColor; // a base line below a short chart
    pen.fillRect(0, height - 1, width, 1);
    const known = this.#points.filter((value) => value !== null);
    if (known.length < 2) return;
    const top = Math.max(...known);
    const span = Math.max(this.#floor, top - Math.min(...known)) * 1.15;
    const middle = (top + Math.min(...known)) / 2;
    const edge = pen.lineWidth;
    const x = (index) => width - edge - (this.#points.length - 1 - index) * ((width - 2 * edge) / (this.#most - 1));
    const y = (value) => height / 2 - ((value - middle) / span) * (height - 2 * edge);
    pen.strokeStyle = getComputedStyle(this.node).color;
    pen.beginPath();
    let drawing = false;
    this.#points.forEach((value, index) => {
      if (value === null) drawing = false;
      else if (drawing) pen.lineTo(x(index), y(value));
      else { pen.moveTo(x(index), y(value)); drawing = true; }
    });
    pen.stroke();
  }
}
