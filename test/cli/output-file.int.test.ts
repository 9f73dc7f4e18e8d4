/** Files of results on a real disk: whole or not there at all. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openOutputFile } from '../../src/cli/output-file.ts';
import { createFolder } from './mathmill.ts';

const inputPath = 'rows.csv';

describe('a file of results', () => {
  it('is not there before it is complete, and holds everything then', async (context) => {
    const folder = await createFolder(context);
    const path = join(folder, 'out.csv');
    const file = await openOutputFile(path, inputPath);
    await file.write('a,b\n');
    await file.write(Buffer.from('1,2\n'));
    assert.ok(!(await readdir(folder)).includes('out.csv'));
    await file.commit();
    assert.deepEqual(await readdir(folder), ['out.csv']);
    assert.equal(await readFile(path, 'utf8'), 'a,b\n1,2\n');
    await file.discard();
    assert.equal(await readFile(path, 'utf8'), 'a,b\n1,2\n');
  });

  it('keeps what was there when it is discarded', async (context) => {
    const folder = await createFolder(context);
    const path = join(folder, 'out.csv');
    await writeFile(path, 'before');
    const file = await openOutputFile(path, inputPath);
    await file.write('half of it');
    await file.discard();
    assert.deepEqual(await readdir(folder), ['out.csv']);
    assert.equal(await readFile(path, 'utf8'), 'before');
  });

  it('keeps the permissions of the file that it replaces, and the link that names it', async (context) => {
    const folder = await createFolder(context);
    const target = join(folder, 'target.csv');
    await writeFile(target, 'before');
    await chmod(target, 0o640);
    await mkdir(join(folder, 'links'));
    const path = join(folder, 'links', 'out.csv');
    await symlink(target, path);
    const file = await openOutputFile(path, inputPath);
    await file.write('after');
    await file.commit();
    assert.equal(await readlink(path), target);
    assert.equal(await readFile(target, 'utf8'), 'after');
    assert.equal((await stat(target)).mode & 0o777, 0o640);
    assert.deepEqual((await readdir(folder)).toSorted(), ['links', 'target.csv']);
  });

  it('is refused where it is the input, also by another name', async (context) => {
    const folder = await createFolder(context);
    const input = join(folder, 'rows.csv');
    await writeFile(input, 'a\n1\n');
    const other = join(folder, 'other.csv');
    await symlink(input, other);
    for (const path of [input, other, join(folder, '.', 'rows.csv')]) {
      await assert.rejects(openOutputFile(path, input), /is the input itself: give another name/);
    }
    assert.equal(await readFile(input, 'utf8'), 'a\n1\n');
  });

  it('is refused where nothing can be written', async (context) => {
    const folder = await createFolder(context);
    await assert.rejects(openOutputFile(folder, inputPath), /it is a directory/);
    await assert.rejects(openOutputFile(join(folder, 'no', 'out.csv'), inputPath), /there is no such folder/);
  });

  it('is written directly where it is no file', async () => {
    const file = await openOutputFile('/dev/null', inputPath);
    await file.write('1\n');
    await file.commit();
    assert.ok((await stat('/dev/null')).isCharacterDevice());
  });

  it('leaves nothing behind when a signal ends the process', async (context) => {
    const folder = await createFolder(context);
    const module = new URL('../../src/cli/output-file.ts', import.meta.url).href;
    const script = `
      const { openOutputFile } = await import(${JSON.stringify(module)});
      const file = await openOutputFile(${JSON.stringify(join(folder, 'out.csv'))}, '-');
      await file.write('half');
      console.log('written');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    assert.equal((await readdir(folder)).length, 1);
    child.kill('SIGTERM');
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGTERM');
    assert.deepEqual(await readdir(folder), []);
  });
});
