/**
 * Every command of the runbooks names options, targets and subcommands that its program has. Our own programs are asked for
 * their help; of kubectl, docker and small tools there is a list of what is known to exist. The tools of Kafka are asked in
 * runbook-commands.distributed.ts.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  deployments,
  findInner,
  findKafkaTool,
  kafkaClasses,
  listRunbooks,
  readBlocks,
  readCommands,
  root,
  splitCommands,
  type Words,
} from './runbook-commands.ts';

/** By the words that follow the program; an option of the program itself is under ''. */
const knownOptions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  docker: {
    'compose ps': ['--all'],
    'compose logs': ['--since', '--tail'],
    'compose exec': ['-e'],
    'compose restart': [],
    'compose up': ['--detach', '--wait'],
    'compose stop': [],
    'compose stats': ['--no-stream'],
    'compose images': [],
    inspect: ['--format'],
    logs: ['--tail'],
    start: [],
    exec: [],
    'system df': ['--verbose'],
  },
  kubectl: {
    get: ['-n', '-o'],
    logs: ['-n', '-l', '--prefix', '--since', '--tail', '--previous'],
    describe: ['-n'],
    delete: ['-n'],
    exec: ['-n', '-c'],
    top: ['-n'],
    'port-forward': ['-n'],
    'rollout restart': ['-n'],
    'rollout status': ['-n', '--timeout'],
    'rollout undo': ['-n'],
    'set resources': ['-n', '--limits', '--requests'],
    annotate: ['-n', '--overwrite'],
    patch: ['-n', '--type', '--patch'],
  },
  mongosh: { '': ['--quiet', '--eval'] },
  curl: { '': ['-sS', '-m'] },
  grep: { '': ['-E'] },
  df: { '': ['-h'] },
  du: { '': ['-sh'] },
  ps: { '': ['-o', '-C'] },
  kill: { '': [] },
  java: { '': ['-cp'] },
};

const makefile = readFileSync(join(root, 'Makefile'), 'utf8');
const helps = new Map<string, string>();

function readHelp(program: string, ...words: Words): string {
  const key = [program, ...words].join(' ');
  const help = helps.get(key) ?? spawnSync('node', [join(root, program), ...words], { encoding: 'utf8' });
  const text = typeof help === 'string' ? help : `${help.stdout}${help.stderr}`;
  helps.set(key, text);
  return text;
}

function optionsOf(words: Words): Words {
  return words.filter((word) => /^--?[a-zA-Z]/.test(word)).map((word) => word.replace(/=.*$/s, ''));
}

function checkKnown(program: string, words: Words): readonly string[] {
  const commands = knownOptions[program] ?? {};
  // Options of kubectl may stand before its subcommand, and take a value.
  const plain = words.filter((word, index) => !word.startsWith('-') && !/^-[nclo]$/.test(words[index - 1] ?? ''));
  const found = [plain.slice(0, 2).join(' '), plain[0] ?? '', ''].find((name) => commands[name] !== undefined);
  if (found === undefined) return [`${program} ${plain.slice(0, 2).join(' ')} is not known`];
  return optionsOf(words)
    .filter((option) => !commands[found]?.includes(option))
    .map((option) => `${program} ${found} has no option ${option}`);
}

function checkMathmill([command = '', ...words]: Words): readonly string[] {
  const help = readHelp('bin/mathmill.mjs', command, '--help');
  if (!help.startsWith(`Usage: mathmill ${command} `)) return [`mathmill has no command ${command}`];
  return optionsOf(words)
    .filter((option) => !new RegExp(`^ +(?:-\\w, )?${option}(?![\\w-])`, 'm').test(help))
    .map((option) => `mathmill ${command} has no option ${option}`);
}

function checkMake(words: Words): readonly string[] {
  return words.flatMap((word) => {
    const [name = ''] = word.split('=');
    const isThere = word.includes('=')
      ? makefile.includes(`$(${name})`) || makefile.includes(`$(if $(${name})`)
      : new RegExp(`^${word}:`, 'm').test(makefile);
    return isThere ? [] : [`make has no ${word}`];
  });
}

function checkNode([script = '', command = '']: Words): readonly string[] {
  if (script === '/app/healthcheck.mjs' || script === '-p') return [];
  if (script !== 'deploy/local-stack/main.ts') return [`node runs ${script}`];
  return new RegExp(`^  ${command} `, 'm').test(readHelp(script)) ? [] : [`the local stack has no command ${command}`];
}

