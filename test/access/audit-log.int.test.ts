import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { createAuditLog, type AuditEvent } from '../../src/access/index.ts';
import { createStreamLog } from '../../src/access/audit-log.ts';
import { noopLogger } from '../../src/engine/index.ts';
import { createFakeTime } from '../fake-time.ts';
import { cannotMount, withSmallDisk } from '../small-disk.ts';
import { withFolder } from '../store/sqlite/sqlite-folder.ts';

function eventOf(number: number, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    time: '2026-12-01T12:00:00.000Z',
    request_id: String(number),
    tenant: 'acme',
    principal: 'nightly',
    role: 'submitter',
    action: 'job.create',
    object: 'x'.repeat(100),
    status: 201,
    ...more,
  };
}

function idsIn(file: string): number[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  assert.equal(lines.pop(), '', 'the last line is whole');
  return lines.map((line) => Number((JSON.parse(line) as { request_id: string }).request_id));
}

describe('an audit log', () => {
  it('has each event once, in order, whatever comes together', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'audit.log');
      const time = createFakeTime();
      const log = createAuditLog(file, { time, logger: noopLogger });
      await log.start();
      await Promise.all(Array.from({ length: 500 }, (_, number) => log.write(eventOf(number))));
      await log.stop();
      // A second run appends.
      const next = createAuditLog(file, { time, logger: noopLogger });
      await next.start();
      await next.write(eventOf(500));
      await next.stop();
      assert.deepEqual(
        idsIn(file),
        Array.from({ length: 501 }, (_, number) => number),
      );
    });
  });

  it('goes on in a new file when log rotation has moved the old one away', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'audit.log');
      const time = createFakeTime();
      const log = createAuditLog(file, { time, logger: noopLogger });
      await log.start();
      await log.write(eventOf(1));
      renameSync(file, `${file}.1`);
      await time.advance(1_000);
      await log.write(eventOf(2));
      await log.stop();
      assert.deepEqual([idsIn(`${file}.1`), idsIn(file)], [[1], [2]]);
    });
  });

  it('does not start where nothing can be written', async () => {
    const log = createAuditLog('/nowhere/audit.log', { time: createFakeTime(), logger: noopLogger });
    await assert.rejects(log.start(), /AUDIT_LOG \/nowhere\/audit\.log cannot be written \(ENOENT\)/);
  });

  it('keeps what is in progress on a full disk, and lets nothing else begin', { skip: cannotMount() }, async () => {
    await withSmallDisk(2 * 1024 * 1024, async (folder) => {
      const file = join(folder, 'audit.log');
      const ballast = join(folder, 'ballast');
      const time = createFakeTime();
      const log = createAuditLog(file, { time, logger: noopLogger });
      await log.start();
      assert.throws(() => writeFileSync(ballast, Buffer.alloc(4 * 1024 * 1024)), { code: 'ENOSPC' });
      let written = 0;
      while (log.isWritable()) {
        assert.ok(written < 1_000, 'the disk is never full');
        // As many as may be in progress at the moment at which the disk is full.
        await Promise.all(Array.from({ length: 100 }, () => log.write(eventOf(written++))));
      }
      await time.advance(1_000);
      assert.equal(log.isWritable(), false, 'it is still full');
      rmSync(ballast);
      await time.advance(1_000);
      assert.equal(log.isWritable(), true);
      await log.write(eventOf(written++));
      await log.stop();
      assert.deepEqual(
        idsIn(file),
        Array.from({ length: written }, (_, number) => number),
      );
    });
  });

  it('lets nothing begin for a while after standard output has failed', async () => {
    const time = createFakeTime();
    let isBroken = true;
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (isBroken) return done(new Error('no room'));
        lines.push(chunk.toString());
        done();
      },
      // As standard output, which stays open.
      autoDestroy: false,
    });
    stream.on('error', () => {});
    const log = createStreamLog(stream, { time, logger: noopLogger });
    await assert.rejects(log.write(eventOf(1)));
    assert.equal(log.isWritable(), false);
    await time.advance(1_000);
    assert.equal(log.isWritable(), true);
    isBroken = false;
    assert.equal(lines.length, 0);
  });
});
