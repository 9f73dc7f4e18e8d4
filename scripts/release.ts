/**
 * Commands of a release in the repository:
 *   node scripts/release.ts prepare 1.2.3   sets the version in every file that states it, and dates the changelog
 *   node scripts/release.ts notes           writes dist/release-notes.md for the version of package.json
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { releaseChangelog, releaseNotes } from './changelog.ts';

const kustomization = 'deploy/kubernetes/overlays/production/kustomization.yaml';
const root = new URL('../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function write(path: string, text: string): void {
  writeFileSync(new URL(path, root), text);
  console.log(`wrote ${path}`);
}

function readVersion(): string {
  return (JSON.parse(read('package.json')) as { version: string }).version;
}

/** Replaces the first occurrences, as many as `times`. Throws when there are fewer. */
function replaceIn(path: string, current: string, next: string, times: number): void {
  let text = read(path);
  for (let count = 0; count < times; count++) {
    if (!text.includes(current)) throw new Error(`${path} does not state ${current}`);
    text = text.replace(current, next);
  }
  write(path, text);
}

function prepare(version: string): void {
  const changelog = releaseChangelog(read('CHANGELOG.md'), version, new Date().toISOString().slice(0, 10));
  const current = readVersion();
  replaceIn('package.json', `"version": "${current}"`, `"version": "${version}"`, 1);
  replaceIn('package-lock.json', `"version": "${current}"`, `"version": "${version}"`, 2);
  replaceIn(kustomization, `newTag: ${current}`, `newTag: ${version}`, 1);
  replaceIn('clients/python/pyproject.toml', `version = "${current}"`, `version = "${version}"`, 1);
  write('CHANGELOG.md', changelog);
}

function writeNotes(): void {
  const notes = releaseNotes(read('CHANGELOG.md'), readVersion());
  mkdirSync(new URL('dist/', root), { recursive: true });
  write('dist/release-notes.md', notes);
}

const [command, version = ''] = process.argv.slice(2);
try {
  if (command === 'prepare') prepare(version);
  else if (command === 'notes') writeNotes();
  else throw new Error('use: node scripts/release.ts prepare VERSION | notes');
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
