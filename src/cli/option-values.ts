import { InvalidArgumentError, Option } from 'commander';
import { numberModes, precisionDefault, precisionMax, precisionMin } from '../expression/index.ts';
import { resultFormats } from '../formats/index.ts';
import { uploadFormats } from './input-source.ts';

/** Reads a whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

export const modeOption = () =>
  new Option('--mode <mode>', 'how numbers are kept and computed').choices(numberModes).default('decimal');

export const precisionOption = () =>
  new Option('--precision <digits>', `significant digits in decimal mode, ${precisionMin} to ${precisionMax}`)
    .default(precisionDefault)
    .argParser(wholeNumber(precisionMin, precisionMax));

export const formatOption = () =>
  new Option('--format <format>', 'how results are written').choices(resultFormats).default('text');

export const inputOption = () =>
  new Option(
    '--input <format>',
    'how operations are written: one a line, or one {"custom_id", "request"} object a line (default: ndjson for files named .ndjson or .jsonl, else text)',
  ).choices(uploadFormats);

export const jsonOption = () => new Option('--json', 'write JSON, for scripts');

export const noProgressOption = () => new Option('--no-progress', 'show no progress on the terminal');

export const urlOption = () =>
  new Option('--url <address>', 'address of the server (default: MATHMILL_URL, or http://127.0.0.1:8080)');
