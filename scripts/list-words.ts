/** Lists the words of the word list (test/docs/word-list.ts) in files: `node scripts/list-words.ts FILE...`, or in all that the test checks. */
import { readFileSync } from 'node:fs';

import { checkedFiles } from '../test/docs/checked-files.ts';
import { findWords } from '../test/docs/find-words.ts';

const files = process.argv.slice(2);
let count = 0;
for (const path of files.length === 0 ? checkedFiles() : files) {
  const words = findWords(path, readFileSync(path, 'utf8'));
  count += words.length;
  for (const { line, word, instead } of words) console.log(`${path}:${line}: "${word}": ${instead}`);
}
console.log(`${count} found`);
