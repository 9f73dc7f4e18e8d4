/** Runs a shell script of `deploy/` against stand-ins of the commands that it calls. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

export interface ScriptResult {
  readonly code: number | null;
  readonly pid: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for one test, with stand-ins that write down how they were called. */
export class Workshop {
  readonly path = mkdtempSync(join(tmpdir(), 'mathmill-script-'));

  /** A command at a path below the folder; `body` is what it does after it wrote down its arguments, one call a line. */
  standIn(path: string, body = ''): void {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true });
    const name = path.slice(path.lastIndexOf('/') + 1);
    writeFileSync(file, `#!/bin/bash\nprintf '%s\\n' "${name} $*" >>'${this.path}/calls'\n${body}\n`);
    chmodSync(file, 0o755);
  }

  calls(): string[] {
    const file = join(this.path, 'calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  read(path: string): string {
    return readFileSync(join(this.path, path), 'utf8');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), text);
  }

  async run(
    script: string,
    environment: Readonly<Record<string, string>>,
    args: readonly string[] = [],
  ): Promise<ScriptResult> {
    const child = spawn('bash', [join(root, script), ...args], {
      cwd: this.path,
      env: { PATH: process.env['PATH'] ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    await once(child, 'close');
    return { code: child.exitCode, pid: child.pid, stdout, stderr };
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
