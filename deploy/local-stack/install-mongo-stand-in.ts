/**
 * Builds the server that stands in for MongoDB: FerretDB v1.24.2 with a patch that makes its updates atomic, see
 * docs/contributing/local-stack.md. FerretDB and therefore the patched copy are under the Apache License 2.0; nothing of it is part
 * of Mathmill.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { buildOnce, isCached } from './build-cache.ts';
import { requirePrograms, runProgram, type ProgramName } from './programs.ts';

const moduleVersion = 'v1.24.2';
const patchFile = join(import.meta.dirname, 'ferretdb-1.24.2.patch');

/** The patch is part of the version: whoever changes it gets a new build. */
function cacheName(): string {
  const hash = createHash('sha256').update(readFileSync(patchFile)).digest('hex').slice(0, 12);
  return `mongo-stand-in-${moduleVersion}-${hash}`;
}

export function programsForMongoStandIn(): ProgramName[] {
  return isCached(cacheName()) ? [] : ['go', 'git'];
}

/** Answers with the path of the program. */
export async function installMongoStandIn(report: (message: string) => void): Promise<string> {
  await requirePrograms(programsForMongoStandIn());
  const directory = await buildOnce(cacheName(), async (directory) => {
    report(
      `Building the MongoDB stand-in (FerretDB ${moduleVersion}, patched) with Go; once, in one to three minutes.`,
    );
    const source = join(directory, 'source');
    await copyModule(source);
    // The build reads its own version from this file, which the module archive does not hold.
    await writeFile(join(source, 'build', 'version', 'version.txt'), `${moduleVersion}\n`);
    await runProgram('git', ['apply', '--unidiff-zero', '-p1', patchFile], {
      directory: source,
      // So that a repository around the cache folder has no say.
      environment: { GIT_CEILING_DIRECTORIES: directory },
    });
    await runProgram(
      'go',
      ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', join(directory, 'ferretdb'), './cmd/ferretdb'],
      { directory: source },
    );
    await rm(source, { recursive: true });
  });
  return join(directory, 'ferretdb');
}

/** The module cache is read-only and stays as it is: the patch goes to a copy. */
async function copyModule(target: string): Promise<void> {
  const output = await runProgram(
    'go',
    ['mod', 'download', '-json', `github.com/FerretDB/FerretDB@${moduleVersion}`],
    {},
  );
  const { Dir: source } = JSON.parse(output.slice(output.indexOf('{'))) as { readonly Dir: string };
  await cp(source, target, { recursive: true });
  await runProgram('chmod', ['-R', 'u+w', target], {});
}
