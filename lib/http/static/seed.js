// Another seed for another picture of the same words.

const LARGEST_SEED = 2 ** 32 - 1;

export const newSeed = () => Math.floor(Math.random() * LARGEST_SEED);
