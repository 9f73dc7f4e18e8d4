/**
 * Mathmill behind real nginx and HAProxy processes: with the configurations of docs/reverse-proxy.md (over TLS, at the root
 * and below a path), and with what their defaults do. Needs both programs, and openssl.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findFreePorts } from '../../deploy/local-stack/free-ports.ts';
import { createDataDirectory, startServer, waitForJob, type ServerProcess } from '../e2e/server-process.ts';
import { writeHaproxySite, writeNginxSite } from './proxy-page.ts';
import { makeCertificate, startHaproxy, startNginx, type ProxyProcess } from './proxy-process.ts';
import { createSiteClient, readLines, type SiteClient } from './site-client.ts';

const siteName = 'calc.example.com';
const textPlain = { 'content-type': 'text/plain' };
const linesTotal = 3_000_000;
/** Each evaluator takes milliseconds for such a line, so that the job is in progress for minutes. */
const slowLines = Array.from(
  { length: 160_000 },
  (_, line) => `5900! % 7919 + 5900! % 7907 + 5900! % 7901 + ${line}\n`,
).join('');
const waitSeconds = 60;

const data = createDataDirectory();
const proxies: ProxyProcess[] = [];
let haproxyDefaults: ProxyProcess;
let server: ServerProcess;
/** With the configurations of the page. */
let documented: ReadonlyMap<string, SiteClient>;
/** With little more than the address of the server. */
let defaults: ReadonlyMap<string, SiteClient>;

function findSite(name: string): SiteClient {
  const site = documented.get(name) ?? defaults.get(name);
  assert.ok(site, name);
  return site;
}

const documentedNames = ['nginx', 'nginx below a path', 'HAProxy', 'HAProxy below a path'] as const;
const defaultNames = ['nginx by default', 'HAProxy by default'] as const;

before(async () => {
  makeCertificate(data.path, siteName);
  const [nginxPort = 0, haproxyPort = 0, plainNginxPort = 0, plainHaproxyPort = 0] = await findFreePorts(4);
  server = await startServer(join(data.path, 'data'), { ALLOWED_HOSTS: siteName });
  const backendPort = Number(new URL(server.url).port);
  const backend = `127.0.0.1:${backendPort}`;
  const site = { backendPort, directory: data.path };
  const plainNginx = `server { listen 127.0.0.1:${plainNginxPort}; location / { proxy_pass http://${backend}; } }`;
  const plainHaproxy = [
    'defaults\n mode http\n timeout connect 5s\n timeout client 50s\n timeout server 50s',
    `frontend public\n bind 127.0.0.1:${plainHaproxyPort}\n default_backend mathmill`,
    `backend mathmill\n option httpchk\n server mathmill-1 ${backend} check\n`,
  ].join('\n');
  haproxyDefaults = await startHaproxy(data.path, 'plain', plainHaproxy, plainHaproxyPort);
  proxies.push(
    haproxyDefaults,
    await startNginx(data.path, `${writeNginxSite({ ...site, port: nginxPort })}\n${plainNginx}`, [
      nginxPort,
      plainNginxPort,
    ]),
    await startHaproxy(data.path, 'site', writeHaproxySite({ ...site, port: haproxyPort }), haproxyPort),
  );
  const certificate = readFileSync(join(data.path, `${siteName}.crt`), 'utf8');
  const open = (port: number, path: string) => createSiteClient(`https://${siteName}:${port}${path}`, certificate);
  documented = new Map([
    ['nginx', open(nginxPort, '/')],
    ['nginx below a path', open(nginxPort, '/mathmill/')],
    ['HAProxy', open(haproxyPort, '/')],
    ['HAProxy below a path', open(haproxyPort, '/mathmill/')],
  ]);
  defaults = new Map([
    ['nginx by default', createSiteClient(`http://127.0.0.1:${plainNginxPort}/`)],
    ['HAProxy by default', createSiteClient(`http://127.0.0.1:${plainHaproxyPort}/`)],
  ]);
});

after(async () => {
  for (const proxy of proxies) await proxy.stop();
  await server.kill();
  data.remove();
});

function* makeLines(): Generator<Buffer> {
  for (let first = 0; first < linesTotal; first += 10_000) {
    yield Buffer.from(
      Array.from({ length: 10_000 }, (_, index) => `${first + index} + 0.12345678901234567\n`).join(''),
    );
  }
}

/** 100 MB in few lines. */
function* makeLongLines(): Generator<Buffer> {
  for (let line = 0; line < 1_600; line += 1) yield Buffer.from(`1 # ${'x'.repeat(62_500)}\n`);
}

async function submit(site: SiteClient, body: Iterable<Uint8Array>, path = 'api/jobs') {
  const answer = await site.send(path, { method: 'POST', headers: textPlain, body });
  assert.equal(answer.status, 201, answer.body);
  return { ...(JSON.parse(answer.body) as { id: string; created_operations: number }), headers: answer.headers };
}

