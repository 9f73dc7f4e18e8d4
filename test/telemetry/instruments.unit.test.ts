/** Instruments made from the contract, and the form in which they are scraped. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataPointType, MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { writeExposition } from '../../src/telemetry/exposition.ts';
import { createInstruments, type Instruments } from '../../src/telemetry/instruments.ts';

class Reader extends MetricReader {
  async read(): Promise<ResourceMetrics> {
    return (await this.collect()).resourceMetrics;
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function open(): { readonly instruments: Instruments; readonly scrape: () => Promise<string> } {
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  return {
    instruments: createInstruments(provider.getMeter('test')),
    scrape: async () => writeExposition(await reader.read()),
  };
}

describe('a counter', () => {
  it('has the series of a short list from the start', async () => {
    const { instruments, scrape } = open();
    instruments.counter('mathmill.jobs').add(2, { state: 'taken_over' });
    assert.equal(
      await scrape(),
      [
        '# HELP mathmill_jobs_total Jobs that reached a state, seen by the instance that brought them there or took them over.',
        '# TYPE mathmill_jobs_total counter',
        'mathmill_jobs_total{state="accepted"} 0',
        'mathmill_jobs_total{state="taken_over"} 2',
        'mathmill_jobs_total{state="completed"} 0',
        'mathmill_jobs_total{state="cancelled"} 0',
        '',
      ].join('\n'),
    );
  });

  it('counts a value that the contract does not know as other', async () => {
    const { instruments, scrape } = open();
    const counter = instruments.counter('mathmill.operations.evaluated');
    counter.add(3, { mode: 'decimal', outcome: 'RESULT' });
    counter.add(1, { mode: 'roman' as 'decimal', outcome: 'MADNESS' as 'DIV0' });
    counter.add(1, { mode: 'greek' as 'decimal', outcome: 'MADNESS' as 'DIV0' });
    const text = await scrape();
    assert.match(text, /\{mode="decimal",outcome="RESULT"\} 3$/m);
    assert.match(text, /\{mode="_OTHER",outcome="_OTHER"\} 2$/m);
    assert.equal(text.trimEnd().split('\n').length, 4);
  });

  it('has a bounded number of series', async () => {
    const { instruments, scrape } = open();
    const counts = new Map(Array.from({ length: 2_000 }, (_value, index) => [`topic-${index}`, 1]));
    instruments.observe('consumer.messages.received', () => Array.from(counts, ([topic, count]) => [count, { topic }]));
    // The bound of the SDK holds for what is kept elsewhere.
    assert.ok((await scrape()).split('\n').length <= 2_003);
  });
});

describe('the scraped form', () => {
  it('of a histogram has growing buckets, a sum and a count', async () => {
    const { instruments, scrape } = open();
    const histogram = instruments.histogram('mathmill.store.batch.size');
    for (const value of [1, 3, 3, 1_000]) histogram.record(value, {});
    const text = await scrape();
    assert.match(text, /^# TYPE mathmill_store_batch_size histogram$/m);
    for (const [bound, count] of [
      ['1', 1],
      ['2', 1],
      ['4', 3],
      ['128', 3],
      ['+Inf', 4],
    ]) {
      assert.ok(text.includes(`mathmill_store_batch_size_bucket{le="${bound}"} ${count}\n`), text);
    }
    assert.ok(text.includes('mathmill_store_batch_size_sum 1007\n'));
    assert.ok(text.includes('mathmill_store_batch_size_count 4\n'));
  });

  it('escapes what a label holds', () => {
    const text = writeExposition({
      resource: {},
      scopeMetrics: [
        {
          scope: { name: 'test' },
          metrics: [
            {
              descriptor: { name: 'mathmill.x', unit: 's', description: 'Two\nlines.', type: 'GAUGE' },
              dataPointType: DataPointType.GAUGE,
              aggregationTemporality: 1,
              dataPoints: [
                { startTime: [0, 0], endTime: [0, 0], attributes: { topic: 'a"b\\c\nd' }, value: Number.NaN },
              ],
            },
          ],
        },
      ],
    } as unknown as ResourceMetrics);
    assert.equal(
      text,
      String.raw`# HELP mathmill_x_seconds Two\nlines.` +
        '\n# TYPE mathmill_x_seconds gauge\n' +
        String.raw`mathmill_x_seconds{topic="a\"b\\c\nd"} NaN` +
        '\n',
    );
  });
});
