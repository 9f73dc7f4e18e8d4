/** The content of the form. It outlives the page: a visit of another one loses nothing that was typed. */
import { computed, effect, signal } from '@preact/signals';
import type { Delimiter } from '../../../../src/jobs/table/table.ts';
import { describeError } from '../../api/errors.ts';
import { detectEncoding, detectFormat, type UploadFormat } from './detect-format.ts';
import { readSample, sampleText, type Sample } from './sample.ts';
import { readHead } from './table-head.ts';
import { defaultTableSettings, isTable, type TableSettings, type UploadOptions } from './upload-options.ts';

export type FormatChoice = 'auto' | UploadFormat;

export const text = signal('');
export const file = signal<File | undefined>(undefined);
export const formatChoice = signal<FormatChoice>('auto');
export const mode = signal('decimal');
export const precision = signal('34');
export const name = signal('');
export const formulas = signal('');
export const tableSettings = signal<TableSettings>(defaultTableSettings);

const fileSample = signal<Sample | undefined>(undefined);
/** Why the beginning of the file cannot be shown. */
export const fileFault = signal<string | undefined>(undefined);

export const sample = computed(() => (file.value === undefined ? sampleText(text.value) : fileSample.value));
export const encoding = computed(() => (file.value === undefined ? 'identity' : detectEncoding(file.value.name)));
export const detectedFormat = computed(() => detectFormat(file.value?.name ?? '', sample.value?.text ?? ''));
export const format = computed(() => (formatChoice.value === 'auto' ? detectedFormat.value : formatChoice.value));
export const isEmpty = computed(() => (file.value === undefined ? text.value === '' : file.value.size === 0));

export const head = computed(() => {
  const { delimiter, header } = tableSettings.value;
  return sample.value === undefined
    ? ({ kind: 'none' } as const)
    : readHead(sample.value.bytes, sample.value.isWhole, {
        format: format.value,
        delimiter: readDelimiter(delimiter),
        hasHeader: header === 'present',
      });
});

export const columns = computed(() => (head.value.kind === 'head' ? head.value.columns : []));

/** The whole form as the request will have it. */
export const options = computed<UploadOptions>(() => ({
  format: format.value,
  mode: mode.value,
  precision: precision.value,
  name: name.value,
  formulas: formulas.value,
  table: tableSettings.value,
}));

export const isTableUpload = computed(() => isTable(options.value));
/** NDJSON may become a table by a formula. */
export const takesFormulas = computed(() => format.value !== 'lines');

function readDelimiter(choice: string): Delimiter | undefined {
  if (choice === 'auto') return undefined;
  return choice === 'tab' ? '\t' : (choice as Delimiter);
}

/** Reads the beginning of each file that is chosen; of two that come soon after each other the second one stays. */
effect(() => {
  const chosen = file.value;
  fileSample.value = undefined;
  fileFault.value = undefined;
  if (chosen === undefined) return;
  const isCurrent = (): boolean => file.peek() === chosen;
  readSample(chosen, detectEncoding(chosen.name)).then(
    (read) => {
      if (isCurrent()) fileSample.value = read;
    },
    (error: unknown) => {
      if (isCurrent()) fileFault.value = `The beginning of the file cannot be read: ${describeError(error)}`;
    },
  );
});

export function setTable(changed: Partial<TableSettings>): void {
  tableSettings.value = { ...tableSettings.value, ...changed };
}

/** `count`: files that were dropped together. */
export function takeFile(taken: File, count = 1): void {
  file.value = taken;
  if (count > 1) fileFault.value = `A job has one file: the first of ${count} was taken.`;
}

/** After a job is submitted. The choices stay: the next file is often of the same kind. */
export function clearSource(): void {
  text.value = '';
  file.value = undefined;
  name.value = '';
}