function checkCommand(words: Words): readonly string[] {
  const [program = '', ...rest] = words;
  if (program === 'uptime' || program.startsWith('/opt/kafka/bin/')) return [];
  if (program === 'mathmill') return checkMathmill(rest);
  if (program === 'make') return checkMake(rest);
  if (program === 'node') return checkNode(rest);
  const tool = findKafkaTool(words);
  if (tool !== undefined && kafkaClasses[tool.script] === undefined) return [`${tool.script} is not known`];
  const inner = findInner(words);
  const outer = program === 'java' ? rest.slice(0, 2) : inner === undefined ? rest : words.slice(1, -inner.length);
  if (knownOptions[program] === undefined) return [`${program} is not known`];
  return [...checkKnown(program, outer), ...(inner === undefined ? [] : checkCommand(inner))];
}

describe('the commands of the runbooks', () => {
  const commands = readCommands();

  for (const page of new Set(commands.map((command) => command.page))) {
    it(page, () => {
      const problems = commands
        .filter((command) => command.page === page)
        .flatMap(({ line, words }) => checkCommand(words).map((problem) => `${line}: ${problem}`));
      assert.deepEqual(problems, []);
    });
  }

  for (const page of listRunbooks()) {
    it(`${page} has some for each deployment`, () => {
      const blocks = readBlocks(page);
      assert.ok(blocks.length > 0);
      for (const block of blocks) {
        assert.deepEqual(Array.from(block.keys()), deployments);
        for (const [deployment, lines] of block) assert.ok(lines.length > 0, deployment);
      }
    });
  }

  it('name the jars of Kafka and its cache as the local stack does', () => {
    const install = readFileSync(join(root, 'deploy/local-stack/install-kafka.ts'), 'utf8');
    const version = /kafkaVersion = '([\d.]+)'/.exec(install)?.[1];
    for (const { line, words } of commands.filter(({ words }) => words[0] === 'java'))
      assert.equal(words[2], `$HOME/.cache/mathmill/kafka-${version}/jars/*`, line);
  });

  it('search logs for messages that there are', () => {
    const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
      .join('\n');
    const messages = Array.from(source.matchAll(/['`][A-Za-z$][^'`\n]{6,}['`]/g), ([text]) => text);
    const patterns = new Set(commands.flatMap(({ words }) => (words[0] === 'grep' ? [words[2] ?? ''] : [])));
    assert.ok(patterns.size >= 6);
    for (const pattern of patterns) {
      // Each of the alternatives has to find something, such as those of `request (failed|could not be served)`.
      const [, start = '', inner = pattern, end = ''] = /^([^(]*)\(([^)]*)\)(.*)$/.exec(pattern) ?? [];
      for (const part of inner.split('|')) {
        const expression = new RegExp(start + part + end);
        assert.ok(
          messages.some((message) => expression.test(message)),
          `${pattern}: ${part}`,
        );
      }
    }
  });

  it('are more than a few', () => assert.ok(commands.length > 200, `${commands.length}`));
});

describe('the check finds', () => {
  const wrong: readonly [line: string, problem: RegExp][] = [
    ['docker compose logs --last 15m kafka-1', /no option --last/],
    ['docker compose kill kafka-1', /compose kill is not known/],
    ['docker compose exec kafka-1 mongosh --silent', /mongosh  has no option --silent/],
    ['docker compose exec kafka-1 /opt/kafka/bin/kafka-foo.sh --list', /kafka-foo\.sh is not known/],
    ['kubectl -n kafka logs --since-when 3m', /no option --since-when/],
    ['kubectl -n kafka drain NODE', /drain NODE is not known/],
    ['mathmill delete --finished --older 2d', /no option --older/],
    ['mathmill remove JOB_ID', /no command remove/],
    ['make stack-begin', /no stack-begin/],
    ['make stack-stop CLEANLY=1', /no CLEANLY=1/],
    ['node deploy/local-stack/main.ts show kafka-1', /no command show/],
    ['docker compose ps | sed -n 1p', /sed is not known/],
  ];
  for (const [line, problem] of wrong)
    it(line, () => assert.match(splitCommands(line).flatMap(checkCommand).join('\n'), problem));
});
