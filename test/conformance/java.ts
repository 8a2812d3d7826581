import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLine, run, runSdk, type SdkRun } from './sdk.ts';

const file = (name: string): string => fileURLToPath(new URL(`java/${name}`, import.meta.url));

/** Calls a server with the official Java SDK (java/Checks.java). */
export const runJava = (): Promise<SdkRun> =>
  runSdk(async (folder) => {
    const jars = join(folder, 'jars');
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
    try {
      await run('java', ['-version']);
      await run('mvn', ['-q', '-B', '-f', file('pom.xml'), ...goal], { timeout: 300_000 });
    } catch (error) {
      return { skipped: `java (17 or newer) and mvn with its repository are needed: ${lastLine(error)}` };
    }
    return { command: 'java', args: ['-cp', join(jars, '*'), file('Checks.java')] };
  });
