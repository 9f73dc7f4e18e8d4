/** The modules that the local stack builds with Go have one version each, with a known hash, so a build resolves nothing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';

const stack = resolve(import.meta.dirname, '../../deploy/local-stack');
const programs = [
  ['prometheus', 'github.com/prometheus/prometheus', ['cmd/prometheus', 'cmd/promtool']],
  ['jaeger', 'github.com/jaegertracing/jaeger', ['cmd/jaeger']],
] as const;

describe('programs that are built from the Go module proxy', () => {
  for (const [folder, module, packages] of programs) {
    const pins = readFileSync(join(stack, folder, 'go.mod'), 'utf8');
    const hashes = readFileSync(join(stack, folder, 'go.sum'), 'utf8');

    it(`${folder}: the tools of its go.mod`, () => {
      const tools = Array.from(pins.matchAll(/^tool (\S+)$/gm), ([, tool = '']) => tool);
      assert.deepEqual(
        tools,
        packages.map((path) => `${module}/${path}`),
      );
      assert.match(pins, /^go 1\.\d+\.\d+$/m);
    });

    it(`${folder}: the hash of every module that it may be built from is known`, () => {
      const modules = Array.from(pins.matchAll(/^\t(\S+ v\S+)/gm), ([, line = '']) => line);
      assert.ok(modules.some((line) => line.startsWith(`${module} v`)));
      const unknown = modules.filter((line) => !hashes.includes(`${line}/go.mod h1:`));
      assert.deepEqual(unknown, []);
      assert.ok(!/^replace |=>/m.test(pins), 'what is replaced is not what its authors released');
    });
  }
});
