/** CHANGELOG.md: its form, the notes of one version, and the step from "Unreleased" to a version. */

/** The section of one version, or of what is not released. */
export interface ChangelogSection {
  /** Three numbers, or `Unreleased`. */
  readonly version: string;
  /** YYYY-MM-DD; undefined for what is not released. */
  readonly date: string | undefined;
  /** All below the heading, without blank lines at either end. */
  readonly text: string;
}

const unreleased = 'Unreleased';
const beforeUpgrade = '### Before you upgrade';
const parts = [beforeUpgrade, '### Added', '### Changed', '### Deprecated', '### Removed', '### Fixed', '### Security'];
const headingPattern = /^## (?:(Unreleased)|(\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2}))$/;

function parseSection(block: string): ChangelogSection {
  const [heading = '', ...lines] = block.split('\n');
  const match = headingPattern.exec(heading);
  if (match === null) throw new Error(`the heading "${heading}" is not "## Unreleased" or "## 1.2.3 - 2026-01-31"`);
  const [, name, version, date] = match;
  return { version: name ?? version ?? '', date, text: lines.join('\n').trim() };
}

/** Throws what is wrong with the parts of a section. */
function checkParts({ version, text }: ChangelogSection): void {
  const found = text.split('\n').filter((line) => line.startsWith('### '));
  const unknown = found.find((part) => !parts.includes(part));
  if (unknown !== undefined) throw new Error(`${version} has the unknown part "${unknown}"`);
  const inOrder = parts.filter((part) => found.includes(part));
  if (inOrder.join() !== found.join())
    throw new Error(`the parts of ${version} are not in the order ${parts.join(', ')}`);
  if (found[0] !== beforeUpgrade) throw new Error(`${version} does not begin with "${beforeUpgrade}"`);
}

function isBelow(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) < 0;
}

/** The sections, newest first. Throws what is wrong with the form. */
export function parseChangelog(text: string): ChangelogSection[] {
  const [head = '', ...blocks] = text.split(/^(?=## )/m);
  if (!head.startsWith('# Changelog\n')) throw new Error('the first line is not "# Changelog"');
  const sections = blocks.map(parseSection);
  if (sections[0]?.version !== unreleased) throw new Error(`the first section is not "## ${unreleased}"`);
  sections.forEach(checkParts);
  const [, ...released] = sections;
  const misplaced = released.find(({ version }, index) => !isBelow(version, released[index - 1]?.version ?? 'x'));
  if (misplaced !== undefined) throw new Error(`${misplaced.version} is not below the version above it`);
  return sections;
}

/** The notes of a version for its release. Throws when the version has no section. */
export function releaseNotes(text: string, version: string): string {
  const section = parseChangelog(text).find((candidate) => candidate.version === version);
  if (section === undefined)
    throw new Error(`CHANGELOG.md has no section "## ${version} - DATE": run make release-prepare`);
  return `${section.text}\n`;
}

/** The changelog in which what was not released is the given version. Throws when there is nothing to release. */
export function releaseChangelog(text: string, version: string, date: string): string {
  const [first, ...released] = parseChangelog(text);
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`"${version}" is not a version like 1.2.3`);
  if (released.some((section) => section.version === version))
    throw new Error(`${version} is in the changelog already`);
  if (!first?.text.includes('\n- ')) throw new Error('nothing is listed under "Unreleased"');
  const next = `## ${unreleased}\n\n${beforeUpgrade}\n\nNothing to do.\n\n## ${version} - ${date}\n`;
  const changed = text.replace(`## ${unreleased}\n`, next);
  parseChangelog(changed);
  return changed;
}
