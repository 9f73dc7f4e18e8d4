/** Real nginx and HAProxy processes of a test, each with a configuration of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProxyProcess {
  /** Everything it has written so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Debian keeps both in folders that a user's PATH may lack. */
const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

function findProgram(name: string, variable: string): string {
  const candidates = [process.env[variable] ?? '', ...directories.map((directory) => join(directory, name))];
  const found = candidates.find((path) => path !== '' && existsSync(path));
  if (found !== undefined) return found;
  throw new Error(`${name} is not installed: run "apt-get install ${name}", or set ${variable} to its path`);
}

/** A certificate for the name, signed by its own key: `NAME.crt`, `NAME.key`, and `NAME.pem` with both. */
export function makeCertificate(directory: string, name: string): void {
  const files = ['-keyout', join(directory, `${name}.key`), '-out', join(directory, `${name}.crt`)];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-days', '2'];
  const made = spawnSync('openssl', ['req', '-x509', ...key, ...files, ...subject], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`);
  const pem = spawnSync('cat', [join(directory, `${name}.crt`), join(directory, `${name}.key`)]).stdout;
  writeFileSync(join(directory, `${name}.pem`), pem);
}

/** `sites` stands within the `http` block; everything else is nginx's default. */
export async function startNginx(directory: string, sites: string, ports: readonly number[]): Promise<ProxyProcess> {
  const home = join(directory, 'nginx');
  mkdirSync(home);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(home, kind)};`,
  );
  writeFileSync(
    join(home, 'nginx.conf'),
    [
      // One process, whose files belong to the user of the test.
      'daemon off; master_process off;',
      `pid ${join(home, 'nginx.pid')};`,
      'events {}',
      `http { access_log off; ${temporary.join(' ')}\n${sites}\n}`,
    ].join('\n'),
  );
  const program = findProgram('nginx', 'NGINX_BIN');
  return start(program, ['-p', home, '-c', join(home, 'nginx.conf'), '-e', 'stderr'], ports);
}

export async function startHaproxy(directory: string, name: string, file: string, port: number): Promise<ProxyProcess> {
  const path = join(directory, `${name}.cfg`);
  writeFileSync(path, file);
  return start(findProgram('haproxy', 'HAPROXY_BIN'), ['-db', '-f', path], [port]);
}

async function start(program: string, options: readonly string[], ports: readonly number[]): Promise<ProxyProcess> {
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += String(bytes)));
  await Promise.race([
    Promise.all(ports.map(untilListening)),
    once(child, 'close').then(() => Promise.reject(new Error(`${program} ended:\n${output}`))),
  ]);
  return { output: () => output, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

/** Neither program says when it listens. */
async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(20);
    } finally {
      socket.destroy();
    }
  }
}
