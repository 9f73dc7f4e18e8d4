/** init-replica-set.js against a mongosh of our own: its calls at a first start, at a later one, and under trouble. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { createContext, Script } from 'node:vm';

const path = join(resolve(import.meta.dirname, '../..'), 'deploy/mongo/init-replica-set.js');
const script = new Script(readFileSync(path, 'utf8'), { filename: path });

interface World {
  /** The name of the set that `hello` returns before any change. */
  setName?: string;
  /** Calls that fail, each with how often. */
  failures: Map<string, { times: number; code?: number }>;
  hasUser: boolean;
  calls: string[];
}

function world(changes: Partial<World> = {}): World {
  return { failures: new Map(), hasUser: false, calls: [], ...changes };
}

function run(state: World): void {
  let now = 0;
  function call(name: string, detail = ''): void {
    state.calls.push(detail === '' ? name : `${name} ${detail}`);
    const failure = state.failures.get(name);
    if (failure === undefined || failure.times === 0) return;
    failure.times -= 1;
    throw Object.assign(new Error(`${name} failed`), { code: failure.code });
  }
  const database = (name: string) => ({
    hello: () => ({ setName: state.setName, isWritablePrimary: true }),
    getSiblingDB: (other: string) => database(other),
    auth: (user: string, password: string) => call('auth', `${name} ${user} ${password}`),
    getUser: (user: string) => {
      call('getUser', `${name} ${user}`);
      return state.hasUser ? { user } : null;
    },
    createUser: ({ user, pwd, roles }: { user: string; pwd: string; roles: unknown }) =>
      call('createUser', `${name} ${user} ${pwd} ${JSON.stringify(roles)}`),
    updateUser: (user: string, { pwd, roles }: { pwd: string; roles: unknown }) =>
      call('updateUser', `${name} ${user} ${pwd} ${JSON.stringify(roles)}`),
  });
  script.runInContext(
    createContext({
      db: database('admin'),
      rs: { initiate: ({ members }: { members: unknown[] }) => call('initiate', `${members.length} members`) },
      connect: (uri: string) => {
        call('connect', uri);
        return database('admin');
      },
      sleep: (ms: number) => (now += ms),
      print: () => undefined,
      Date: { now: () => now },
      require: () => ({ readFileSync: (file: string) => `${file.slice(file.lastIndexOf('/') + 1)}\n` }),
    }),
  );
}

const connecting =
  'connect mongodb://root:root-password@mongo-1:27017,mongo-2:27017,mongo-3:27017/admin?replicaSet=mathmill&serverSelectionTimeoutMS=5000';
const making = [
  'auth admin root root-password',
  'initiate 3 members',
  connecting,
  'getUser mathmill mathmill',
  'createUser mathmill mathmill application-password [{"role":"readWrite","db":"mathmill"}]',
  'getUser admin backup',
  'createUser admin backup backup-password [{"role":"backup","db":"admin"}]',
];

describe('init-replica-set.js', () => {
  it('makes the set, a user that can only read and write its own database, and one that can only make backups', () => {
    const state = world();
    run(state);
    assert.deepEqual(state.calls, making);
  });

  it('leaves a set as it is, and gives the users the passwords that are valid now', () => {
    const state = world({ setName: 'mathmill', hasUser: true });
    run(state);
    assert.deepEqual(state.calls, [
      connecting,
      'getUser mathmill mathmill',
      'updateUser mathmill mathmill application-password [{"role":"readWrite","db":"mathmill"}]',
      'getUser admin backup',
      'updateUser admin backup backup-password [{"role":"backup","db":"admin"}]',
    ]);
  });

  it('is content when another has made the set meanwhile', () => {
    const state = world({ failures: new Map([['initiate', { times: 1, code: 23 }]]) });
    run(state);
    assert.deepEqual(state.calls, making);
  });

  it('repeats what fails for a while', () => {
    const state = world({
      failures: new Map([
        ['auth', { times: 3 }],
        ['connect', { times: 5 }],
        ['createUser', { times: 2 }],
      ]),
    });
    run(state);
    const count = (name: string): number => state.calls.filter((call) => call.split(' ')[0] === name).length;
    assert.deepEqual([count('auth'), count('initiate'), count('connect'), count('createUser')], [4, 1, 6, 4]);
  });

  it('fails when it cannot do it in time', () => {
    const state = world({ failures: new Map([['connect', { times: Number.POSITIVE_INFINITY }]]) });
    assert.throws(() => run(state), /connect failed/);
    assert.ok(state.calls.length < 1_000);
  });
});
