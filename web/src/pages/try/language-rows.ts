/** The language of expressions, as rows of one table that can be searched. */
import type { Language, NumberMode } from '../../api/types.ts';

export interface Example {
  readonly line: string;
  readonly result: string;
  readonly mode?: NumberMode;
}

export interface LanguageRow {
  readonly key: string;
  /** How it is written. */
  readonly form: string;
  readonly description: string;
  /** The modes that have it; undefined: all. */
  readonly modes?: readonly NumberMode[];
  readonly examples: readonly Example[];
}

export interface LanguageGroup {
  readonly title: string;
  readonly rows: readonly LanguageRow[];
}

export function listLanguage(language: Language): readonly LanguageGroup[] {
  const { functions, constants, operators, modes } = language;
  const limit = (known: readonly NumberMode[]) => (known.length < modes.length ? { modes: known } : {});
  return [
    {
      title: 'Functions',
      rows: functions.map(({ name, signature, description, bound, examples, modes: known }) => ({
        key: `function ${name}`,
        form: signature,
        description: bound === '' ? description : `${description} Arguments: ${bound}.`,
        examples,
        ...limit(known),
      })),
    },
    {
      title: 'Constants',
      rows: constants.map(({ name, description, examples, modes: known }) => ({
        key: `constant ${name}`,
        form: name,
        description,
        examples,
        ...limit(known),
      })),
    },
    {
      title: 'Operators',
      rows: operators.map(({ symbols, grouping, description, examples }) => ({
        key: `operator ${grouping} ${symbols.join(' ')}`,
        form: symbols.join('  '),
        description,
        examples,
      })),
    },
  ];
}

/** The groups with the rows that hold every word of the text, in any case; those whose name begins with it come first. */
export function findInLanguage(groups: readonly LanguageGroup[], text: string): readonly LanguageGroup[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return groups;
  return groups
    .map(({ title, rows }) => ({ title, rows: sortByForm(rows.filter(holds(words)), words[0] ?? '') }))
    .filter(({ rows }) => rows.length > 0);
}

function holds(words: readonly string[]): (row: LanguageRow) => boolean {
  return ({ form, description, examples }) => {
    const text = [form, description, ...examples.map(({ line }) => line)].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

function sortByForm(rows: readonly LanguageRow[], word: string): readonly LanguageRow[] {
  const isFirst = ({ form }: LanguageRow): boolean => form.toLowerCase().startsWith(word);
  return [...rows.filter(isFirst), ...rows.filter((row) => !isFirst(row))];
}
