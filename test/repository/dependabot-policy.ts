/** Rules for Dependabot: it updates every file of the tree that names a version, in groups, after the first days. */
import { dirname, posix } from 'node:path';
import { parse } from 'yaml';

import type { Finding } from './files.ts';

interface Update {
  'package-ecosystem': string;
  directory?: string;
  directories?: string[];
  schedule?: { interval?: string };
  cooldown?: { 'default-days'?: number };
  'open-pull-requests-limit'?: number;
  labels?: string[];
  groups?: Record<string, unknown>;
}

const cooldownDaysMin = 7;

/** The ecosystem that reads a file, and its folder; undefined for files that name no version. */
function ecosystemOf(path: string): { ecosystem: string; folder: string } | undefined {
  const name = posix.basename(path);
  const folder = posix.join('/', dirname(path));
  if (/^\.github\/workflows\/.+\.ya?ml$/.test(path)) return { ecosystem: 'github-actions', folder: '/' };
  if (name === 'package.json') return { ecosystem: 'npm', folder };
  if (/^(?:.+\.)?Dockerfile(?:\..+)?$/i.test(name)) return { ecosystem: 'docker', folder };
  if (/^(?:docker-)?compose(?:[-.][\w.-]+)?\.ya?ml$/i.test(name)) return { ecosystem: 'docker-compose', folder };
  if (name === 'versions.tf') return { ecosystem: 'terraform', folder };
  if (name === 'go.mod') return { ecosystem: 'gomod', folder };
  if (/^requirements.*\.txt$/.test(name)) return { ecosystem: 'pip', folder };
  return undefined;
}

/** The manifests that Dependabot must read, as `ecosystem folder`. */
export function listManifests(paths: readonly string[]): Set<string> {
  const found = paths.map(ecosystemOf).filter((manifest) => manifest !== undefined);
  return new Set(found.map(({ ecosystem, folder }) => `${ecosystem} ${folder}`));
}

export function checkDependabot(text: string, paths: readonly string[], labels: ReadonlySet<string>): Finding[] {
  const { updates } = parse(text) as { updates: Update[] };
  const findings: Finding[] = [];
  const covered = new Set<string>();
  for (const update of updates) {
    const ecosystem = update['package-ecosystem'];
    const report = (rule: string, message: string): void => void findings.push({ rule, where: ecosystem, message });
    for (const folder of update.directories ?? [update.directory ?? '']) covered.add(`${ecosystem} ${folder}`);
    if (update.schedule?.interval === undefined) report('schedule', 'has no schedule');
    if ((update.cooldown?.['default-days'] ?? 0) < cooldownDaysMin)
      report('cooldown', 'takes versions in their first week');
    if (Object.keys(update.groups ?? {}).length === 0) report('groups', 'makes a pull request of every update');
    if (update['open-pull-requests-limit'] === undefined) report('limit', 'has no limit');
    const unknown = (update.labels ?? ['']).filter((label) => !labels.has(label));
    if (unknown.length > 0) report('labels', `has labels that are not there: ${unknown.join(', ')}`);
  }
  const manifests = listManifests(paths);
  for (const manifest of manifests) {
    if (!covered.has(manifest)) findings.push({ rule: 'coverage', where: manifest, message: 'is not updated' });
  }
  for (const entry of covered) {
    if (!manifests.has(entry)) findings.push({ rule: 'coverage', where: entry, message: 'has nothing to update' });
  }
  return findings;
}
