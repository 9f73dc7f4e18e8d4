/** The memory of a process, read from /proc (Linux). In MB of 1,000,000 bytes. */
import { readFileSync } from 'node:fs';

const sampleMs = 20;

export interface PhaseMemory {
  readonly phase: string;
  readonly seconds: number;
  /** Highest resident memory seen by sampling. */
  readonly residentMb: number;
  /** The part of it that is the process's own and not pages of files, seen at its highest. */
  readonly anonymousMb: number;
}

export async function watchMemory<Result>(pid: number, phase: string, work: () => Promise<Result>) {
  let { residentMb, anonymousMb } = readMemory(pid);
  const sampler = setInterval(() => {
    const now = tryReadMemory(pid);
    residentMb = Math.max(residentMb, now?.residentMb ?? 0);
    anonymousMb = Math.max(anonymousMb, now?.anonymousMb ?? 0);
  }, sampleMs);
  const startedAt = performance.now();
  try {
    const result = await work();
    const memory: PhaseMemory = { phase, seconds: (performance.now() - startedAt) / 1000, residentMb, anonymousMb };
    return { result, memory };
  } finally {
    clearInterval(sampler);
  }
}

export function readMemory(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (field: string) => (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { residentMb: read('VmRSS'), anonymousMb: read('RssAnon'), peakMb: read('VmHWM') };
}

/** Undefined when the process has ended, or is just about to: then it has no memory any more. */
function tryReadMemory(pid: number): ReturnType<typeof readMemory> | undefined {
  try {
    const memory = readMemory(pid);
    return Number.isNaN(memory.residentMb) ? undefined : memory;
  } catch {
    return undefined;
  }
}
