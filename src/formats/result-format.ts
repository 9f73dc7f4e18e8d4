export const resultFormats = ['text', 'csv', 'ndjson'] as const;
export type ResultFormat = (typeof resultFormats)[number];

export const resultMediaTypes = {
  text: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
} as const satisfies Record<ResultFormat, string>;
