/** Fetches Kafka: its jars and what they need, from whatever Maven repository this machine is set up for. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { buildOnce, isCached } from './build-cache.ts';
import { runProgram, type ProgramName } from './programs.ts';

export const kafkaVersion = '4.4.0';

const cacheName = `kafka-${kafkaVersion}`;

const artifacts = [
  ['org.apache.kafka', 'kafka_2.13', kafkaVersion],
  ['org.apache.kafka', 'kafka-tools', kafkaVersion],
  // Kafka logs through slf4j 1.7, and this binding writes to the standard error.
  ['org.slf4j', 'slf4j-simple', '1.7.36'],
] as const;

export function programsForKafka(): ProgramName[] {
  return isCached(cacheName) ? ['java'] : ['java', 'mvn'];
}

/** Answers with the class path. */
export async function installKafka(report: (message: string) => void): Promise<string> {
  const directory = await buildOnce(cacheName, async (directory) => {
    report(`Fetching Kafka ${kafkaVersion} (54 MB) with Maven; this happens once.`);
    const pom = join(directory, 'pom.xml');
    await writeFile(pom, createPom());
    await runProgram(
      'mvn',
      ['--batch-mode', '--no-transfer-progress', '-f', pom, 'dependency:copy-dependencies', '-DoutputDirectory=jars'],
      { directory },
    );
  });
  return join(directory, 'jars', '*');
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
