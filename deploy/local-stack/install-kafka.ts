/** Fetches Kafka, and teaches the Java of this machine to start it fast. */
import { createHash } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { buildOnce, isCached } from './build-cache.ts';
import { requirePrograms, runProgram, type ProgramName } from './programs.ts';

const kafkaVersion = '4.4.0';
const jarsName = `kafka-${kafkaVersion}`;

/** From whatever Maven repository this machine is set up for. */
const artifacts = [
  ['org.apache.kafka', 'kafka_2.13', kafkaVersion],
  ['org.apache.kafka', 'kafka-tools', kafkaVersion],
  // Kafka logs through slf4j 1.7, and this binding writes to the standard error.
  ['org.slf4j', 'slf4j-simple', '1.7.36'],
] as const;

/**
 * Small, and with the first compiler only: on two cores it halves the work of a start, and of the first gigabyte of
 * messages too, since the second compiler costs more than it gains in the life of a test.
 */
const javaOptions = [
  '-Xms256m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  // These two loggers repeat all settings, and each change of each partition.
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn',
  '-Dorg.slf4j.simpleLogger.log.state.change.logger=warn',
];

export interface KafkaInstallation {
  /** The arguments between `java` and the name of a class. */
  readonly javaArguments: readonly string[];
}

export function programsForKafka(): ProgramName[] {
  return isCached(jarsName) ? ['java'] : ['java', 'mvn'];
}

/**
 * `train` runs a broker once with the given installation: the classes that it loads go into an archive that halves the
 * time of every later start. An archive that does not fit a Java is ignored by it.
 */
export async function installKafka(
  report: (message: string) => void,
  train: (installation: KafkaInstallation, directory: string) => Promise<void>,
): Promise<KafkaInstallation> {
  await requirePrograms(programsForKafka());
  const jars = join(await buildOnce(jarsName, (directory) => fetchJars(directory, report)), 'jars');
  // The order must be the same at every start, or the archive does not fit.
  const names = (await readdir(jars)).toSorted();
  const classPath = names.map((name) => join(jars, name)).join(':');
  const java = createHash('sha256').update(await runProgram('java', ['-version'], {}));
  const javaHash = java.update(javaOptions.join(' ')).update(classPath).digest('hex').slice(0, 12);
  const directory = await buildOnce(`${jarsName}-classes-${javaHash}`, async (directory) => {
    report('Preparing fast starts of Kafka on this Java; this happens once.');
    const archive = join(directory, 'classes.jsa');
    const training = join(directory, 'training');
    await train({ javaArguments: [...javaOptions, `-XX:ArchiveClassesAtExit=${archive}`, '-cp', classPath] }, training);
    await rm(training, { recursive: true });
  });
  return {
    javaArguments: [...javaOptions, `-XX:SharedArchiveFile=${join(directory, 'classes.jsa')}`, '-cp', classPath],
  };
}

async function fetchJars(directory: string, report: (message: string) => void): Promise<void> {
  report(`Fetching Kafka ${kafkaVersion} (54 MB) with Maven; this happens once.`);
  const pom = join(directory, 'pom.xml');
  await writeFile(pom, createPom());
  await runProgram(
    'mvn',
    ['--batch-mode', '--no-transfer-progress', '-f', pom, 'dependency:copy-dependencies', '-DoutputDirectory=jars'],
    { directory },
  );
}

function createPom(): string {
  const dependencies = artifacts.map(
    ([group, artifact, version]) =>
      `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>mathmill</groupId>
  <artifactId>local-stack</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`;
}
