// How long a script waits for an answer: a connection may be gone without a word.

const PATIENCE = 60_000; // milliseconds

export const inTime = () => AbortSignal.timeout(PATIENCE);
