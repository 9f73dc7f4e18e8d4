/** Functions and constants that formulas can name, asked for once. */
import { signal } from '@preact/signals';
import { getJson } from '../../api/client.ts';
import type { Language } from '../../api/types.ts';

export const language = signal<Language | undefined>(undefined);

let asking: Promise<void> | undefined;

/** Without a response only columns are completed, until the next request. */
export async function loadLanguage(): Promise<void> {
  if (language.value !== undefined) return;
  asking ??= getJson<Language>('api/functions')
    .then((answer) => {
      language.value = answer;
    })
    .catch(() => undefined)
    .finally(() => (asking = undefined));
  await asking;
}
