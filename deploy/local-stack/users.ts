/** Users of servers that demand a login, with random passwords in files of their own. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface User {
  readonly name: string;
  readonly passwordFile: string;
  readonly password: string;
}

const passwordBytes = 24;

/** The password is the same again while its file is there, which `fileName` begins. */
export async function createUser(directory: string, name: string, fileName = name): Promise<User> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const passwordFile = join(directory, `${fileName}.password`);
  if (!existsSync(passwordFile)) {
    await writeFile(passwordFile, `${randomBytes(passwordBytes).toString('base64url')}\n`, { mode: 0o600 });
  }
  return { name, passwordFile, password: (await readFile(passwordFile, 'utf8')).trimEnd() };
}
