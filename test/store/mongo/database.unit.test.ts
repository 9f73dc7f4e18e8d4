import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MongoClient } from 'mongodb';
import { noopLogger, StoreError, systemTime } from '../../../src/engine/index.ts';
import { createClient, openCollections, openDatabase, parseAddress } from '../../../src/store/mongo/database.ts';
import { createMongoStore } from '../../../src/store/mongo/index.ts';

describe('a connection string', () => {
  const addresses: [uri: string, hosts: string, database: string, options: string[]][] = [
    ['mongodb://localhost', 'localhost', 'mathmill', []],
    ['mongodb://localhost:27017/', 'localhost:27017', 'mathmill', []],
    ['mongodb://a:1,b:2,c:3/jobs?replicaSet=rs0&w=1', 'a:1,b:2,c:3', 'jobs', ['replicaset', 'w']],
    ['mongodb://user:p%40ss@a:1,b:2/jobs', 'a:1,b:2', 'jobs', []],
    ['mongodb+srv://user:pass@cluster.example.org/?maxPoolSize=5', 'cluster.example.org', 'mathmill', ['maxpoolsize']],
    ['mongodb://h?directConnection=true', 'h', 'mathmill', ['directconnection']],
    ['mongodb://[::1]:27017/my%20jobs', '[::1]:27017', 'my jobs', []],
  ];
  for (const [uri, hosts, database, options] of addresses) {
    it(`is read: ${uri}`, () => {
      assert.deepEqual(parseAddress(uri), { hosts, database, options: new Set(options) });
    });
  }

  it('is refused when the name of the database cannot be decoded', () => {
    assert.throws(() => parseAddress('mongodb://h/%zz'), /^StoreError: MONGODB_URI names a database with a "%"/);
  });

  for (const uri of ['', 'localhost:27017', 'http://localhost', 'mongodb://', 'mongodb:///jobs']) {
    it(`is refused: "${uri}"`, () => {
      assert.throws(() => parseAddress(uri), /MONGODB_URI is not a MongoDB connection string, which looks like/);
    });
  }

  for (const uri of [
    'mongodb://user:se/cret@host/jobs',
    'mongodb://user:se:cret@host:port/jobs',
    'mongodb://user:secret@host/jobs?maxPoolSize=many',
    'mongodb://user:secret@host/jobs?unknownOption=1',
    'mongodb://user:secret@host/jobs?authMechanism=WRONG',
  ]) {
    it(`is refused without its password in the message: ${uri}`, async () => {
      const store = createMongoStore({ time: systemTime, logger: noopLogger }, { uri });
      await assert.rejects(store.start(), (error) => {
        assert.ok(error instanceof StoreError);
        assert.equal(error.code, 'failed');
        assert.match(error.message, /MONGODB_URI/);
        assert.doesNotMatch(error.message, /cret/);
        assert.equal(error.cause, undefined);
        return true;
      });
      await store.stop();
    });
  }
});

describe('the options of the client', () => {
  async function optionsOf(uri: string): Promise<MongoClient['options']> {
    const client = createClient(uri, parseAddress(uri));
    await client.close();
    return client.options;
  }

  it('bound what the URI leaves open', async () => {
    const options = await optionsOf('mongodb://host/jobs');
    assert.equal(options.serverSelectionTimeoutMS, 2_000);
    assert.equal(options.socketTimeoutMS, 5_000);
    assert.equal(options.appName, 'mathmill');
  });

  it('leave to the URI what it says', async () => {
    const options = await optionsOf('mongodb://host/jobs?serversELECTIONTimeoutMS=7000&appName=other&maxPoolSize=3');
    assert.equal(options.serverSelectionTimeoutMS, 7_000);
    assert.equal(options.appName, 'other');
    assert.equal(options.maxPoolSize, 3);
    assert.equal(options.socketTimeoutMS, 5_000);
  });

  it('do not make writes or reads less safe, whatever the URI says', async () => {
    const unsafe = 'mongodb://host/jobs?w=0&journal=false&readConcernLevel=local&readPreference=secondary';
    const address = parseAddress(unsafe);
    const client = createClient(unsafe, address);
    const { jobs, keys, chunks, outcomes, tokens } = openCollections(openDatabase(client, address));
    for (const collection of [jobs, keys, chunks, outcomes, tokens]) {
      assert.equal(collection.dbName, 'jobs');
      assert.equal(collection.writeConcern?.w, 'majority');
      assert.equal(collection.writeConcern.journal, true);
      assert.equal(collection.readPreference?.mode, 'primary');
    }
    assert.deepEqual(
      [jobs, outcomes, keys, chunks, tokens].map(({ readConcern }) => readConcern?.level),
      ['majority', 'majority', 'local', 'local', 'local'],
    );
    await client.close();
  });
});
