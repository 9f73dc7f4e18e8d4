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

async function readHelp(command?: string): Promise<string> {
  const { stdout } = await execute(process.execPath, [program, 'help', ...(command === undefined ? [] : [command])]);
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

export async function describeCommands(): Promise<string> {
  const overview = await readHelp();
  const sections = [section('mathmill', overview)];
  for (const name of commandNames(overview)) sections.push(section(`mathmill ${name}`, await readHelp(name)));
  return `${[introduction, ...sections].join('\n\n')}\n`;
}
