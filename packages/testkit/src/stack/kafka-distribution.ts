import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { kafkaLogging } from './kafka-logging.ts';
import { NODE_ID, QUICK_JVM } from './kafka-settings.ts';
import { findOnPath, runCommand } from './run-command.ts';

const KAFKA_VERSION = '4.3.1';
const LOG4J_VERSION = '2.25.1';
const MAVEN_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>hookline</groupId>
  <artifactId>local-kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
      <version>${LOG4J_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId>
      <version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

const LOG4J = kafkaLogging();

/** An installed Kafka distribution. */
export interface KafkaDistribution {
  java: string;
  /** Arguments for `java` that come before the class to run. */
  javaArgs: string[];
  /** A formatted, empty log folder to copy, because formatting a new folder would start another JVM each time. */
  formattedDir: string;
}

/**
 * Returns a Kafka distribution from Maven Central, cached per user in `$XDG_CACHE_HOME/hookline` (default
 * `~/.cache/hookline`). The folder is renamed into place once it is complete, so any number of runs may start
 * simultaneously on a machine that does not have the distribution yet.
 * @throws Error that names what is missing (Java 17, Maven) and how to install it
 */
export async function kafkaDistribution(
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<KafkaDistribution> {
  const java = await findJava();
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const recipe = createHash('sha256').update(POM).update(LOG4J).digest('hex').slice(0, 8);
  const home = join(cache, 'hookline', `kafka-${KAFKA_VERSION}-${recipe}`);
  if (!(await exists(home))) await install(java, home, { progress, signal });
  return { java, javaArgs: await javaArgs(home), formattedDir: join(home, 'formatted') };
}

async function install(
  java: string,
  home: string,
  { progress, signal }: { progress: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const mvn = findOnPath('mvn');
  if (mvn === undefined) {
    throw new Error(
      'Maven, which fetches Kafka, is missing: install it (Debian, Ubuntu: apt-get install maven; ' +
        'macOS: brew install maven) or set KAFKA_BROKERS',
    );
  }
  progress(`fetching Kafka ${KAFKA_VERSION} from Maven Central (once per user)`);
  await mkdir(dirname(home), { recursive: true });
  const draft = await mkdtemp(`${home}.`);
  try {
    await writeFile(join(draft, 'pom.xml'), POM);
    await writeFile(join(draft, 'log4j2.yaml'), LOG4J);
    await runCommand(
      mvn,
      ['-B', '-q', `${MAVEN_PLUGIN}:copy-dependencies`, '-DincludeScope=runtime', '-DoutputDirectory=libs'],
      { cwd: draft, signal },
    );
    await format(java, draft, signal);
    await rename(draft, home);
  } catch (error) {
    // Not a failure if a concurrent run was faster and has installed the same distribution.
    if (!(await exists(home))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function format(java: string, home: string, signal: AbortSignal): Promise<void> {
  const properties = join(home, 'format.properties');
  const lines = [
    'process.roles=broker,controller',
    `node.id=${NODE_ID}`,
    `controller.quorum.voters=${NODE_ID}@127.0.0.1:9093`,
    'listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
    'controller.listener.names=CONTROLLER',
    `log.dirs=${join(home, 'formatted')}`,
  ];
  await writeFile(properties, `${lines.join('\n')}\n`);
  const clusterId = createHash('sha256').update(home).digest().subarray(0, 16).toString('base64url');
  await formatLogDir({ java, javaArgs: await javaArgs(home) }, { properties, clusterId }, signal);
}

/**
 * Formats the log folder that a properties file specifies.
 * @param format.more additional arguments of Kafka's tool
 */
export async function formatLogDir(
  { java, javaArgs }: Pick<KafkaDistribution, 'java' | 'javaArgs'>,
  { properties, clusterId, more = [] }: { properties: string; clusterId: string; more?: string[] },
  signal: AbortSignal,
): Promise<void> {
  const tool = ['kafka.tools.StorageTool', 'format', '-c', properties, '-t', clusterId, ...more];
  await runCommand(java, [...QUICK_JVM, ...javaArgs, ...tool], { signal });
}

async function javaArgs(home: string): Promise<string[]> {
  const libs = join(home, 'libs');
  const jars = (await readdir(libs)).sort().map((jar) => join(libs, jar));
  return [
    `-Dlog4j2.configurationFile=${join(home, 'log4j2.yaml')}`,
    // Disables the temporary file with performance data, because it would outlive a killed JVM.
    '-XX:-UsePerfData',
    '-cp',
    jars.join(':'),
  ];
}

async function findJava(): Promise<string> {
  const how =
    'install it (Debian, Ubuntu: apt-get install default-jre-headless; macOS: brew install openjdk) ' +
    'or set KAFKA_BROKERS';
  const home = process.env['JAVA_HOME'];
  const java = home ? join(home, 'bin/java') : findOnPath('java');
  if (java === undefined) throw new Error(`Java 17 or later, which Kafka needs, is missing: ${how}`);
  const found = await runCommand(java, ['-version']);
  const major = Number(/version "(\d+)/.exec(found)?.[1]);
  if (!(major >= 17))
    throw new Error(`Kafka needs Java 17 or later, but ${java} is ${found.split('\n')[0]}: ${how}`);
  return java;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
