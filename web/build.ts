/**
 * Builds the page into dist/: one script and one style sheet with a hash of their content in the name, so that browsers
 * may keep them forever, the document that refers to them, and compressed copies of each next to it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const source = join(import.meta.dirname, 'src');
const output = join(import.meta.dirname, 'dist');

interface Bundle {
  /** Names of the script and the style sheet. */
  readonly names: readonly string[];
  /** Packages of which a part is in them. */
  readonly packages: readonly string[];
}

async function bundle(): Promise<Bundle> {
  const { metafile } = await build({
    entryPoints: { app: join(source, 'main.tsx') },
    outdir: output,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    // Nothing of the page is global.
    format: 'iife',
    // Two years of browsers; `CompressionStream` and others that came later are looked for before they are used.
    target: ['chrome120', 'firefox121', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // LICENSES.txt has all of them.
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  return {
    names: Object.keys(metafile.outputs).map((path) => basename(path)),
    packages: listPackages(Object.keys(metafile.inputs)),
  };
}

function listPackages(paths: readonly string[]): string[] {
  const names = paths.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return Array.from(new Set(names.filter((name) => name !== undefined))).toSorted();
}

/** Bundled packages are passed on, so their licenses are, too. */
function writeLicenses(packages: readonly string[]): void {
  const texts = packages.map((name) => {
    const folder = join(import.meta.dirname, 'node_modules', name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no license`);
    return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  writeFileSync(join(output, 'LICENSES.txt'), texts.join('\n----\n\n'));
}

function find(names: readonly string[], extension: string): string {
  const name = names.find((name) => name.endsWith(extension));
  if (name === undefined) throw new Error(`the build has no ${extension}`);
  return name;
}

function writeDocument(names: readonly string[]): void {
  const template = readFileSync(join(source, 'index.html'), 'utf8');
  const text = template
    .replace('{{script}}', find(names, '.js'))
    .replace('{{style}}', find(names, '.css'))
    .replaceAll(/>\s+</g, '><');
  writeFileSync(join(output, 'index.html'), text);
}

/** Compressed here once and as small as it gets, since a server would do it for each visitor. */
function compress(name: string): void {
  const bytes = readFileSync(join(output, name));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(join(output, `${name}.br`), brotliCompressSync(bytes, { params }));
  writeFileSync(join(output, `${name}.gz`), gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
}

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
const { names, packages } = await bundle();
writeLicenses(packages);
writeFileSync(join(output, 'favicon.svg'), readFileSync(join(source, 'favicon.svg')));
// Last: a document without the files that it refers to would be worse than none.
writeDocument(names);
for (const name of [...names, 'favicon.svg', 'index.html']) compress(name);
