/** Rules for the module beyond `terraform fmt` and `validate`: a reader finds the purpose of each part. */
import type { Finding } from './files.ts';

export interface Block {
  readonly kind: string;
  readonly name: string;
  readonly body: string;
}

/** The top-level blocks of a file in the form that `terraform fmt` gives it. */
export function parseBlocks(text: string): Block[] {
  return Array.from(
    text.matchAll(/^(\w+)((?: "[^"]+")*) \{\n([\s\S]*?)^\}/gm),
    ([, kind = '', labels = '', body = '']) => ({
      kind,
      name: labels.trim().replaceAll('"', '').replaceAll(' ', '.'),
      body,
    }),
  );
}

function has(body: string, argument: string): boolean {
  return new RegExp(`^  ${argument}\\s+= `, 'm').test(body);
}

export function checkTerraform(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  for (const { kind, name, body } of parseBlocks(text)) {
    const report = (rule: string, message: string): void =>
      void findings.push({ rule, where: `${file} ${name}`, message });
    if ((kind === 'variable' || kind === 'output') && !has(body, 'description'))
      report('description', 'does not say what it is');
    if (kind === 'output' && !has(body, 'value')) report('value', 'has no value');
    if (kind === 'variable') checkVariable(body, report);
    if (kind === 'terraform') checkVersions(body, report);
    if (kind === 'provider' && /token|private_key|pem_file/.test(body)) report('secrets', 'takes a secret from a file');
  }
  return findings;
}

function checkVariable(body: string, report: (rule: string, message: string) => void): void {
  if (!has(body, 'type')) report('type', 'has no type');
  // There is nothing wrong that a yes or no could be.
  if (!/^  type\s+= bool$/m.test(body) && !/^  validation \{$/m.test(body)) report('validation', 'takes anything');
}

function checkVersions(body: string, report: (rule: string, message: string) => void): void {
  if (!has(body, 'required_version')) report('versions', 'does not say which Terraform it needs');
  for (const [, name = '', provider = ''] of body.matchAll(/^    (\w+) = \{\n([\s\S]*?)^    \}/gm)) {
    if (!/version\s+= "~> \d+\.\d+"/.test(provider)) report('versions', `takes any version of ${name}`);
  }
}

/** Every variable and output of the module has its row in the README, and every row its variable or output. */
export function checkReadme(readme: string, texts: readonly string[]): Finding[] {
  const blocks = texts.flatMap(parseBlocks).filter(({ kind }) => kind === 'variable' || kind === 'output');
  const rows = new Set(Array.from(readme.matchAll(/^\| `(\w+)`/gm), ([, name = '']) => name));
  const names = new Set(blocks.map(({ name }) => name));
  return [
    ...Array.from(names)
      .filter((name) => !rows.has(name))
      .map((where) => ({ rule: 'readme', where, message: 'has no row' })),
    ...Array.from(rows)
      .filter((row) => !names.has(row))
      .map((where) => ({ rule: 'readme', where, message: 'is not there' })),
  ];
}
