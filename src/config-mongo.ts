/** The settings of the connection to MongoDB: where its servers are, TLS, and the login. */
import { fileVariable, readMongodbUri, readText, type Variable } from './config-values.ts';

/** The client-application, and the commands that open the store of a cluster. */
export const mongoVariables = {
  mongodbUri: {
    name: 'MONGODB_URI',
    description:
      'Connection string of the MongoDB replica set, with the name of the database (`mathmill` where it names none).',
    unit: '',
    defaultText: 'mongodb://127.0.0.1:27017/mathmill',
    fallback: () => 'mongodb://127.0.0.1:27017/mathmill',
    read: readMongodbUri,
    isSecret: true,
  },
  mongodbTlsCaFile: fileVariable(
    'MONGODB_TLS_CA_FILE',
    'PEM file with the certificates of the authorities that may sign certificates of MongoDB servers; turns TLS on. Without it the public authorities that Node.js knows count.',
  ),
  mongodbTlsCertificateFile: fileVariable(
    'MONGODB_TLS_CERT_FILE',
    'PEM file with the certificate by which MongoDB servers know this process (mutual TLS, or the login `MONGODB-X509`); turns TLS on.',
  ),
  mongodbTlsKeyFile: fileVariable('MONGODB_TLS_KEY_FILE', 'PEM file with the private key for `MONGODB_TLS_CERT_FILE`.'),
  mongodbUsername: {
    name: 'MONGODB_USERNAME',
    description: 'User name of the login, where `MONGODB_URI` contains none.',
    unit: '',
    defaultText: 'none',
    fallback: () => undefined,
    read: (text): string | undefined => readText(text),
  },
  mongodbPasswordFile: fileVariable(
    'MONGODB_PASSWORD_FILE',
    'File that holds the password of `MONGODB_USERNAME`. This and the files of TLS are read again when they change, so a new password or certificate needs no restart.',
  ),
} as const satisfies Record<string, Variable<unknown>>;

type MongoConfig = { readonly [Key in keyof typeof mongoVariables]: ReturnType<(typeof mongoVariables)[Key]['read']> };

/** Settings that are valid alone and contradict each other or the connection string, one sentence each. */
export function checkMongoConfig(config: MongoConfig): readonly string[] {
  const options = optionsOf(config.mongodbUri);
  return [...checkTls(config, options), ...checkLogin(config, options)];
}

type UriOptions = ReadonlyMap<string, string>;

/** By names in lower case, as the driver compares them. */
function optionsOf(uri: string): UriOptions {
  const query = new URLSearchParams(/\?(.*)$/s.exec(uri)?.[1] ?? '');
  return new Map(Array.from(query, ([name, value]) => [name.toLowerCase(), value]));
}

function checkTls(config: MongoConfig, options: UriOptions): readonly string[] {
  const problems: string[] = [];
  const { mongodbTlsCaFile, mongodbTlsCertificateFile, mongodbTlsKeyFile } = config;
  const hasFiles = [mongodbTlsCaFile, mongodbTlsCertificateFile, mongodbTlsKeyFile].some((name) => name !== undefined);
  if ((mongodbTlsCertificateFile === undefined) !== (mongodbTlsKeyFile === undefined)) {
    problems.push('MONGODB_TLS_CERT_FILE and MONGODB_TLS_KEY_FILE must be given together');
  }
  const isOff = ['tls', 'ssl'].some((name) => options.get(name) === 'false');
  if (hasFiles && isOff) problems.push('MONGODB_URI must not turn TLS off where MONGODB_TLS_… files are given');
  const others = ['tlsCAFile', 'tlsCertificateKeyFile'].filter((name) => options.has(name.toLowerCase()));
  if (hasFiles && others.length > 0) {
    problems.push(`MONGODB_URI must not contain ${others.join(' and ')} where MONGODB_TLS_… files are given`);
  }
  return problems;
}

function checkLogin(config: MongoConfig, options: UriOptions): readonly string[] {
  const { mongodbUri, mongodbUsername, mongodbPasswordFile } = config;
  if (mongodbUsername === undefined && mongodbPasswordFile === undefined) return [];
  const problems: string[] = [];
  if (mongodbUsername === undefined || mongodbPasswordFile === undefined) {
    problems.push('MONGODB_USERNAME and MONGODB_PASSWORD_FILE must be given together');
  }
  if (/^[^/]*\/\/[^/?]*@/.test(mongodbUri)) {
    problems.push(
      'MONGODB_URI contains a login, and MONGODB_USERNAME or MONGODB_PASSWORD_FILE another one: remove one of the two',
    );
  }
  if (options.get('authmechanism')?.toUpperCase() === 'MONGODB-X509') {
    problems.push(
      'MONGODB_USERNAME and MONGODB_PASSWORD_FILE must not be given with authMechanism=MONGODB-X509, whose login is the certificate',
    );
  }
  return problems;
}
