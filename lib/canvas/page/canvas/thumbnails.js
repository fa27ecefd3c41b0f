// Pictures for the map: as small as they are shown, a few at a time, once more where they did not come.

const SIDES = [64, 128, 256, 512, 1024];
const AT_ONCE = 5;
const BETWEEN_MS = 8; // the service answers 200 requests a second of one address
const AGAIN_MS = [1000, 3000, 9000];

const waiting = [];
let loading = 0;
let last = 0;
let timer = 0;

/** The side of the smallest form that is sharp enough; 0: the whole picture. */
export function sideFor(pixels) {
  const wanted = pixels * Math.min(2, devicePixelRatio || 1) * 0.9;
  return SIDES.find((side) => side >= wanted) ?? 0;
}

export const pictureAt = (picture, side) => `/pictures/${picture}${side ? `?side=${side}` : ""}`;

/** An image that is there and decoded; null if it does not come. `wanted` says whether it still is. */
export function load(address, wanted = () => true) {
  return new Promise((resolve) => {
    waiting.push({ address, wanted, resolve, tries: 0 });
    next();
  });
}

function next() {
  if (timer || loading >= AT_ONCE || !waiting.length) return;
  const rest = last + BETWEEN_MS - performance.now();
  if (rest > 0) {
    timer = setTimeout(() => { timer = 0; next(); }, rest);
    return;
  }
  const one = waiting.shift();
  if (!one.wanted()) {
    one.resolve(null);
    next();
    return;
  }
  last = performance.now();
  loading += 1;
  fetchOne(one).finally(() => { loading -= 1; next(); });
  next();
}

async function fetchOne(one) {
  const image = new Image();
  image.alt = "";
  image.draggable = false;
  image.decoding = "async";
  image.src = one.address;
  try {
    await image.decode();
    one.resolve(image);
  } catch {
    const wait = AGAIN_MS[one.tries];
    one.tries += 1;
    if (wait === undefined || !one.wanted()) one.resolve(null);
    else setTimeout(() => { waiting.push(one); next(); }, wait);
  }
}
