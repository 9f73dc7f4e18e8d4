/** Whether the server is there. Requests find out that it is not; then it is polled every two seconds until it is back. */
import { signal } from '@preact/signals';
import { resolveUrl } from './url.ts';

export type Connection = 'online' | 'lost';

/** Pages that wait for the server resume when this becomes `online`. */
export const connection = signal<Connection>('online');

const probeIntervalMs = 2000;
let timer: number | undefined;

export function noteResponse(): void {
  connection.value = 'online';
  clearInterval(timer);
  timer = undefined;
}

export function noteLost(): void {
  connection.value = 'lost';
  timer ??= window.setInterval(() => void probe(), probeIntervalMs);
}

async function probe(): Promise<void> {
  try {
    const response = await fetch(resolveUrl('health'), { signal: AbortSignal.timeout(probeIntervalMs) });
    if (response.ok) noteResponse();
  } catch {
    // Still gone.
  }
}

addEventListener('offline', noteLost);
addEventListener('online', () => {
  if (connection.value === 'lost') void probe();
});
