import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import bundled from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Chromium that starts; empty where there is none. */
    chromium: string;
  }
}

/** Finds a Chromium that starts, once for all tests. With CI=true there has to be one, so it is installed if need be. */
export async function setup({ provide }: Pick<TestProject, 'provide'>): Promise<void> {
  const named = process.env['CHROMIUM'];
  const places = named === undefined ? [() => bundled.executablePath(), debians] : [async () => named];
  if (process.env['CI'] && named === undefined) places.push(installed);
  const troubles: string[] = [];
  for (const place of places) {
    try {
      const executablePath = await place();
      await (await chromium.launch({ executablePath, args: ['--no-sandbox'] })).close();
      provide('chromium', executablePath);
      return;
    } catch (error) {
      troubles.push(String(error).split('\n')[0] ?? '');
    }
  }
  const message = `no Chromium could be started:\n  ${troubles.join('\n  ')}`;
  if (process.env['CI']) throw new Error(message);
  console.warn(`The tests in a browser are skipped, since ${message}`);
  provide('chromium', '');
}

async function debians(): Promise<string> {
  const path = '/usr/bin/chromium';
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  return path;
}

async function installed(): Promise<string> {
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', 'chromium']]) {
    execFileSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return debians();
}
