/** The page of a server that requires tokens, and its browser: the HTTP API over a whole engine in memory. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import {
  createAuthenticator,
  createTokenService,
  type Principal,
  type Role,
  type TokenService,
} from '../../src/access/index.ts';
import { noopLogger, systemTime } from '../../src/engine/index.ts';
import { readPageFiles } from '../../src/http/index.ts';
import { openApp } from '../http/open-api.ts';
import { MemoryTokenStore } from '../simulation/memory-token-store.ts';
import { launchChromium } from './browsers.ts';

export interface IssuedToken {
  readonly text: string;
  readonly id: string;
}

export interface GuardedSite {
  /** Address of the page, with a slash at its end. */
  readonly url: string;
  readonly browser: Browser;
  /** Holds chunks back. */
  readonly gate: Awaited<ReturnType<typeof openApp>>['gate'];
  createToken(tenant: string, role: Role, name?: string): Promise<IssuedToken>;
  /** Ends all sessions that were opened with it, and acts immediately. */
  revoke(token: IssuedToken): Promise<void>;
  /** Returns the id of the job. */
  submit(token: IssuedToken, name: string, text: string): Promise<string>;
  stop(): Promise<void>;
}

const folder = resolve(import.meta.dirname, '../../web/dist');
const root: Principal = { tenant: 'default', name: 'root', role: 'operator' };
/** Longer than the server trusts what it knows of a token. */
const memoryMs = 11_000;

/** Must be stopped also when a test fails: use `after`. */
export async function startGuardedSite(): Promise<GuardedSite> {
  let aheadMs = 0;
  const time = { now: () => systemTime.now() + aheadMs };
  const store = new MemoryTokenStore();
  const tokens = createTokenService(store, time);
  const authenticator = createAuthenticator({ store, time, logger: noopLogger });
  const closing: (() => unknown)[] = [];
  const after = (close?: unknown): void => void closing.push(close as () => unknown);
  const { app, gate } = await openApp({ after }, { page: readPageFiles(folder), access: { authenticator, tokens } });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/`;
  const browser = await launchChromium();
  return {
    url,
    browser,
    gate,
    createToken: (tenant, role, name = `${tenant} ${role}`) => createToken(tokens, { tenant, role, name }),
    async revoke({ id }) {
      assert.ok(await tokens.revoke(root, id));
      aheadMs += memoryMs;
    },
    submit: (token, name, text) => submit(url, token, name, text),
    async stop() {
      await browser.close();
      gate.open();
      app.server.closeAllConnections();
      for (const close of closing) await close();
    },
  };
}

async function createToken(tokens: TokenService, principal: Principal): Promise<IssuedToken> {
  const verdict = await tokens.create(root, { ...principal, expiresAt: undefined });
  assert.equal(verdict.kind, 'created');
  return { text: verdict.text, id: verdict.record.id };
}

async function submit(url: string, token: IssuedToken, name: string, body: string): Promise<string> {
  const response = await fetch(`${url}api/jobs?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', authorization: `Bearer ${token.text}` },
    body,
  });
  assert.equal(response.status, 201);
  return ((await response.json()) as { id: string }).id;
}
