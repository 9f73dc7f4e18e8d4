/** Makes a replica set of the three members and waits until one of them is primary and the others follow it. */
/* global db, rs, sleep, print */
const hosts = ['127.0.0.1:37017', '127.0.0.1:37018', '127.0.0.1:37019'];
const limitMs = 60_000;
const pauseMs = 200;

rs.initiate({ _id: 'mathmill', members: hosts.map((host, id) => ({ _id: id, host })) });

const deadline = Date.now() + limitMs;
let states = '';
while (states !== 'PRIMARY SECONDARY SECONDARY') {
  if (Date.now() > deadline) throw new Error(`the set is not ready: ${states}`);
  sleep(pauseMs);
  states = rs
    .status()
    .members.map(({ stateStr }) => stateStr)
    .sort()
    .join(' ');
}
print(`the set is ready; it runs MongoDB ${db.version()}`);
