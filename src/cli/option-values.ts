import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { numberModes, precisionDefault, precisionMax, precisionMin } from '../expression/basics.ts';
import { resultFormats } from '../formats/basics.ts';
import { uploadFormats } from './input-source.ts';

/** Reads an integer from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be an integer ${range}.`);
  };
}

export const modeOption = () =>
  new Option('--mode <mode>', 'how numbers are represented and computed').choices(numberModes).default('decimal');

export const precisionOption = () =>
  new Option('--precision <digits>', `significant digits in decimal mode, ${precisionMin} to ${precisionMax}`)
    .default(precisionDefault)
    .argParser(wholeNumber(precisionMin, precisionMax));

export const formatOption = () =>
  new Option('--format <format>', 'format of the results').choices(resultFormats).default('text');

export const inputOption = () =>
  new Option(
    '--input <format>',
    'format of the input: one operation per line, or one {"custom_id", "request"} object per line (default: ndjson for files named .ndjson or .jsonl, else text)',
  ).choices(uploadFormats);

export const jsonOption = () => new Option('--json', 'write JSON, for scripts');

export const noProgressOption = () => new Option('--no-progress', 'do not show progress on the terminal');

/**
 * An option that stands in for a setting. An empty value is an error: it comes from a variable of the shell that is not
 * set, and would otherwise choose the default without a word.
 */
export const settingOption = (flags: string, description: string) =>
  new Option(flags, description).argParser((text) => {
    if (text.trim() !== '') return text;
    throw new InvalidArgumentError('It must not be empty.');
  });

export const urlOption = () =>
  settingOption('--url <address>', 'URL of the server (default: MATHMILL_URL, or http://127.0.0.1:8080)');

export const threadsOption = () =>
  new Option('--threads <count>', 'threads that evaluate')
    .default(availableParallelism(), 'the number of cores')
    .argParser(wholeNumber(1, 1024));
