/** For vi.waitFor and vi.waitUntil: longer than anything takes; a test that waits for this has failed. */
export const PATIENCE = { timeout: 40_000, interval: 5 };
