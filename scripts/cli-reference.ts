/** docs/cli.md: the help of every command, as the command itself prints it into a pipe, 80 columns wide. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../bin/mathmill.mjs', import.meta.url));
const execute = promisify(execFile);

const introduction = `# Command-line reference

The help of every command, written from the commands by \`make docs\`. \`mathmill help COMMAND\` prints the same.
[Commands](commands.md) is the guide: many files, complete results, corrections, and all exit codes. In a clone the command is
\`node bin/mathmill.mjs\`; \`npm link\` puts it on your path.`;

async function readHelp(name: readonly string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [program, ...name, '--help']);
  return stdout.trimEnd();
}

/** The commands that the help lists, except for `help` itself. */
export function commandNames(help: string): string[] {
  const list = /^Commands:\n((?: {2}.*\n)+)/m.exec(help)?.[1] ?? '';
  const names = Array.from(list.matchAll(/^ {2}([a-z]+)/gm), ([, name = '']) => name);
  return names.filter((name) => name !== 'help');
}

function section(title: string, help: string): string {
  return `## ${title}\n\n\`\`\`text\n${help}\n\`\`\``;
}

/** The help of a command and of those below it. */
async function describeCommand(name: readonly string[]): Promise<string[]> {
  const help = await readHelp(name);
  const sections = [section(['mathmill', ...name].join(' '), help)];
  for (const below of commandNames(help)) sections.push(...(await describeCommand([...name, below])));
  return sections;
}

export async function describeCommands(): Promise<string> {
  return `${[introduction, ...(await describeCommand([]))].join('\n\n')}\n`;
}
