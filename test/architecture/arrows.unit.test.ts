/** The architecture check sees the modules, finds nothing in the code as it is, and catches a violation of each rule. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '../..');

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

function cruise(folder: string): Report['summary'] {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const result = spawnSync(
    process.execPath,
    [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'web/src'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return (JSON.parse(result.stdout) as Report).summary;
}

describe('architecture', () => {
  it('holds in the code as it is', () => {
    const summary = cruise(root);
    assert.ok(summary.totalCruised > 50, `only ${summary.totalCruised} modules were seen`);
    assert.deepEqual(summary.violations, []);
  });

  describe('catches a planted violation', () => {
    const copy = mkdtempSync(join(tmpdir(), 'mathmill-architecture-'));
    before(() => {
      for (const name of ['src', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
        cpSync(join(root, name), join(copy, name), { recursive: true });
      }
      cpSync(join(root, 'web/src'), join(copy, 'web/src'), { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
      symlinkSync(join(root, 'web/node_modules'), join(copy, 'web/node_modules'));
    });
    after(() => rmSync(copy, { recursive: true }));

    const planted: [string, string, string][] = [
      ['arrows-client', 'src/client/planted.ts', "import '../jobs/index.ts';"],
      ['pure-client', 'src/client/planted-too.ts', "import 'node:fs';"],
      ['arrows-expression', 'src/expression/planted.ts', "import '../jobs/index.ts';"],
      ['arrows-jobs', 'src/jobs/planted.ts', "import '../expression/index.ts';"],
      ['arrows-engine', 'src/engine/planted.ts', "import '../http/index.ts';"],
      ['arrows-tables', 'src/tables/planted.ts', "import '../evaluator-pool/index.ts';"],
      ['arrows-store-sqlite', 'src/store/sqlite/planted.ts', "import '../../bus/memory/index.ts';"],
      ['arrows-bus-memory', 'src/bus/memory/planted.ts', "import '../../store/sqlite/index.ts';"],
      ['arrows-evaluator-pool', 'src/evaluator-pool/planted.ts', "import '../store/sqlite/index.ts';"],
      ['arrows-http', 'src/http/planted.ts', "import '../evaluator-pool/index.ts';"],
      ['pure-expression', 'src/expression/planted.ts', "import 'node:fs';"],
      ['pure-jobs', 'src/jobs/planted.ts', "import 'fastify';"],
      ['pure-engine', 'src/engine/planted.ts', "import type { Hash } from 'node:crypto';\nexport type H = Hash;"],
      ['pure-tables', 'src/tables/planted.ts', "import 'node:fs';"],
      ['entry-tables', 'src/evaluator-pool/planted.ts', "import '../tables/plan-table.ts';"],
      ['entry-jobs', 'src/engine/planted.ts', "import '../jobs/chunk.ts';"],
      ['arrows-telemetry', 'src/telemetry/planted.ts', "import '../evaluator-pool/index.ts';"],
      ['entry-telemetry', 'src/cli/planted.ts', "import '../telemetry/contract.ts';"],
      ['telemetry-sdk', 'src/http/planted.ts', "import '@opentelemetry/sdk-trace';"],
      ['web-uses', 'web/src/planted.ts', "import '../../src/http/index.ts';"],
      ['web-pages', 'web/src/pages/new/planted.ts', "import '../try/index.tsx';"],
      ['web-parts', 'web/src/parts/planted.ts', "import '../pages/new/index.tsx';"],
      ['wiring', 'src/cli/planted.ts', "import '../store/sqlite/index.ts';"],
      ['no-cycles', 'src/jobs/planted.ts', "import { a } from './planted-too.ts';\nexport const b = () => a;"],
      ['resolvable', 'src/jobs/planted.ts', "import './nowhere.ts';"],
      ['no-development-packages', 'src/cli/planted.ts', "import 'mathjs';"],
    ];
    /** Each violation in a file of its own, and all of them seen in one run. */
    const files = planted.map(([, file], index) => file.replace('planted.ts', `planted-${index}.ts`));
    let violations: Report['summary']['violations'];
    before(() => {
      const too = 'src/jobs/planted-too.ts';
      const cycle = files[planted.findIndex(([rule]) => rule === 'no-cycles')] ?? '';
      for (const [index, [, , text]] of planted.entries()) writeFileSync(join(copy, files[index] ?? ''), `${text}\n`);
      writeFileSync(join(copy, too), `import { b } from './${basename(cycle)}';\nexport const a = () => b;\n`);
      ({ violations } = cruise(copy));
    });
    for (const [index, [rule]] of planted.entries()) {
      it(`${rule}: ${files[index]}`, () => {
        const found = violations.filter(({ from }) => from === files[index]).map((violation) => violation.rule.name);
        assert.ok(found.includes(rule), `found ${JSON.stringify(found)}`);
      });
    }
  });
});
