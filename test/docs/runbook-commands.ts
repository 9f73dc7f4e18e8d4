/** The commands that the runbooks show, each with its program and its options. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const runbookFolder = join(root, 'docs/runbooks');

/** A program with its arguments, as a shell would hand them over. */
export type Words = readonly string[];

export interface RunbookCommand {
  readonly page: string;
  readonly line: string;
  readonly words: Words;
}

export const deployments = ['Compose', 'Kubernetes', 'Local stack'] as const;
type Deployment = (typeof deployments)[number];

/** Tools of Kafka that the runbooks use: the script of the images, and its class for where there are only jars. */
export const kafkaClasses: Readonly<Record<string, string>> = {
  'kafka-topics.sh': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs.sh': 'org.apache.kafka.tools.ConfigCommand',
  'kafka-consumer-groups.sh': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-console-consumer.sh': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-log-dirs.sh': 'org.apache.kafka.tools.LogDirsCommand',
};

export function listRunbooks(): readonly string[] {
  return readdirSync(runbookFolder).filter((name) => name !== 'README.md');
}

/** The lines of a block that are commands, by the deployment that the comment above them names. */
function readBlock(block: string): ReadonlyMap<Deployment, readonly string[]> {
  const parts = new Map<Deployment, string[]>();
  let current: string[] | undefined;
  for (const line of block.split('\n').filter((text) => text !== '')) {
    const deployment = deployments.find((name) => line === `# ${name}`);
    if (deployment !== undefined) parts.set(deployment, (current = []));
    else if (!line.startsWith('#')) (current ??= []).push(line);
  }
  return parts;
}

/** The blocks of commands of a runbook. Blocks in a language, such as queries, are something else. */
export function readBlocks(page: string): readonly ReadonlyMap<Deployment, readonly string[]>[] {
  const text = readFileSync(join(runbookFolder, page), 'utf8');
  const blocks = Array.from(text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm), ([, language, block = '']) => ({
    language,
    block,
  }));
  return blocks.filter(({ language }) => language === '').map(({ block }) => readBlock(block));
}

/** Every command of the runbooks, and of the table in their README. */
export function readCommands(): readonly RunbookCommand[] {
  const lines = listRunbooks().flatMap((page) =>
    readBlocks(page).flatMap((parts) => Array.from(parts.values(), (some) => some.map((line) => ({ page, line })))),
  );
  const readme = readFileSync(join(runbookFolder, 'README.md'), 'utf8');
  const cells = Array.from(
    readme.matchAll(/`((?:docker|kubectl|make|node|curl|kill|java|MATHMILL_\w+=)[^`]*)`/g),
    ([, line = '']) => ({
      page: 'README.md',
      line,
    }),
  );
  return [...lines.flat(), ...cells].flatMap(({ page, line }) =>
    splitCommands(line).map((words) => ({ page, line, words })),
  );
}

/** The commands of a line, without the variables that are set for them. Only the quoting that the pages use is known. */
export function splitCommands(line: string): readonly Words[] {
  const commands: string[][] = [[]];
  for (const [, operator, ...parts] of line.matchAll(/(\||&&|;)|'([^']*)'|"([^"]*)"|((?:[^\s'"|;&]|=(?=['"]))+)/g)) {
    if (operator === undefined) commands.at(-1)?.push(parts.find((part) => part !== undefined) ?? '');
    else commands.push([]);
  }
  return commands.map((words) => words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word))));
}

/** The command that is run inside a container, or undefined. */
export function findInner(words: Words): Words | undefined {
  if (!words.includes('exec')) return undefined;
  const index = words.findIndex((word) => word.startsWith('/opt/kafka/bin/') || innerPrograms.has(word));
  return index < 1 ? undefined : words.slice(index);
}

const innerPrograms = new Set(['node', 'mongosh', 'df']);

/** The tool of Kafka that a command runs, with its options. */
export function findKafkaTool(words: Words): { readonly script: string; readonly options: Words } | undefined {
  const index = words.findIndex(
    (word) => word.startsWith('/opt/kafka/bin/') || Object.values(kafkaClasses).includes(word),
  );
  const name = words[index];
  if (name === undefined) return undefined;
  const script = Object.keys(kafkaClasses).find((one) => name.endsWith(`/${one}`) || kafkaClasses[one] === name);
  const options = words.slice(index + 1).filter((word) => word.startsWith('--'));
  return { script: script ?? name, options };
}
