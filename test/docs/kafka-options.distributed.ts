/** The pages give the tools of Kafka only options that these have in the version that is used here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, describe, it } from 'node:test';

import { installTrainedKafka } from '../../deploy/local-stack/kafka.ts';
import { findCalls, optionsIn, optionsOfHelp } from './tool-calls.ts';

/** The class that each script of Kafka's package starts. */
const classes = {
  'kafka-topics.sh': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs.sh': 'org.apache.kafka.tools.ConfigCommand',
  'kafka-console-consumer.sh': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-consumer-groups.sh': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
};

let javaArguments: readonly string[];

before(async () => {
  ({ javaArguments } = await installTrainedKafka(() => undefined));
});

for (const [script, name] of Object.entries(classes)) {
  describe(`the calls of ${script} in the pages`, () => {
    it('have options that its help lists', () => {
      const { stdout, stderr } = spawnSync('java', [...javaArguments, name, '--help'], { encoding: 'utf8' });
      const known = optionsOfHelp(`${stdout}\n${stderr}`);
      assert.ok(known.has('--bootstrap-server'), stderr);
      const calls = findCalls(script);
      assert.ok(calls.length > 0);
      const unknown = calls.flatMap(({ page, words }) =>
        optionsIn(words)
          .filter((option) => !known.has(option))
          .map((option) => `${page}: ${script} ${option}`),
      );
      assert.deepEqual(unknown, []);
    });
  });
}
