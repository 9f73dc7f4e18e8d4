/** A line of the log for the eyes of a person. */
import { printable } from '../printable.ts';

const levelNames: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** Fields that say nothing on the terminal where the process was started. */
const hidden = new Set(['level', 'time', 'msg', 'pid', 'err', 'application', 'instance']);

/** `12:34:56.789 WARN  message  key=value …`, and below it the stack of an error. What is no JSON stays as it is. */
export function writeTerminalLine(line: string): string {
  const entry = parse(line);
  if (entry === undefined) return line;
  const { level, time, msg, err } = entry;
  const name = (levelNames[Number(level)] ?? String(level)).padEnd(5);
  const fields = Object.entries(entry)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  return `${printable(`${clock} ${name} ${String(msg)} ${fields.join('')}`).trimEnd()}\n${writeStack(err)}`;
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? (entry as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function writeStack(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return '';
  const lines = String(error.stack).split('\n');
  return lines.map((line) => `    ${printable(line.trim())}\n`).join('');
}
