/**
 * Creates the instruments of the metric definitions. Counters are plain sums in memory that are read when metrics are collected, so counting
 * costs some ten nanoseconds and never waits; only histograms go through the SDK at each value.
 */
import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';
import {
  describeMetric,
  otherValue,
  type AttributesOf,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type MetricName,
} from './contract.ts';

/** Series that one metric may have: above it, what is new is counted together. Far more than the contract allows for. */
const seriesMax = 500;
/** A counter with so few combinations of values has them all from the start, at 0, so that a rate sees the first event. */
const zeroSeriesMax = 16;

export interface Counter<Name extends CounterName> {
  add(value: number, attributes: AttributesOf<Name>): void;
}

export interface Histogram<Name extends HistogramName> {
  record(value: number, attributes: AttributesOf<Name>): void;
}

/** A value and what it belongs to. */
export type Reading<Name extends MetricName> = readonly [value: number, attributes: AttributesOf<Name>];

export interface Instruments {
  counter<Name extends CounterName>(name: Name): Counter<Name>;
  histogram<Name extends HistogramName>(name: Name): Histogram<Name>;
  /** A counter or gauge whose values are kept elsewhere: `read` is called at each collection. */
  observe<Name extends CounterName | GaugeName>(
    name: Name,
    read: () => Iterable<Reading<Name>> | Promise<Iterable<Reading<Name>>>,
  ): void;
}

export function createInstruments(meter: Meter): Instruments {
  return {
    counter(name) {
      const tally = new Tally(name);
      observe(meter, name, (result) => tally.report(result));
      return { add: (value, attributes) => tally.add(value, attributes) };
    },
    histogram(name) {
      const { unit, description, buckets } = describeMetric(name);
      const advice = buckets === undefined ? {} : { advice: { explicitBucketBoundaries: [...buckets] } };
      const histogram = meter.createHistogram(name, { unit, description, ...advice });
      return { record: (value, attributes) => histogram.record(value, withoutEmpty(attributes)) };
    },
    observe(name, read) {
      observe(meter, name, async (result) => {
        for (const [value, attributes] of await read()) result.observe(value, withoutEmpty(attributes));
      });
    },
  };
}

function observe(
  meter: Meter,
  name: CounterName | GaugeName,
  callback: (result: ObservableResult) => void | Promise<void>,
): void {
  const { instrument, unit, description } = describeMetric(name);
  const options = { unit, description };
  const observable =
    instrument === 'counter'
      ? meter.createObservableCounter(name, options)
      : meter.createObservableGauge(name, options);
  observable.addCallback(callback);
}

/** An attribute without a value is none. */
function withoutEmpty(attributes: Attributes): Attributes {
  for (const key in attributes) {
    if (attributes[key] === '')
      return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));
  }
  return attributes;
}

interface Series {
  readonly attributes: Attributes;
  value: number;
}

/** The sums of one counter, by the values of its attributes. */
class Tally {
  readonly #keys: readonly string[];
  readonly #allowed: readonly (readonly string[] | undefined)[];
  readonly #series = new Map<string, Series>();

  constructor(name: CounterName) {
    const { attributes } = describeMetric(name);
    this.#keys = Object.keys(attributes);
    this.#allowed = Object.values(attributes).map((values) => ('boundedBy' in values ? undefined : values));
    for (const values of combine(this.#allowed)) this.#open(values.join('\n'), values);
  }

  add(value: number, attributes: Attributes): void {
    let key = '';
    for (const name of this.#keys) key = key === '' ? String(attributes[name]) : `${key}\n${String(attributes[name])}`;
    const series = this.#series.get(key) ?? this.#admit(key);
    series.value += value;
  }

  report(result: ObservableResult): void {
    for (const { attributes, value } of this.#series.values()) result.observe(value, attributes);
  }

  /** A value that the contract does not know, or one too many, is counted as other. */
  #admit(key: string): Series {
    const given = this.#keys.length === 0 ? [] : key.split('\n');
    const isFull = this.#series.size >= seriesMax;
    const values = given.map((value, index) => {
      const allowed = this.#allowed[index];
      return isFull || (allowed !== undefined && !allowed.includes(value)) ? otherValue : value;
    });
    const admitted = values.join('\n');
    return this.#series.get(admitted) ?? this.#open(admitted, values);
  }

  #open(key: string, values: readonly string[]): Series {
    const series = { attributes: Object.fromEntries(this.#keys.map((name, index) => [name, values[index]])), value: 0 };
    this.#series.set(key, series);
    return series;
  }
}

/** All combinations of values, or none where they are many or unknown. */
function combine(lists: readonly (readonly string[] | undefined)[]): readonly (readonly string[])[] {
  let combinations: readonly (readonly string[])[] = [[]];
  for (const list of lists) {
    if (list === undefined) return [];
    combinations = combinations.flatMap((values) => list.map((value) => [...values, value]));
  }
  return combinations.length > zeroSeriesMax ? [] : combinations;
}
