/** Metrics of the process: event loop, garbage collection, memory, CPU. */
import {
  constants,
  type PerformanceEntry,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
} from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';
import type { AttributesOf } from './contract.ts';
import type { Instruments, Reading } from './instruments.ts';

/** The monitor's own timer wakes the process this often: fine enough, and a fraction of a thousandth of a core. */
const resolutionMs = 20;
const nanosecondsPerSecond = 1e9;

type GcType = AttributesOf<'v8js.gc.duration'>['v8js.gc.type'];

const gcTypes: Readonly<Record<number, GcType>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/** Node's types leave out what its documentation promises. */
type CollectionEntry = PerformanceEntry & { readonly detail?: { readonly kind: number } };

/** The function that it returns ends the watching. */
export function observeRuntime(instruments: Instruments): () => void {
  const endEventLoop = observeEventLoop(instruments);
  const endCollections = observeCollections(instruments);
  observeMemory(instruments);
  instruments.observe('process.cpu.time', (): readonly Reading<'process.cpu.time'>[] => {
    const { user, system } = process.cpuUsage();
    return [
      [user / 1e6, { 'cpu.mode': 'user' }],
      [system / 1e6, { 'cpu.mode': 'system' }],
    ];
  });
  return () => {
    endEventLoop();
    endCollections();
  };
}

function observeEventLoop(instruments: Instruments): () => void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let last = performance.eventLoopUtilization();
  instruments.observe('nodejs.eventloop.utilization', () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return [[utilization, {}]];
  });
  // The monitor counts the whole time between two of its timers; what is beyond its resolution is delay.
  const toDelay = (nanoseconds: number): number =>
    Math.max(0, nanoseconds / nanosecondsPerSecond - resolutionMs / 1_000);
  instruments.observe('nodejs.eventloop.delay.p50', () => [[toDelay(delay.percentile(50)), {}]]);
  instruments.observe('nodejs.eventloop.delay.p99', () => [[toDelay(delay.percentile(99)), {}]]);
  instruments.observe('nodejs.eventloop.delay.max', () => {
    const max = toDelay(delay.max);
    // The last of the three to be read begins the next interval.
    delay.reset();
    return [[max, {}]];
  });
  return () => delay.disable();
}

function observeCollections(instruments: Instruments): () => void {
  const duration = instruments.histogram('v8js.gc.duration');
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const type = gcTypes[(entry as CollectionEntry).detail?.kind ?? -1];
      if (type !== undefined) duration.record(entry.duration / 1_000, { 'v8js.gc.type': type });
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

function observeMemory(instruments: Instruments): void {
  instruments.observe('v8js.memory.heap.used', () => readSpaces('space_used_size'));
  instruments.observe('v8js.memory.heap.limit', () => readSpaces('space_size'));
  instruments.observe('process.memory.usage', () => [[process.memoryUsage.rss(), {}]]);
}

function readSpaces(what: 'space_used_size' | 'space_size') {
  const spaces = getHeapSpaceStatistics().filter((space) => space.space_size > 0);
  return spaces.map((space) => [space[what], { 'v8js.heap.space.name': space.space_name }] as const);
}
