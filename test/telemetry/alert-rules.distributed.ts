/** Prometheus' own promtool takes the shipped configuration and rules, and their tests pass. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { before, describe, it } from 'node:test';
import { installPrometheus } from '../../deploy/local-stack/install-prometheus.ts';
import { runProgram } from '../../deploy/local-stack/programs.ts';
import { listRuleFiles } from '../../deploy/prometheus/alert-rules.ts';
import { listAlertTestFiles } from './alert-rule-policy.ts';

const root = resolve(import.meta.dirname, '../..');
const ruleFolder = join(root, 'deploy/prometheus/rules');
let promtool = '';

before(async () => {
  ({ promtool } = await installPrometheus((message) => console.log(message)));
});

describe('promtool', () => {
  it('takes the configuration, with its rules', async () => {
    const output = await runProgram(promtool, ['check', 'config', join(root, 'deploy/prometheus/prometheus.yml')], {});
    assert.match(output, new RegExp(`${listRuleFiles().length} rule files found`));
  });

  it('has no warning about the rules', async () => {
    const files = listRuleFiles().map((name) => join(ruleFolder, name));
    await runProgram(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', ...files], {});
  });

  for (const path of listAlertTestFiles()) {
    it(`passes ${path}`, () => runProgram(promtool, ['test', 'rules', join(root, path)], {}).then(() => undefined));
  }

  it('fails when a rule does not fire that should', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'mathmill-rules-'));
    try {
      mkdirSync(join(copy, 'rules'));
      mkdirSync(join(copy, 'tests'));
      const text = readFileSync(join(ruleFolder, 'mathmill.yml'), 'utf8');
      writeFileSync(
        join(copy, 'rules/mathmill.yml'),
        text.replace('consumer_messages_lag) > 0', 'consumer_messages_lag) > 99'),
      );
      copyFileSync(join(root, 'deploy/prometheus/tests/messages.yml'), join(copy, 'tests/messages.yml'));
      await assert.rejects(
        runProgram(promtool, ['test', 'rules', join(copy, 'tests/messages.yml')], {}),
        /alertname: ConsumerStalled/,
      );
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
