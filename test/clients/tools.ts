/** The generators and what their clients need, fetched once per version and kept outside of the checkout. */
import { createHash } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce } from '../../deploy/local-stack/build-cache.ts';
import { runProgram, type RunOptions } from '../../deploy/local-stack/programs.ts';

const openApiGenerator = 'org.openapitools:openapi-generator-cli:7.25.0';
const copyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

const folderOf = (name: string): string => join(import.meta.dirname, name);

/** A cache name that changes with the contents of these files. */
async function nameOf(prefix: string, ...files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return `${prefix}-${hash.digest('hex').slice(0, 12)}`;
}

/** Runs Python with the packages of `python/requirements.txt`. */
export async function runPython(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const requirements = join(folderOf('python'), 'requirements.txt');
  const packages = await buildOnce(await nameOf('clients-python', requirements), async (directory) => {
    await runProgram('python3', ['-m', 'pip', 'install', '--quiet', '--target', directory, '-r', requirements], {});
  });
  const path = [packages, options.environment?.['PYTHONPATH']].filter((part) => part !== undefined).join(':');
  return runProgram('python3', args, { ...options, environment: { ...options.environment, PYTHONPATH: path } });
}

/**
 * A virtual environment with these requirements, and in its folder `wheels` those that packages of pure Python are installed from
 * without a network. One for each version of Python.
 */
export async function installPythonTools(requirements: string): Promise<string> {
  const version = (await runProgram('python3', ['-c', 'import sys; print(sys.version)'], {})).trim();
  const [, short = ''] = /^(\d+\.\d+)/.exec(version) ?? [];
  const identity = createHash('sha256').update(version).digest('hex').slice(0, 6);
  const name = await nameOf(`python-client-${short}-${identity}`, requirements);
  return buildOnce(name, async (directory) => {
    await runProgram('python3', ['-m', 'venv', directory], {});
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--quiet'];
    await runProgram(pythonOf(directory), [...pip, 'install', '-r', requirements], {});
    const constraints = ['--constraint', requirements, '--dest', join(directory, 'wheels')];
    await runProgram(pythonOf(directory), [...pip, 'download', ...constraints, 'httpx'], {});
  });
}

/** The Python of a virtual environment: also after its folder was renamed, other than the programs next to it. */
export function pythonOf(environment: string): string {
  return join(environment, 'bin', 'python');
}

/** A folder with the program of `typescript/` and its packages. */
export async function copyTypeScript(directory: string): Promise<void> {
  const source = folderOf('typescript');
  const files = ['package.json', 'package-lock.json'].map((name) => join(source, name));
  const installed = await buildOnce(await nameOf('clients-typescript', ...files), async (building) => {
    for (const name of ['package.json', 'package-lock.json']) await cp(join(source, name), join(building, name));
    await runProgram('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { directory: building });
  });
  await cp(installed, directory, { recursive: true, verbatimSymlinks: true });
  await cp(source, directory, { recursive: true });
}

/** A folder with the program of `go/`; Go keeps its own caches. */
export async function copyGo(directory: string): Promise<void> {
  await cp(folderOf('go'), directory, { recursive: true });
}

export async function runOpenApiGenerator(args: readonly string[]): Promise<string> {
  const [, name = '', version = ''] = openApiGenerator.split(':');
  const jar = `${name}-${version}`;
  const folder = await buildOnce(jar, async (directory) => {
    const artifact = [`-Dartifact=${openApiGenerator}`, `-DoutputDirectory=${directory}`];
    await runProgram('mvn', ['--batch-mode', '--no-transfer-progress', copyPlugin, ...artifact], {});
  });
  return runProgram('java', ['-jar', join(folder, `${jar}.jar`), ...args], {});
}
