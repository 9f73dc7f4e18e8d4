/**
 * Runs the tests with coverage and compares the share of covered lines of each core folder with its floor. Worker threads
 * and child processes count too. What is not reached is listed, so that one sees where to look.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Per cent of lines. */
const floor = 90;
/** The adapters of the cluster run their conformance suites against real servers (make test-distributed), not here. */
const folders = ['src/expression', 'src/jobs', 'src/engine', 'src/store/sqlite'];
/**
 * The tests that reach the core. Those of whole processes are left out, since they are slow under coverage, and so is the
 * corpus of hostile lines, which takes minutes to reach what others reach.
 */
const tests = [
  'test/{jobs,engine,simulation,store,bus,evaluator-pool}/**/*.test.ts',
  'test/expression/*.test.ts',
  'test/expression/!(properties)/**/*.test.ts',
  'test/expression/properties/!(hostile-corpus)*.test.ts',
];

interface FileCoverage {
  readonly path: string;
  readonly lines: number;
  readonly missed: readonly number[];
}

function runTests(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mathmill-coverage-'));
  const report = join(folder, 'lcov.info');
  try {
    const result = spawnSync(
      process.execPath,
      [
        '--import',
        './test/property-seed.ts',
        '--test',
        '--test-concurrency=2',
        // A file that never ends is named, and does not block the others.
        '--test-timeout=1500000',
        '--experimental-test-coverage',
        ...folders.map((path) => `--test-coverage-include=${path}/**`),
        '--test-reporter=lcov',
        `--test-reporter-destination=${report}`,
        '--test-reporter=dot',
        '--test-reporter-destination=stdout',
        ...tests,
      ],
      { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, SIMULATION_SEEDS: '100' } },
    );
    if (result.status !== 0) throw new Error(`the tests failed (exit code ${result.status})`);
    return readFileSync(report, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads the tracefile format of lcov (geninfo(1)): SF names the file, DA:line,count its lines. */
function readReport(report: string): FileCoverage[] {
  return report
    .split('end_of_record')
    .filter((record) => record.includes('SF:'))
    .map((record) => {
      const path = /SF:(.*)/.exec(record)?.[1] ?? '';
      const counts = Array.from(
        record.matchAll(/^DA:(\d+),(\d+)/gm),
        ([, line, count]) => [Number(line), Number(count)] as const,
      );
      return { path, lines: counts.length, missed: counts.filter(([, count]) => count === 0).map(([line]) => line) };
    });
}

const files = readReport(runTests());
for (const folder of folders) {
  const inside = files.filter(({ path }) => path.startsWith(`${folder}/`));
  const lines = inside.reduce((sum, file) => sum + file.lines, 0);
  const missed = inside.reduce((sum, file) => sum + file.missed.length, 0);
  const covered = lines === 0 ? 0 : (100 * (lines - missed)) / lines;
  console.log(`${folder}: ${covered.toFixed(1)} % of ${lines} lines`);
  for (const file of inside) {
    const share = (100 * (file.lines - file.missed.length)) / file.lines;
    if (share < floor) console.log(`  ${file.path}: ${share.toFixed(1)} %, not reached: ${file.missed.join(' ')}`);
  }
  if (covered < floor) {
    console.log(`  below the floor of ${floor} %`);
    process.exitCode = 1;
  }
}
