/** The log: floods are summed up, outages told once, and lines for a terminal are readable and harmless. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExportResultCode } from '@opentelemetry/core';
import pino from 'pino';
import type { Logger, Time } from '../../src/engine/index.ts';
import { createFloodGuard } from '../../src/telemetry/logger.ts';
import { OutageLog, watchExports } from '../../src/telemetry/outage-log.ts';
import { writeTerminalLine } from '../../src/telemetry/terminal-line.ts';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function createRecorder(): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: fields as Line['fields'] });
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}

/** A time that passes when it is told to. */
function createClock(): Time & { ring(): void } {
  const actions = new Set<() => void>();
  return {
    now: () => 0,
    schedule(_delayMs, action) {
      actions.add(action);
      return { cancel: () => void actions.delete(action) };
    },
    ring() {
      for (const action of Array.from(actions)) {
        actions.delete(action);
        action();
      }
    },
  };
}

describe('a flood of one warning', () => {
  function open() {
    const lines: Record<string, unknown>[] = [];
    const clock = createClock();
    const logger = pino(
      { level: 'debug', base: null, timestamp: false, hooks: { logMethod: createFloodGuard(clock) } },
      { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    );
    return { lines, clock, logger };
  }

  it('is written five times and then summed up', () => {
    const { lines, clock, logger } = open();
    for (let index = 0; index < 100; index += 1) logger.warn({ index }, 'again');
    assert.deepEqual(
      lines.map((line) => line['index']),
      [0, 1, 2, 3, 4],
    );
    clock.ring();
    assert.deepEqual(lines.at(-1), { level: 40, index: 99, repeated: 95, msg: 'again' });
    assert.equal(lines.length, 6);
    logger.warn({ index: 100 }, 'again');
    assert.equal(lines.at(-1)?.['index'], 100);
  });

  it('hides no other message, and nothing below a warning', () => {
    const { lines, logger } = open();
    for (let index = 0; index < 20; index += 1) {
      logger.info({ index }, 'news');
      logger.error({ index }, 'trouble');
    }
    logger.warn({}, 'other');
    assert.equal(lines.filter(({ msg }) => msg === 'news').length, 20);
    assert.equal(lines.filter(({ msg }) => msg === 'trouble').length, 5);
    assert.equal(lines.filter(({ msg }) => msg === 'other').length, 1);
  });
});

describe('an outage', () => {
  const failure = { code: ExportResultCode.FAILED, error: new Error('connect ECONNREFUSED') };
  const success = { code: ExportResultCode.SUCCESS };

  it('is told at its beginning, every ten minutes, and at its end', () => {
    const { logger, lines } = createRecorder();
    let now = 0;
    const endpoint = new URL('http://ada:secret@prometheus:9090/otlp?token=secret');
    const log = new OutageLog(logger, { signal: 'metrics', endpoint }, () => now);
    log.note(success);
    for (; now < 1_300_000; now += 10_000) log.note(failure);
    log.note(success);
    log.note(success);
    assert.deepEqual(
      lines.map(({ level, fields }) => [level, fields['failures']]),
      [
        ['warn', 1],
        ['warn', 61],
        ['warn', 121],
        ['info', 130],
      ],
    );
    assert.ok(!JSON.stringify(lines).includes('secret'));
    assert.equal(lines[0]?.fields['reason'], 'connect ECONNREFUSED');
  });

  it('does not change what the SDK is told', () => {
    const { logger, lines } = createRecorder();
    const exporter = { export: (_items: string, callback: (result: typeof failure) => void) => callback(failure) };
    watchExports(exporter, new OutageLog(logger, { signal: 'traces', endpoint: new URL('http://jaeger') }));
    const results: unknown[] = [];
    exporter.export('spans', (result) => void results.push(result));
    assert.deepEqual(results, [failure]);
    assert.equal(lines.length, 1);
  });
});

describe('a line for the terminal', () => {
  const write = (entry: object): string => writeTerminalLine(`${JSON.stringify(entry)}\n`);

  it('shows time, level, message and fields', () => {
    const entry = {
      level: 40,
      time: '2026-11-25T09:36:19.017Z',
      pid: 7,
      jobId: 'a',
      chunks: 3,
      msg: 'a chunk is overdue',
    };
    assert.equal(write(entry), '09:36:19.017 WARN  a chunk is overdue  jobId=a chunks=3\n');
  });

  it('shows the stack of an error below it', () => {
    const err = { type: 'Error', message: 'no', stack: 'Error: no\n    at there' };
    assert.equal(write({ level: 50, msg: 'failed', err }), ' ERROR failed\n    Error: no\n    at there\n');
  });

  it('lets no value move the cursor', () => {
    const line = write({ level: 30, msg: 'x', reason: '\u001b[2Jgone\r\n\u009b2J\u202e' });
    assert.equal(line, String.raw` INFO  x  reason=\u001b[2Jgone\u000d\u000a\u009b2J\u202e` + '\n');
  });

  it('leaves alone what is no JSON', () => assert.equal(writeTerminalLine('plain\n'), 'plain\n'));
});
