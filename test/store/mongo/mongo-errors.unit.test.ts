import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoErrorLabel,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWriteConcernError,
  type TopologyDescription,
  type BulkWriteResult,
} from 'mongodb';
import { StoreError } from '../../../src/engine/index.ts';
import { duplicatesOf, hideCredentials, isDuplicateKey, readFault } from '../../../src/store/mongo/mongo-errors.ts';

function serverError(code: number, message = 'the server says no'): MongoServerError {
  return new MongoServerError({ code, message });
}

function bulkError(codes: readonly number[], writeConcernError?: object): MongoBulkWriteError {
  const result = { getWriteConcernError: () => writeConcernError } as unknown as BulkWriteResult;
  const writeErrors = codes.map((code, index) => ({ code, index: index * 2 }));
  const error = { message: 'some were not inserted', code: codes[0] ?? 64, writeErrors };
  return new MongoBulkWriteError(error as ConstructorParameters<typeof MongoBulkWriteError>[0], result);
}

/** As the driver wraps a lost connection during a bulk write. */
function wrappedInBulk(error: Error): MongoBulkWriteError {
  return new MongoBulkWriteError(error, {
    getWriteConcernError: () => undefined,
  } as unknown as BulkWriteResult);
}

function labelled(error: MongoServerError, label: MongoErrorLabel): MongoServerError {
  error.addErrorLabel(label);
  return error;
}

const brokenPipe = Object.assign(new Error('write EPIPE'), { syscall: 'write', code: 'EPIPE', errno: -32 });
const noPrimary = new MongoServerSelectionError('no primary', { error: undefined } as unknown as TopologyDescription);

describe('a fault of MongoDB', () => {
  const transient: Record<string, unknown> = {
    'a lost connection': new MongoNetworkError('connection 3 closed'),
    'a silent connection': new MongoNetworkTimeoutError('connection 3 timed out'),
    'no primary in time': noPrimary,
    'a client that was closed': new MongoClientClosedError(),
    'a broken pipe, as the system tells it': brokenPipe,
    'a lost connection during a bulk write': wrappedInBulk(new MongoNetworkError('connection 3 closed')),
    'a broken pipe during a bulk write': wrappedInBulk(brokenPipe),
    'a connection that was closed before it was written to': Object.assign(new Error('write after destroy'), {
      code: 'ERR_STREAM_DESTROYED',
    }),
    'a step-down during a bulk write': wrappedInBulk(serverError(189)),
    'a write that no majority confirms': new MongoWriteConcernError({
      ok: 1,
      writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' },
    }),
    'a bulk write that no majority confirms': bulkError([11_000], { code: 64 }),
    'a write that the server calls worth trying again': labelled(serverError(1), MongoErrorLabel.RetryableWriteError),
    'a StoreError that says so': new StoreError('unavailable', 'in a moment'),
  };
  for (const code of [91, 189, 10_107, 11_600, 11_602, 13_435, 13_436, 50, 43, 262]) {
    transient[`the code ${code}`] = serverError(code);
  }
  for (const [name, error] of Object.entries(transient)) {
    it(`is tried again: ${name}`, () => {
      const fault = readFault(error);
      assert.equal(fault.isTransient, true);
      assert.equal(fault.code, 'unavailable');
    });
  }

  const final: Record<string, [unknown, string, RegExp]> = {
    'wrong credentials': [serverError(18), 'failed', /rejected the credentials; check the user/],
    'a user without rights': [serverError(13), 'failed', /give it the role readWrite/],
    'a full disk': [serverError(14_031), 'full', /disk of the database is full/],
    'no login': [serverError(13, 'Command find requires authentication'), 'failed', /demands a login: set MONGODB_/],
    'no retryable writes, as the driver says it': [
      new MongoServerError({ message: 'This MongoDB deployment does not support retryable writes. Please add …' }),
      'failed',
      /does not support retryable writes: add retryWrites=false to MONGODB_URI/,
    ],
    'no retryable writes (DocumentDB)': [
      serverError(301, 'Retryable writes are not supported'),
      'failed',
      /does not support retryable writes: add retryWrites=false to MONGODB_URI/,
    ],
    'a command it does not know': [serverError(59), 'failed', /the server says no/],
    'a mistake in a call of the driver': [new MongoInvalidArgumentError('wrong'), 'failed', /wrong/],
    'a mistake in the program': [new TypeError('x is not a function'), 'failed', /x is not a function/],
    'a damaged document': [new StoreError('corrupt', 'the field x'), 'corrupt', /the field x/],
    'something that is no error': ['text', 'failed', /text/],
  };
  for (const [name, [error, code, message]] of Object.entries(final)) {
    it(`is not tried again: ${name}`, () => {
      const fault = readFault(error);
      assert.equal(fault.isTransient, false);
      assert.equal(fault.code, code);
      assert.match(fault.message, message);
    });
  }

  it('never shows a password', () => {
    const quoting = new MongoNetworkError('cannot reach "mongodb://user:se%40cret@host:27017/db"');
    assert.doesNotMatch(readFault(quoting).message, /cret/);
    assert.equal(
      hideCredentials('at mongodb+srv://u:p@a.b/x and mongodb://h/x'),
      'at mongodb+srv://***@a.b/x and mongodb://h/x',
    );
    assert.doesNotMatch(hideCredentials('mongodb://user:pa/ss@host/db'), /pa\/ss/);
  });
});

describe('duplicates of an insertion', () => {
  it('are told by their places', () => {
    assert.deepEqual(duplicatesOf(bulkError([11_000, 11_000, 11_000])), [0, 2, 4]);
    assert.equal(isDuplicateKey(serverError(11_000)), true);
    assert.equal(isDuplicateKey(serverError(11_001)), false);
    assert.equal(isDuplicateKey(new Error('E11000')), false);
  });

  const unclear: Record<string, unknown> = {
    'another fault beside them': bulkError([11_000, 121]),
    'a majority that did not confirm': bulkError([11_000], { code: 64 }),
    'a lost connection': wrappedInBulk(new MongoNetworkError('connection 3 closed')),
    'an error of another kind': new TypeError('x'),
  };
  for (const [name, error] of Object.entries(unclear)) {
    it(`are not known after ${name}`, () => {
      assert.throws(
        () => duplicatesOf(error),
        (thrown) => thrown === error,
      );
    });
  }
});
