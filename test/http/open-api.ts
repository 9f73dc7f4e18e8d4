/**
 * The HTTP API over a whole engine on memory adapters, with the real expression language. A gate can hold chunks back,
 * so that a test sees a job half done.
 */
import { isUtf8 } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { createMemoryBus } from '../../src/bus/memory/index.ts';
import {
  createEngine,
  createEvaluator,
  defaultEngineOptions,
  noopLogger,
  systemTime,
  type ChunkEvaluator,
  type Engine,
  type JobService,
  type Logger,
} from '../../src/engine/index.ts';
import { evaluateRequest } from '../../src/evaluator-pool/evaluate-request.ts';
import {
  createApp,
  createBudgets,
  createHttpServer,
  type AccessControl,
  type readPageFiles,
  type AppOptions,
  type HttpServerOptions,
  type RequestObserver,
} from '../../src/http/index.ts';
import { newJobId } from '../../src/wiring.ts';
import { planTable } from '../../src/tables/index.ts';
import { Gate } from '../engine/open-engine.ts';
import { MemoryJobStore } from '../simulation/memory-job-store.ts';

export const uploadBytesMax = 20_000_000;
export const operationsMax = 100_000;

interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

interface OpenEngine {
  readonly engine: Engine;
  readonly store: MemoryJobStore;
  readonly gate: Gate;
  readonly logLines: LogLine[];
  readonly logger: Logger;
  close(): Promise<void>;
}

async function openEngine(): Promise<OpenEngine> {
  const bus = createMemoryBus();
  const gate = new Gate();
  const store = new MemoryJobStore();
  const chunkEvaluator: ChunkEvaluator = {
    start: async () => {},
    stop: async () => {},
    async evaluate(request) {
      await gate.pass(request.firstLine);
      return evaluateRequest(request);
    },
  };
  const engine = createEngine(
    {
      store,
      bus,
      time: systemTime,
      newJobId,
      planTable,
      isUtf8,
      createDigest: () => {
        const hash = createHash('sha256');
        return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest('hex') };
      },
      logger: noopLogger,
      chunkEvaluator,
    },
    {
      ...defaultEngineOptions,
      owner: randomUUID(),
      uploadBytesMax,
      operationsMax,
      pollMs: 10,
      foldMs: 10,
      intervalMs: 20,
    },
  );
  const evaluator = createEvaluator({ bus, chunkEvaluator }, { concurrency: 100 });
  await engine.start();
  evaluator.start();
  const logLines: LogLine[] = [];
  return {
    engine,
    store,
    gate,
    logLines,
    logger: createListLogger(logLines),
    async close() {
      gate.open();
      await evaluator.stop();
      await engine.stop();
      await bus.stop();
    },
  };
}

function createListLogger(lines: LogLine[]): Logger {
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The application, for requests without a network. `service` replaces methods of the engine. */
export async function openApp(
  context: Pick<TestContext, 'after'>,
  options: Partial<AppOptions> & {
    readonly service?: Partial<JobService>;
    readonly observer?: RequestObserver;
    readonly budgets?: Parameters<typeof createBudgets>[0];
    readonly page?: ReturnType<typeof readPageFiles>;
    readonly access?: AccessControl;
  } = {},
) {
  const parts = await openEngine();
  const stopping = new AbortController();
  const { service, observer, budgets, page, access, ...appOptions } = options;
  const app = await createApp(
    {
      service: { ...parts.engine, ...service },
      logger: parts.logger,
      stopping: stopping.signal,
      budgets: createBudgets(budgets),
      observer,
      page,
      access,
    },
    { host: '127.0.0.1', machineName: 'box', allowedHosts: [], allowedOrigins: [], uploadBytesMax, ...appOptions },
  );
  context.after(async () => {
    await app.close();
    await parts.close();
  });
  return { ...parts, app, stopping };
}

/** A server on a free port of this machine. */
export async function openServer(
  context: TestContext,
  options: Partial<HttpServerOptions> & { readonly service?: Partial<JobService> } = {},
) {
  const parts = await openEngine();
  const { service, ...serverOptions } = options;
  const server = createHttpServer(
    { service: { ...parts.engine, ...service }, logger: parts.logger },
    {
      host: '127.0.0.1',
      port: 0,
      machineName: 'box',
      allowedHosts: [],
      allowedOrigins: [],
      uploadBytesMax,
      ...serverOptions,
    },
  );
  await server.start();
  context.after(async () => {
    await server.stop();
    await parts.close();
  });
  const url = server.url ?? '';
  return { ...parts, server, url, port: Number(new URL(url).port) };
}

type App = Awaited<ReturnType<typeof createApp>>;

/** Posts lines and returns the job's id. */
export async function postJob(app: App, text: string, query = ''): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: `/api/jobs${query}`,
    headers: { 'content-type': 'text/plain' },
    body: text,
  });
  if (response.statusCode !== 201) throw new Error(`the job was refused: ${response.body}`);
  return response.json<{ id: string }>().id;
}

/** Waits until the job has `completed` lines with an outcome, or is finished. */
export async function waitFor(engine: Engine, jobId: string, completed = Number.POSITIVE_INFINITY) {
  const views = await engine.watchJob(jobId, 1, new AbortController().signal);
  if (views === undefined) throw new Error('no such job');
  for await (const view of views) {
    if (view.completed >= completed || view.status === 'Completed' || view.status === 'Cancelled') return view;
  }
  throw new Error('the job was deleted');
}
