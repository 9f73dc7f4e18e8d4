/**
 * Programs that compute a column of a CSV file, for the comparison with tables. What the package registries of Python and
 * Debian have is fetched into the cache, outside of the checkout and without touching what is installed on the machine.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildOnce } from '../../deploy/local-stack/build-cache.ts';
import { runProgram } from '../../deploy/local-stack/programs.ts';
import { findProgram } from './peer-servers.ts';

const peersFolder = resolve(import.meta.dirname, '..', 'peers');

/** A command line that writes the result either to the file `output` or to its standard output. */
export interface TablePeer {
  readonly name: string;
  readonly writesTo: 'output' | 'stdout';
  command(input: string, output: string): readonly [program: string, ...parameters: string[]];
  readonly environment?: Readonly<Record<string, string>>;
}

type Say = (text: string) => void;

const pythonPeers = {
  'duckdb-decimal': 'DuckDB DECIMAL, as written',
  'duckdb-rewritten': 'DuckDB DECIMAL, vat * 0.01',
  'duckdb-double': 'DuckDB DOUBLE',
  'polars-float': 'Polars Float64',
  'polars-decimal': 'Polars Decimal, as written',
  pandas: 'pandas',
  'python-decimal': 'Python csv + decimal',
} as const;

/** The name of the peer that the target is about. */
export const duckdbAsWritten = pythonPeers['duckdb-decimal'];
export const millerName = 'Miller';

/** All that can be had on this machine; says of the others why not. */
export async function findTablePeers(say: Say): Promise<TablePeer[]> {
  return [...(await findPythonPeers(say)), ...(await findMiller(say)), ...findAwk(say)];
}

async function findPythonPeers(say: Say): Promise<TablePeer[]> {
  const python = await findPython();
  const named = Object.values(pythonPeers).join('; ');
  if (python === undefined) {
    say(`Python 3 is not installed (apt-get install python3): left out: ${named}.`);
    return [];
  }
  const packages = await obtainPackages(python).catch((error: unknown) => {
    say(`pip cannot install bench/peers/requirements.txt: left out: ${named}.\n${String(error)}`);
    return undefined;
  });
  if (packages === undefined) return [];
  return Object.entries(pythonPeers).map(([program, name]) => ({
    name,
    writesTo: 'output',
    command: (input, output) => [python, join(peersFolder, 'tables.py'), program, input, output],
    environment: { PYTHONPATH: packages },
  }));
}

/**
 * Python itself: what is on the PATH may be a script of a version manager, whose start takes as long as that of Python and
 * would be counted as those of the comparison systems.
 */
async function findPython(): Promise<string | undefined> {
  const found = findProgram('python3');
  if (found === undefined) return undefined;
  return (await runProgram(found, ['-c', 'import sys; print(sys.executable)'], {})).trim();
}

/** The folder with Python's packages in the versions of the requirements, for this Python. */
async function obtainPackages(python: string): Promise<string> {
  const requirements = join(peersFolder, 'requirements.txt');
  const version = await runProgram(python, ['--version'], {});
  const digest = createHash('sha256').update(readFileSync(requirements)).update(version).digest('hex').slice(0, 12);
  return buildOnce(`bench-tables-${digest}`, async (folder) => {
    const options = ['--disable-pip-version-check', '--quiet', '--no-deps', '--only-binary=:all:'];
    await runProgram(
      python,
      ['-m', 'pip', 'install', ...options, '--target', folder, '--requirement', requirements],
      {},
    );
  });
}

async function findMiller(say: Say): Promise<TablePeer[]> {
  const program = findProgram('mlr') ?? (await obtainMiller(say));
  if (program === undefined) return [];
  const assignment = '$total = $price * $qty * (1 + $vat / 100)';
  return [
    {
      name: millerName,
      writesTo: 'stdout',
      command: (input) => [program, '--icsv', '--ocsv', 'put', assignment, input],
    },
  ];
}

/** Fetched and unpacked, not installed, which needs no rights on the machine. */
async function obtainMiller(say: Say): Promise<string | undefined> {
  try {
    const folder = await buildOnce('bench-tables-miller', async (target) => {
      await runProgram('apt-get', ['download', 'miller'], { directory: target });
      const file = (await readdir(target)).find((name) => name.endsWith('.deb')) ?? '';
      await runProgram('dpkg-deb', ['--extract', join(target, file), target], {});
    });
    return join(folder, 'usr', 'bin', 'mlr');
  } catch {
    say('Miller is not installed (apt-get install miller): left out.');
    return undefined;
  }
}

function findAwk(say: Say): TablePeer[] {
  const program = findProgram('mawk');
  if (program === undefined) {
    say('mawk is not installed (apt-get install mawk): left out.');
    return [];
  }
  const script = 'NR == 1 { print $0 ",total"; next } { printf "%s,%.17g\\n", $0, $2 * $3 * (1 + $4 / 100) }';
  return [{ name: 'mawk, %.17g', writesTo: 'stdout', command: (input) => [program, '-F,', script, input] }];
}
