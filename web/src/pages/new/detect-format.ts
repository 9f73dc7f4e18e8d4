/** Finds out how an upload is written: by the name of its file, else by its first bytes. */
export const uploadFormats = ['lines', 'csv', 'tsv', 'ndjson'] as const;
export type UploadFormat = (typeof uploadFormats)[number];

export type UploadEncoding = 'identity' | 'gzip' | 'zstd';

const formatsByExtension: Readonly<Record<string, UploadFormat>> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
};

/** Lines of the sample that must look alike. */
const linesMax = 20;

/** How the file is compressed; its own name goes before `.gz`. */
export function detectEncoding(fileName: string): UploadEncoding {
  if (/\.gz$/i.test(fileName)) return 'gzip';
  return /\.zst$/i.test(fileName) ? 'zstd' : 'identity';
}

/** `sample`: the beginning of the content, decompressed. */
export function detectFormat(fileName: string, sample: string): UploadFormat {
  const extension = /\.([a-z]+)(?:\.(?:gz|zst))?$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  return formatsByExtension[extension] ?? detectByContent(sample);
}

function detectByContent(sample: string): UploadFormat {
  const lines = sample
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, linesMax);
  const [first = ''] = lines;
  if (first.trimStart().startsWith('{')) return 'ndjson';
  if (lines.length < 2) return 'lines';
  if (isTable(lines, '\t')) return 'tsv';
  return [',', ';', '|'].some((delimiter) => isTable(lines, delimiter)) ? 'csv' : 'lines';
}

/**
 * The first line is a header: several names that no operation could be. Commas of operations are inside parentheses, so a
 * cell of one has a parenthesis without its other half.
 */
function isTable(lines: readonly string[], delimiter: string): boolean {
  const [header = [], ...rows] = lines.map((line) => splitCells(line, delimiter));
  const isHeader = header.length > 1 && header.every((cell) => isName(cell));
  return isHeader && rows.some((row) => row.length === header.length);
}

function isName(cell: string): boolean {
  const text = cell.trim().replaceAll(/^"|"$/g, '');
  const isBalanced = text.split('(').length === text.split(')').length;
  return isBalanced && /[\p{L}_]/u.test(text) && !/[=<>^]/.test(text);
}

/** Quoted cells keep their delimiters; line breaks in cells are not looked for. */
function splitCells(line: string, delimiter: string): string[] {
  const cells = [''];
  let isQuoted = false;
  for (const character of line) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === delimiter && !isQuoted) cells.push('');
    else cells.push((cells.pop() ?? '') + character);
  }
  return cells;
}
