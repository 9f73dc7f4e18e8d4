/**
 * Builds programs from the Go module proxy. A folder with `go.mod` and `go.sum` says which: the versions of all that they
 * consist of and the hashes of what is fetched, so that nothing is resolved at a build. The Go that builds them is the
 * one that `go.mod` names, which the `go` of this machine (1.21 or newer) fetches when it is another.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';

import { buildOnce, isCached } from './build-cache.ts';
import { requirePrograms, runProgram, type ProgramName } from './programs.ts';

export interface GoPrograms {
  /** Holds `go.mod`, which names the programs as its tools, and `go.sum`. */
  readonly folder: string;
  /** The module whose version is the version of all of them. */
  readonly module: string;
  readonly tags: readonly string[];
  /** A remark for the person who waits, such as the time that the build takes. */
  readonly remark: string;
}

interface Pins {
  readonly version: string;
  readonly toolchain: string;
  readonly packages: readonly string[];
}

export function programsForGo(programs: GoPrograms): ProgramName[] {
  return isCached(cacheName(programs)) ? [] : ['go'];
}

/** Answers with the folder where the programs are, each under the last part of its package's path. */
export async function installGoPrograms(programs: GoPrograms, report: (message: string) => void): Promise<string> {
  await requirePrograms(programsForGo(programs));
  const { version, toolchain, packages } = readPins(programs);
  return buildOnce(cacheName(programs), async (directory) => {
    const names = packages.map((path) => posix.basename(path)).join(' and ');
    report(`Building ${names} (${version}) with Go; once, ${programs.remark}.`);
    const flags = [
      '-mod=readonly',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags=-s -w',
      `-tags=${programs.tags.join(',')}`,
    ];
    await runProgram('go', ['build', ...flags, '-o', `${directory}/`, ...packages], {
      directory: programs.folder,
      // A workspace around the checkout has no say.
      environment: { GOTOOLCHAIN: toolchain, GOWORK: 'off' },
    });
  });
}

/** Another pin or another tag is another build. */
function cacheName(programs: GoPrograms): string {
  const hash = createHash('sha256').update(programs.tags.join(','));
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(programs.folder, file)));
  return `${basename(programs.folder)}-${readPins(programs).version}-${hash.digest('hex').slice(0, 12)}`;
}

function readPins({ folder, module }: GoPrograms): Pins {
  const text = readFileSync(join(folder, 'go.mod'), 'utf8');
  const packages = Array.from(text.matchAll(/^tool (\S+)$/gm), ([, path = '']) => path);
  const version = text
    .split('\n')
    .find((line) => line.trim().startsWith(`${module} v`))
    ?.trim()
    .split(' ')[1];
  const goVersion = /^go (\S+)$/m.exec(text)?.[1];
  if (version === undefined || goVersion === undefined || packages.length === 0) {
    throw new Error(`${folder}/go.mod does not say what to build.`);
  }
  return { version, toolchain: `go${goVersion}`, packages };
}
