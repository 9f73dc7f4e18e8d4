import type { ServerResponse } from 'node:http';

/** Calls `action` once when the response is complete or its connection is gone; immediately, where that has happened. */
export function whenClosed(response: ServerResponse, action: () => void): void {
  if (response.destroyed) action();
  else response.once('close', action);
}
