/**
 * Makes a replica set of the three members, the user that the client-applications connect as, and the one that backups are
 * made as. mongosh runs it at every start; what is there already is left as it is. Throws, and so ends with an exit code other
 * than 0, when something is wrong or takes too long.
 */
/* global db, rs, connect, sleep, print, require */
const fs = require('node:fs');

const setName = 'mathmill';
const members = ['mongo-1:27017', 'mongo-2:27017', 'mongo-3:27017'];
const databaseName = 'mathmill';
const userName = 'mathmill';
/** Least privilege: `readWrite` makes collections and indexes too. */
const roles = [{ role: 'readWrite', db: databaseName }];
/** Reads everything, the oplog too, and writes nothing. */
const backupUserName = 'backup';
const backupRoles = [{ role: 'backup', db: 'admin' }];
/** An election takes up to 12 s, and a slow machine several times that. */
const limitMs = 120_000;
const pauseMs = 500;
const alreadyInitialized = 23;

const deadline = Date.now() + limitMs;

function readSecret(name) {
  return fs.readFileSync(`/data/configdb/${name}`, 'utf8').trim();
}

/** Repeats what fails, since members may be starting, restarting or electing; the last failure is thrown. */
function retry(what, step) {
  for (;;) {
    try {
      return step();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      print(`init-replica-set: ${what}: ${error.message}; trying again`);
      sleep(pauseMs);
    }
  }
}

const rootPassword = readSecret('root-password');

retry('initiate', () => {
  if (db.hello().setName !== undefined) return;
  db.getSiblingDB('admin').auth('root', rootPassword);
  try {
    // The first member has the root user, so it has to be the one that the others copy.
    rs.initiate({ _id: setName, members: members.map((host, id) => ({ _id: id, host, priority: id === 0 ? 2 : 1 })) });
    print(`init-replica-set: made the set ${setName}`);
  } catch (error) {
    if (error.code !== alreadyInitialized) throw error;
  }
});

// Through the set and not through one member: at a later start any of them may be primary.
const admin = retry('find the primary', () => {
  const database = connect(
    `mongodb://root:${rootPassword}@${members.join(',')}/admin?replicaSet=${setName}&serverSelectionTimeoutMS=5000`,
  );
  if (!database.hello().isWritablePrimary) throw new Error('no primary yet');
  return database;
});

function setUser(database, user, secret, userRoles) {
  const pwd = readSecret(secret);
  if (database.getUser(user) === null) {
    database.createUser({ user, pwd, roles: userRoles });
    print(`init-replica-set: made the user ${user}`);
  } else {
    database.updateUser(user, { pwd, roles: userRoles });
  }
}

retry('set the user', () => setUser(admin.getSiblingDB(databaseName), userName, 'application-password', roles));
retry('set the user of backups', () => setUser(admin, backupUserName, 'backup-password', backupRoles));
print('init-replica-set: the set is ready');
