// The 24 colours of people. Green is left out: it stands for one's own.

const HUES = [32, 205, 330, 275, 55, 185, 0, 235, 305, 18, 220, 345];

/** As CSS takes it. */
export function colour(index = 0) {
  const hue = HUES[index % HUES.length];
  return index % 24 < HUES.length ? `hsl(${hue} 78% 66%)` : `hsl(${hue} 48% 80%)`;
}

export const OWN = "#5fd38d";
