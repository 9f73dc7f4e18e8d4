/** The Docker engine and the project's cluster on it, under names of the test's own so that no other one is touched. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export const project = 'mathmill-test';
export const image = 'mathmill:test';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Port {
  readonly variable: string;
  readonly usual: number;
}

const ports: readonly Port[] = [
  { variable: 'CLIENT_APPLICATION_1_PORT', usual: 8080 },
  { variable: 'CLIENT_APPLICATION_2_PORT', usual: 8081 },
  { variable: 'CLIENT_APPLICATION_3_PORT', usual: 8082 },
  { variable: 'PROMETHEUS_PORT', usual: 9090 },
  { variable: 'JAEGER_PORT', usual: 16_686 },
];

/** The environment in which commands run, and the addresses that follow from it. */
export interface Engine {
  /** Of the client-applications. */
  readonly urls: readonly string[];
  readonly prometheusUrl: string;
  readonly jaegerUrl: string;
  /** Runs a command in the project's folder; any exit code is an answer. */
  run(command: string, ...args: string[]): Promise<CommandResult>;
  /** The same; an exit code other than 0 is thrown as an error, with all of the output. */
  runWell(command: string, ...args: string[]): Promise<string>;
  compose(...args: string[]): Promise<string>;
}

/** Rejects when no engine responds: there is nothing to test then, and the run must not pass. */
export async function findEngine(): Promise<Engine> {
  const chosen = new Map<string, number>();
  for (const { variable, usual } of ports) chosen.set(variable, await choosePort(usual));
  const environment = {
    ...process.env,
    ...Object.fromEntries(Array.from(chosen, ([variable, port]) => [variable, String(port)])),
    COMPOSE_PROJECT_NAME: project,
    MATHMILL_IMAGE: image,
  };

  async function run(command: string, ...args: string[]): Promise<CommandResult> {
    const child = spawn(command, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    await once(child, 'close');
    return { code: child.exitCode, stdout, stderr };
  }
  async function runWell(command: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(command, ...args);
    if (code === 0) return stdout;
    throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
  }

  await runWell('docker', 'version');
  await runWell('docker', 'compose', 'version');
  const urlOf = (variable: string): string => `http://127.0.0.1:${chosen.get(variable)}`;
  return {
    urls: ports.slice(0, 3).map(({ variable }) => urlOf(variable)),
    prometheusUrl: urlOf('PROMETHEUS_PORT'),
    jaegerUrl: urlOf('JAEGER_PORT'),
    run,
    runWell,
    compose: (...args) => runWell('docker', 'compose', ...args),
  };
}

/** The usual port, or a free one where the usual one is taken. */
async function choosePort(usual: number): Promise<number> {
  return (await tryPort(usual)) ?? (await tryPort(0)) ?? usual;
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  try {
    await listening;
  } catch {
    return undefined;
  }
  const found = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return found;
}
