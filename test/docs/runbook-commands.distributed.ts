/** The tools of Kafka have the options that the runbooks give them: each is asked for its help. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { installTrainedKafka } from '../../deploy/local-stack/kafka.ts';
import { findKafkaTool, kafkaClasses, readCommands } from './runbook-commands.ts';

describe('the tools of Kafka', async () => {
  const { javaArguments } = await installTrainedKafka((message) => console.log(message));
  const uses = readCommands().flatMap(({ line, words }) => {
    const tool = findKafkaTool(words);
    return tool === undefined ? [] : [{ line, ...tool }];
  });

  function readHelp(script: string): string {
    const { stdout, stderr } = spawnSync('java', [...javaArguments, kafkaClasses[script] ?? '', '--help'], {
      encoding: 'utf8',
    });
    return `${stdout}${stderr}`;
  }

  for (const [script, some = []] of Object.entries(Object.groupBy(uses, (use) => use.script))) {
    it(script, () => {
      const help = readHelp(script);
      assert.match(help, /--bootstrap-server\b/);
      assert.doesNotMatch(help, /--no-such-option\b/);
      for (const { line, options } of some)
        for (const option of options) assert.match(help, new RegExp(`${option}(?![\\w-])`), `${line}: ${option}`);
    });
  }

  it('are used', () => assert.ok(uses.length >= 15, `${uses.length}`));
});
