/** The architecture check sees the modules, finds nothing in the code as it is, and catches a violation of each rule. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
    [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'],
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
      symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    });
    after(() => rmSync(copy, { recursive: true }));

    const planted: [string, string, string][] = [
      ['arrows-expression', 'src/expression/planted.ts', "import '../jobs/index.ts';"],
      ['arrows-jobs', 'src/jobs/planted.ts', "import '../expression/index.ts';"],
      ['arrows-engine', 'src/engine/planted.ts', "import '../http/index.ts';"],
      ['arrows-store-sqlite', 'src/store/sqlite/planted.ts', "import '../../bus/memory/index.ts';"],
      ['arrows-bus-memory', 'src/bus/memory/planted.ts', "import '../../store/sqlite/index.ts';"],
      ['arrows-evaluator-pool', 'src/evaluator-pool/planted.ts', "import '../store/sqlite/index.ts';"],
      ['arrows-http', 'src/http/planted.ts', "import '../evaluator-pool/index.ts';"],
      ['pure-expression', 'src/expression/planted.ts', "import 'node:fs';"],
      ['pure-jobs', 'src/jobs/planted.ts', "import 'fastify';"],
      ['pure-engine', 'src/engine/planted.ts', "import type { Hash } from 'node:crypto';\nexport type H = Hash;"],
      ['entry-jobs', 'src/engine/planted.ts', "import '../jobs/chunk.ts';"],
      ['arrows-telemetry', 'src/telemetry/planted.ts', "import '../evaluator-pool/index.ts';"],
      ['entry-telemetry', 'src/cli/planted.ts', "import '../telemetry/contract.ts';"],
      ['telemetry-sdk', 'src/http/planted.ts', "import '@opentelemetry/sdk-trace';"],
      ['wiring', 'src/cli/planted.ts', "import '../store/sqlite/index.ts';"],
      ['no-cycles', 'src/jobs/planted.ts', "import { a } from './planted-too.ts';\nexport const b = () => a;"],
      ['resolvable', 'src/jobs/planted.ts', "import './nowhere.ts';"],
      ['no-development-packages', 'src/cli/planted.ts', "import 'mathjs';"],
    ];
    for (const [rule, file, text] of planted) {
      it(rule, () => {
        const too = join(copy, 'src/jobs/planted-too.ts');
        writeFileSync(join(copy, file), `${text}\n`);
        writeFileSync(too, "import { b } from './planted.ts';\nexport const a = () => b;\n");
        try {
          const found = cruise(copy).violations.filter(({ from }) => from.includes('planted'));
          assert.ok(
            found.some((violation) => violation.rule.name === rule),
            `found ${JSON.stringify(found.map((violation) => violation.rule.name))}`,
          );
        } finally {
          rmSync(join(copy, file));
          rmSync(too);
        }
      });
    }
  });
});
