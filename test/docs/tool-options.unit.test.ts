/** The pages give kubectl, Docker and curl only options that these have, where they are installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { callsIn, findCalls, optionsIn, optionsOfHelp, type ToolCall } from './tool-calls.ts';

const helpTexts = new Map<string, string>();

/** The output of a program; empty where it is not installed. */
function read(program: string, parameters: readonly string[]): string {
  const call = [program, ...parameters].join(' ');
  const known = helpTexts.get(call);
  if (known !== undefined) return known;
  const { error, stdout } = spawnSync(program, parameters, { encoding: 'utf8' });
  helpTexts.set(call, error === undefined ? stdout : '');
  return helpTexts.get(call) ?? '';
}

/** The help of a subcommand; undefined where the program or the subcommand (a plugin of Docker) is not installed. */
function helpOf(program: string, names: readonly string[], parameters: readonly string[]): string | undefined {
  const text = read(program, parameters);
  return text.includes([program, ...names].join(' ')) ? text : undefined;
}

/** The first words that are neither options nor their values. */
function subcommand(words: readonly string[], depth: number): string[] {
  const names = words.filter((word, index) => !word.startsWith('-') && !isValue(words, index));
  return names.slice(0, depth);
}

/** The value of an option before it, such as the namespace of kubectl. */
function isValue(words: readonly string[], index: number): boolean {
  return ['-n', '--namespace'].includes(words[index - 1] ?? '');
}

interface Tool {
  readonly program: string;
  /** How many words name the subcommand of a call. */
  readonly depthOf: (words: readonly string[]) => number;
  readonly helpArguments: (names: readonly string[]) => string[];
  /** Options of every subcommand. */
  readonly common: readonly string[];
  readonly callsMin: number;
}

const twoWords = new Set(['rollout', 'create', 'compose', 'buildx', 'image', 'set', 'top', 'system']);
const threeWords = new Set(['imagetools', 'secret']);

function depthOf(words: readonly string[]): number {
  const names = subcommand(words, 3);
  if (threeWords.has(names[1] ?? '')) return 3;
  return twoWords.has(names[0] ?? '') ? 2 : 1;
}

const tools: readonly Tool[] = [
  {
    program: 'kubectl',
    depthOf,
    helpArguments: (names) => [...names, '--help'],
    common: ['-n', '--namespace'],
    callsMin: 10,
  },
  { program: 'docker', depthOf, helpArguments: (names) => [...names, '--help'], common: [], callsMin: 5 },
  { program: 'curl', depthOf: () => 0, helpArguments: () => ['--help', 'all'], common: [], callsMin: 5 },
];

/** `docker compose exec -e A=B service command -x`: words after the service are for the command. */
function ownWords({ words }: ToolCall): readonly string[] {
  const run = words.findIndex((word) => ['exec', 'run'].includes(word));
  if (run === -1) return words;
  const end = words.findIndex(
    (word, index) => index > run && !word.startsWith('-') && !/^-[evp]$|^--\w/.test(words[index - 1] ?? ''),
  );
  return end === -1 ? words : words.slice(0, end);
}

for (const { program, depthOf: depth, helpArguments, common, callsMin } of tools) {
  describe(`the calls of ${program} in the pages`, () => {
    const calls = findCalls(program);

    it('are found', () => {
      assert.ok(calls.length >= callsMin, String(calls.length));
    });

    for (const call of calls) {
      const own = ownWords(call);
      const names = subcommand(own, depth(own));
      it(`${call.page}: ${program} ${call.words.join(' ')}`, (t) => {
        const help = helpOf(program, names, helpArguments(names));
        if (help === undefined) return t.skip(`${program} ${names.join(' ')} is not installed here`);
        const known = optionsOfHelp(help);
        assert.ok(known.size > 0, help);
        assert.deepEqual(
          optionsIn(own).filter((option) => !known.has(option) && !common.includes(option)),
          [],
        );
      });
    }
  });
}

describe('calls and options', () => {
  it('are found in code, one call for each command', () => {
    const text =
      'x\n\n```sh\ncurl -sS --data "a -b" u | kubectl -n a get pods\n/opt/curl -m 5 \\\n  v; ls -l\n```\n\n`curl -X POST w` curl -Z';
    assert.deepEqual(callsIn(text, 'curl'), [
      ['-sS', '--data', 'Q', 'u'],
      ['-m', '5', 'v'],
      ['-X', 'POST', 'w'],
    ]);
    assert.deepEqual(optionsIn(['-sS', '--data=x', 'u', '--from-file']), ['-s', '-S', '--data', '--from-file']);
  });

  it('are known from a help text', () => {
    const help =
      "Use: -x\n\n -a, --alpha <file>  A text with --beta\n      --gamma  Third\n -d  Fourth\n    -k, --kustomize='':\n";
    assert.deepEqual([...optionsOfHelp(help)], ['-a', '--alpha', '--gamma', '-d', '-k', '--kustomize']);
  });
});
