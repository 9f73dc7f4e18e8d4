/** The compose file keeps its rules, and each rule catches what it is there for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { DCLinter } from 'dclint';
import { parse } from 'yaml';
import { checkCompose, type Compose, type Service } from './compose-policy.ts';

const root = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

// Anchors are resolved into copies, so that a change of one service is not one of another.
const resolved = JSON.stringify(parse(text, { merge: true }));

function read(): Compose {
  return JSON.parse(resolved) as Compose;
}

function serviceOf(compose: Compose, name: string): Service {
  const service = compose.services[name];
  assert.ok(service, `no service ${name}`);
  return service;
}

/** The rules that a file breaks. */
function lint(path: string): string[] {
  const { rules } = JSON.parse(readFileSync(join(root, 'deploy/docker/dclint.json'), 'utf8')) as { rules: object };
  const linter = new DCLinter({ rules: { ...rules }, quiet: false, debug: false, exclude: [] });
  // Its own declarations of what it returns cannot be resolved.
  const results = linter.lintFiles([join(root, path)], false) as readonly { messages: readonly { rule: string }[] }[];
  assert.equal(results.length, 1);
  return results.flatMap(({ messages }) => messages.map(({ rule }) => rule));
}

describe('docker-compose.yml', () => {
  it('keeps all rules', () => {
    assert.deepEqual(checkCompose(read(), root), []);
  });

  it('has a name, so that its containers are found from any folder', () => {
    assert.equal(read().name, 'mathmill');
  });

  it('lets the caller set everything but what its own wiring fixes', () => {
    const { environment = {} } = serviceOf(read(), 'client-application-1');
    const fixed = Object.entries(environment)
      .filter(([name, value]) => value !== null && !value.startsWith(`\${${name}:-`))
      .map(([name]) => name);
    assert.deepEqual(fixed.sort(), ['HTTP_HOST', 'HTTP_PORT', 'INSTANCE_ID', 'NODE_OPTIONS', 'OTEL_SERVICE_NAME']);
  });

  it('reads only variables that are documented', () => {
    const names = new Set(Array.from(text.matchAll(/\$\{(\w+)/g), ([, name = '']) => name));
    const pages = ['docs/docker.md', 'docs/configuration.md'].map((page) => readFileSync(join(root, page), 'utf8'));
    assert.ok(names.size > 10);
    const unknown = Array.from(names).filter((name) => !pages.some((page) => page.includes(`\`${name}\``)));
    assert.deepEqual(unknown, []);
  });

  it('gives who looks at Grafana nothing to change, and no password to guess', () => {
    const { environment = {} } = serviceOf(read(), 'grafana');
    assert.equal(environment['GF_AUTH_ANONYMOUS_ORG_ROLE'], 'Viewer');
    assert.equal(environment['GF_AUTH_DISABLE_LOGIN_FORM'], 'true');
    assert.equal(environment['GF_AUTH_BASIC_ENABLED'], 'false');
    assert.equal(environment['GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION'], 'true');
  });

  it('passes dclint', () => {
    assert.deepEqual(lint('docker-compose.yml'), []);
    assert.ok(lint('test/deploy/planted-compose.yml').includes('no-unbound-port-interfaces'));
  });

  describe('planted violations', () => {
    const planted: [rule: string, service: string, change: (service: Service, compose: Compose) => void][] = [
      ['shape', 'kafka', (_, compose) => delete compose.services['kafka-3']],
      ['shape', 'redis', (service, compose) => (compose.services['redis'] = service)],
      [
        'volumes',
        'kafka-2-data',
        (_, compose) => (serviceOf(compose, 'kafka-2').volumes = ['kafka-1-data:/var/lib/kafka/data']),
      ],
      ['privileges', 'mongo-1', (service) => (service.read_only = false)],
      ['privileges', 'mongo-1', (service) => (service.cap_drop = [])],
      ['privileges', 'mongo-1', (service) => (service.cap_add = ['NET_ADMIN'])],
      ['privileges', 'mongo-1', (service) => (service.privileged = true)],
      ['privileges', 'mongo-1', (service) => delete service.security_opt],
      ['privileges', 'mongo-1', (service) => (service.user = 'root')],
      ['privileges', 'mongo-1', (service) => (service.user = '0:0')],
      ['privileges', 'mongo-1', (service) => delete service.user],
      ['bounds', 'jaeger', (service) => delete service.deploy?.resources?.limits?.['pids']],
      ['bounds', 'jaeger', (service) => delete service.deploy?.resources?.limits?.['memory']],
      ['bounds', 'jaeger', (service) => delete service.deploy?.resources?.limits?.['cpus']],
      ['bounds', 'jaeger', (service) => delete service.logging],
      ['life', 'prometheus', (service) => delete service.healthcheck],
      ['life', 'prometheus', (service) => delete service.healthcheck?.['start_period']],
      ['life', 'prometheus', (service) => delete service.stop_grace_period],
      ['life', 'prometheus', (service) => (service.restart = 'no')],
      ['life', 'prometheus', (service) => delete service.restart],
      ['life', 'prometheus', (service) => delete service.init],
      ['profiles', 'grafana', (service) => delete service.profiles],
      ['profiles', 'prometheus', (service) => (service.profiles = ['observability'])],
      [
        'profiles',
        'grafana',
        (_, compose) => (serviceOf(compose, 'prometheus').depends_on = { grafana: { condition: 'service_healthy' } }),
      ],
      ['ports', 'grafana', (service) => (service.ports = ['3000:3000'])],
      ['secrets', 'grafana', (service) => (service.environment = { GF_SECURITY_ADMIN_PASSWORD: 'example' })],
      ['ports', 'client-application-1', (service) => (service.ports = ['8080:8080'])],
      ['ports', 'client-application-1', (service) => (service.ports = ['0.0.0.0:8080:8080'])],
      ['ports', 'kafka-1', (service) => (service.ports = ['127.0.0.1:9092:9092'])],
      ['networks', 'server-application-1', (service) => service.networks?.push('store')],
      ['networks', 'kafka-1', (service) => delete service.networks],
      ['networks', 'make-secrets', (service) => delete service.network_mode],
      ['networks', 'mongo-1', (_, compose) => (compose.networks['store'] = {})],
      ['mounts', 'prometheus', (service) => (service.volumes = ['./deploy/absent.yml:/etc/prometheus.yml:ro'])],
      ['mounts', 'kafka-1', (service) => (service.volumes = ['./deploy/kafka:/mnt/shared/config'])],
      ['mounts', 'kafka-1', (service) => (service.tmpfs = ['/tmp'])],
      ['mounts', 'kafka-1', (service) => service.volumes?.push('unknown:/unknown')],
      ['dependencies', 'init-topics', (service) => (service.depends_on = { absent: { condition: 'service_healthy' } })],
      [
        'dependencies',
        'init-topics',
        (service) => (service.depends_on = { 'kafka-1': { condition: 'service_started' } }),
      ],
      [
        'dependencies',
        'mongo-1',
        (service) => (service.depends_on = { 'make-secrets': { condition: 'service_healthy' } }),
      ],
      ['secrets', 'mongo-1', (service) => (service.environment = { MONGO_INITDB_ROOT_PASSWORD: 'example' })],
      ['secrets', 'jaeger', (service) => (service.environment = { STORE: 'mongodb://user:example@mongo-1/mathmill' })],
      ['images', 'kafka-1', (service) => (service.image = 'apache/kafka:latest')],
      ['images', 'kafka-1', (service) => (service.image = 'apache/kafka')],
      ['images', 'kafka-1', (service) => (service.image = 'apache/kafka:4')],
      [
        'settings',
        'server-application-1',
        (service) => (service.environment = { ...service.environment, MONGODB_URI: null }),
      ],
      ['settings', 'client-application-1', (service) => delete service.environment?.['RETENTION_DAYS']],
      [
        'settings',
        'client-application-2',
        (service, compose) => (service.environment = serviceOf(compose, 'client-application-1').environment ?? {}),
      ],
      ['program', 'client-application-1', (service) => (service.command = ['node', 'dist/server-application.js'])],
      ['quorum', 'kafka-2', (service) => Object.assign(service.environment ?? {}, { BROKER_ID: '1' })],
      ['quorum', 'kafka-2', (service) => Object.assign(service.environment ?? {}, { BROKER_HOST: 'kafka-1' })],
    ];
    for (const [index, [rule, name, change]] of planted.entries()) {
      it(`${index + 1}: ${rule} of ${name}`, () => {
        const compose = read();
        change(compose.services[name] ?? {}, compose);
        const findings = checkCompose(compose, root);
        assert.ok(
          findings.some((finding) => finding.rule === rule && finding.service === name),
          `not found; found ${JSON.stringify(findings)}`,
        );
      });
    }
  });
});