describe('behind a proxy', () => {
  for (const name of [...documentedNames, ...defaultNames]) {
    it(`${name}: pages, their files and every link`, async () => {
      const site = findSite(name);
      const root = await site.send('');
      assert.equal(root.status, 302);
      const page = new URL(String(root.headers.location), site.base).href;
      assert.equal(page, `${site.base}docs/`);
      const { body } = await site.send('docs/');
      const paths = Array.from(body.matchAll(/(?:src|href)="([^"]+)"/g), ([, path = '']) => path);
      assert.ok(paths.length >= 4);
      for (const path of paths) {
        // The link from the reference to the page, which is for browsers only.
        const status = path === '../' ? 302 : 200;
        assert.equal((await site.send(new URL(path, page).href)).status, status, path);
      }
      for (const path of ['openapi.json', 'docs/json']) {
        const { servers } = JSON.parse((await site.send(path)).body) as { servers: { url: string }[] };
        assert.equal(new URL(servers[0]?.url ?? '', `${site.base}${path}`).href, site.base);
      }
      const job = await submit(site, [Buffer.from('1\n')]);
      const location = new URL(String(job.headers.location), `${site.base}api/jobs`).href;
      assert.equal((JSON.parse((await site.send(location)).body) as { id: string }).id, job.id);
    });

    it(`${name}: events arrive to the end`, async () => {
      const site = findSite(name);
      const job = await submit(site, [Buffer.from('1\n'.repeat(20_000))]);
      const events = await site.send(`api/jobs/${job.id}/events`);
      assert.match(events.body, /event: progress/);
      assert.match(events.body, /event: end\ndata: \{"reason":"finished"\}\n\n$/);
    });
  }

  for (const name of documentedNames) {
    it(`${name}: pages of the site may use the API, those of others may not`, async () => {
      const site = findSite(name);
      const send = async (origin: string) => {
        const request = { method: 'POST', headers: { ...textPlain, origin }, body: [Buffer.from('1\n')] };
        return (await site.send('api/evaluate', request)).status;
      };
      assert.equal(await send(new URL(site.base).origin), 200);
      assert.equal(await send('https://evil.example'), 403);
    });
  }

  it('nginx by default: a large upload gets the page of nginx', async () => {
    const body = [Buffer.alloc(2_000_000, '1\n')];
    const headers = { ...textPlain, 'content-length': 2_000_000 };
    const answer = await findSite('nginx by default').send('api/jobs', { method: 'POST', headers, body });
    assert.equal(answer.status, 413);
    assert.equal(answer.headers['content-type'], 'text/html');
  });
});

describe('100 MB, 3,000,000 lines and a minute behind a proxy', () => {
  let slow: string;
  let waits: readonly Promise<{ readonly status: number; readonly body: string }>[];
  let id: string;

  it('nginx, HAProxy: uploads of 100 MB', async () => {
    slow = (await submit(findSite('nginx'), [Buffer.from(slowLines)], 'api/jobs?mode=bigint')).id;
    waits = documentedNames.map((name) => findSite(name).send(`api/jobs/${slow}?wait=${waitSeconds}`));
    const many = await submit(findSite('nginx'), makeLines());
    assert.equal(many.created_operations, linesTotal);
    id = many.id;
    const long = await submit(findSite('HAProxy below a path'), makeLongLines());
    assert.equal(long.created_operations, 1_600);
  });

  it('wait=60 gets its response', async () => {
    for (const { status, body } of await Promise.all(waits)) {
      assert.equal(status, 200);
      assert.equal((JSON.parse(body) as { status: string }).status, 'InProgress');
    }
    await fetch(`${server.url}/api/jobs/${slow}/cancel`, { method: 'POST' });
  });

  it('results of 3,000,000 lines are complete', async () => {
    await waitForJob(server.url, id);
    for (const name of [...documentedNames, ...defaultNames]) {
      const response = await findSite(name).open(`api/jobs/${id}/results`);
      assert.deepEqual(await readLines(response), { lines: linesTotal, announced: linesTotal, error: undefined }, name);
    }
  });

  it('HAProxy by default: the check without a Host header passes', () => {
    assert.doesNotMatch(haproxyDefaults.output(), /is DOWN/);
  });

  it('a server that is killed while results are read is noticed on every path', async () => {
    const names = [...documentedNames, ...defaultNames];
    const responses = await Promise.all(names.map((name) => findSite(name).open(`api/jobs/${id}/results`)));
    await Promise.all(responses.map(untilFirstBytes));
    await server.kill();
    for (const [index, name] of names.entries()) {
      const response = responses[index];
      assert.ok(response);
      const { lines, announced, error } = await readLines(response);
      assert.equal(announced, linesTotal);
      assert.ok(lines < linesTotal, name);
      // Over HTTP/1.0, which nginx uses by default, the number of lines is all that tells.
      if (name !== 'nginx by default') assert.ok(error instanceof Error, name);
    }
  });
});

/** Then the response waits, and everything behind it. */
async function untilFirstBytes(response: IncomingMessage): Promise<void> {
  await once(response, 'readable');
}
