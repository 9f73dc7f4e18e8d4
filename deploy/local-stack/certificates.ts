/** Certificates of an authority of our own, made by openssl. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './programs.ts';

export interface Certificate {
  readonly certificateFile: string;
  /** PKCS #8, not encrypted. */
  readonly keyFile: string;
}

export interface Authority {
  readonly caFile: string;
  /** A certificate for 127.0.0.1 and localhost whose files begin with `name`; the same again while they are there. */
  issue(name: string, validity?: Validity): Promise<Certificate>;
}

export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

const dayMs = 86_400_000;
const authorityDays = 365;
const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
/** The settings that `openssl ca` needs to sign with a beginning and an end of our choice. */
const settings = `
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
unique_subject = no
policy = any
x509_extensions = server
[any]
commonName = supplied
[server]
basicConstraints = CA:false
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
`;

/** Everything lies in `directory`, readable for its owner alone. */
export async function createAuthority(directory: string): Promise<Authority> {
  const openssl = (...args: readonly string[]) => runProgram('openssl', args, { directory });
  const caFile = join(directory, 'ca.pem');
  if (!existsSync(caFile)) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(join(directory, 'ca.cnf'), settings);
    await writeFile(join(directory, 'index.txt'), '');
    const subject = ['-subj', '/CN=Mathmill local stack', '-days', String(authorityDays)];
    await openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', ...subject);
  }
  return {
    caFile,
    async issue(name, validity = { from: new Date(), until: new Date(Date.now() + authorityDays * dayMs) }) {
      const files = { certificateFile: join(directory, `${name}.pem`), keyFile: join(directory, `${name}.key`) };
      if (existsSync(files.certificateFile)) return files;
      await openssl('req', ...curve, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      const dates = ['-startdate', formatDate(validity.from), '-enddate', formatDate(validity.until)];
      const authority = ['-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
      const output = ['-in', `${name}.csr`, '-out', `${name}.pem`];
      await openssl('ca', '-batch', '-notext', ...authority, ...dates, ...output);
      return files;
    },
  };
}

/** As in 20261130201500Z. */
function formatDate(date: Date): string {
  return date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
}
