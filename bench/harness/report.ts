/** The report of a benchmark: tables for people, one JSON document for programs, and a comparison of figures with their bars. */
import { readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { findDiskFolder, withResources, type Resources } from './resources.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly folder: string;
  /** `f_type` of the file system that the data is on, in hexadecimal. */
  readonly fileSystem: string;
  /** Average load of the last minute when the benchmark began: near 0 on a quiet machine. */
  readonly loadBefore: number;
}

/** A target figure. */
export interface Bar {
  readonly name: string;
  readonly measured: number;
  readonly bar: number;
  readonly unit: string;
  readonly wanted: 'at least' | 'at most';
}

export interface Findings {
  readonly bars: readonly Bar[];
  readonly details: unknown;
}

export interface Report extends Findings {
  readonly bench: string;
  readonly startedAt: string;
  readonly machine: Machine;
}

export interface Bench<Numbers extends Record<string, number>> {
  readonly name: string;
  /** The numbers that can be given as `--name value`, with their defaults. */
  readonly numbers: Numbers;
  readonly limitMinutes: number;
  readonly measure: (context: BenchContext<Numbers>) => Promise<Findings>;
}

export interface BenchContext<Numbers> {
  readonly resources: Resources;
  readonly numbers: Numbers;
  /** Where the server writes its CPU profiles, if requested. */
  readonly profileFolder: string | undefined;
  readonly say: (text: string) => void;
}

/**
 * Runs one benchmark as the main program. In addition to its numbers each takes `--folder` (where the data goes; default: a
 * temporary folder on a disk), `--profile FOLDER` and `--json`, which prints the report to standard output and everything
 * for people to standard error.
 */
export async function runBench<const Numbers extends Record<string, number>>(bench: Bench<Numbers>): Promise<void> {
  const texts = ['folder', 'profile', ...Object.keys(bench.numbers)];
  const options = Object.fromEntries(texts.map((name) => [name, { type: 'string' } as const]));
  const { values } = parseArgs({ options: { ...options, json: { type: 'boolean', default: false } } });
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const numbers = Object.fromEntries(
    Object.entries<number>(bench.numbers).map(([name, fallback]) => [name, readInteger(name, given[name], fallback)]),
  ) as Numbers;
  const folder = readText(given['folder']) ?? findDiskFolder();
  const say = values.json ? console.error : console.log;
  const startedAt = new Date().toISOString();
  const machine = describeMachine(folder);
  say(`${bench.name} · ${describe(machine)}`);
  const findings = await withResources(folder, bench.limitMinutes * 60_000, (resources) =>
    bench.measure({ resources, numbers, profileFolder: readText(given['profile']), say }),
  );
  for (const bar of findings.bars) say(formatBar(bar));
  const report: Report = { bench: bench.name, startedAt, machine, ...findings };
  if (values.json) console.log(JSON.stringify(report, undefined, 2));
}

function readInteger(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  const number = typeof value === 'string' ? Number(value.replaceAll('_', '')) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} must be an integer from 1 on`);
  return number;
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function isHeld({ measured, bar, wanted }: Bar): boolean {
  return wanted === 'at least' ? measured >= bar : measured <= bar;
}

export function formatBar(bar: Bar): string {
  const { name, measured, unit, wanted } = bar;
  return `${isHeld(bar) ? 'held  ' : 'MISSED'} ${name}: ${formatNumber(measured)} ${unit} (${wanted} ${formatNumber(bar.bar)})`;
}

export function formatNumber(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
}

/** Columns side by side, the first to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

function describe(machine: Machine): string {
  const { processor, cores, memoryGib, node, system, folder, fileSystem, loadBefore } = machine;
  return `${processor}, ${cores} cores, ${memoryGib} GiB, ${system}, Node ${node}, ${folder} (${fileSystem}), load ${loadBefore}`;
}

function describeMachine(folder: string): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    system: describeSystem(),
    node: process.versions.node,
    folder,
    fileSystem: `0x${statfsSync(folder).type.toString(16)}`,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

function describeSystem(): string {
  if (process.platform !== 'linux') return `${process.platform} ${release()}`;
  const name = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  return `${name ?? 'Linux'} (${release()})`;
}
