/** The Terraform module and its example tell what everything in them is for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { listFiles, readText } from './files.ts';
import { checkReadme, checkTerraform, parseBlocks } from './terraform-policy.ts';

const module = 'modules/github-repository';
const files = listFiles().filter((path) => path.endsWith('.tf'));
const moduleTexts = files.filter((path) => path.startsWith(module)).map(readText);
const readme = readText(`${module}/README.md`);

describe('Terraform', () => {
  it('is read whole: every block that begins is found', () => {
    const blocks = files.flatMap((file) => parseBlocks(readText(file)));
    const beginnings = files.flatMap((file) => Array.from(readText(file).matchAll(/^\w+.* \{$/gm)));
    assert.ok(blocks.length > 40);
    assert.equal(blocks.length, beginnings.length);
  });

  for (const file of files)
    it(`${file} keeps all rules`, () => assert.deepEqual(checkTerraform(file, readText(file)), []));

  it('has a README that names every variable and output', () => assert.deepEqual(checkReadme(readme, moduleTexts), []));

  it('sets settings that are not the default ones in tests: each variable is used in one', () => {
    const tests = listFiles()
      .filter((path) => path.startsWith(`${module}/tests/`))
      .map(readText)
      .join('\n');
    const variables = moduleTexts.flatMap(parseBlocks).filter(({ kind }) => kind === 'variable');
    const bools = new Set(['has_discussions', 'require_code_owner_review', 'require_signed_commits']);
    const unused = variables.filter(({ name }) => !new RegExp(`\\b${name}\\s+=`).test(tests) && !bools.has(name));
    assert.deepEqual(
      unused.map(({ name }) => name),
      [],
    );
  });

  it('refuses something for every validation', () => {
    const tests = readText(`${module}/tests/validations.tftest.hcl`);
    for (const { kind, name, body } of moduleTexts.flatMap(parseBlocks)) {
      if (kind !== 'variable') continue;
      const validations = Array.from(body.matchAll(/^  validation \{$/gm)).length;
      const refusals = Array.from(tests.matchAll(new RegExp(`expect_failures = \\[var\\.${name}\\]`, 'g'))).length;
      assert.ok(refusals >= validations, `${name} has ${validations} validations and ${refusals} refusals`);
    }
  });

  const variables = readText(`${module}/variables.tf`);
  const planted: [rule: string, text: string][] = [
    ['description', variables.replace(/^  description = "Name of.*\n/m, '')],
    ['type', variables.replace(/^  type {8}= string\n/m, '')],
    ['validation', variables.replace(/^  validation \{\n[\s\S]*?^  \}\n/m, '')],
    ['versions', readText(`${module}/versions.tf`).replace(/"~> [\d.]+"/, '">= 6"')],
    ['versions', readText(`${module}/versions.tf`).replace(/^  required_version.*\n/m, '')],
    ['value', readText(`${module}/outputs.tf`).replace(/^  value.*\n/m, '')],
    ['secrets', 'provider "github" {\n  token = "example"\n}\n'],
  ];
  for (const [index, [rule, text]] of planted.entries()) {
    it(`planted violation ${index + 1}: ${rule}`, () => {
      assert.ok(checkTerraform('planted.tf', text).some((finding) => finding.rule === rule));
    });
  }

  it('planted violation: a README that forgets one and invents one', () => {
    const findings = checkReadme(readme.replace('| `visibility`', '| `invented`'), moduleTexts);
    assert.deepEqual(findings.map(({ where }) => where).sort(), ['invented', 'visibility']);
  });
});
