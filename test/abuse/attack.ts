/**
 * Clients that do harm, in a process of their own with the lowest priority: on a machine with few cores they would
 * otherwise take the time of the client that is measured, and of the server itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Attack {
  readonly port: number;
  /** One of 127.0.0.0/8. */
  readonly address: string;
  readonly connections: number;
  /** The bytes sent on each connection. Default: none. */
  readonly bytes?: Uint8Array;
  /** Whether the responses are read. */
  readonly isReading?: boolean;
}

export interface RunningAttack {
  /** Closes all connections. */
  end(): Promise<void>;
}

/** Resolves when all connections are open and have sent their bytes. */
export async function startAttack(attack: Attack): Promise<RunningAttack> {
  const program = join(import.meta.dirname, 'attack-process.ts');
  const child = spawn('nice', ['-n', '19', process.execPath, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Keeps byte arrays as such.
    serialization: 'advanced',
  });
  const ended = once(child, 'close');
  child.send(attack);
  const failed = ended.then(() => Promise.reject(new Error('the clients ended before they were connected')));
  await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => {});
  return {
    async end() {
      // The system closes the connections of a process that is no more.
      child.kill('SIGKILL');
      await ended;
    },
  };
}
