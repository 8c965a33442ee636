import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import fc from 'fast-check';
import * as rxjs from 'rxjs';
import * as rxjsTesting from 'rxjs/testing';
import ts from 'typescript';
import { expect } from 'vitest';
import * as bridges from '../../src/bridges/index.js';
import * as rushes from '../../src/index.js';
import * as node from '../../src/node.js';
import * as arbitraries from '../../src/testing/arbitraries.js';
import * as testing from '../../src/testing/index.js';
import type { Snippet } from './pages.js';
import { createWorld, type World } from './world.js';

type Modules = Readonly<Record<string, object>>;
type Body = (console: object, modules: Modules, names: Readonly<Record<string, unknown>>) => Promise<void>;

const AsyncFunction = (async () => undefined).constructor as new (...code: string[]) => Body;

/** Runs a snippet, and says what it printed. */
export async function printed(snippet: Snippet): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rushes-docs-'));
  try {
    return await printedIn(folder, snippet);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function printedIn(folder: string, snippet: Snippet): Promise<string> {
  const lines: string[] = [];
  const log = (...values: unknown[]) => lines.push(`${format(...values)}\n`);
  const tests: (() => unknown)[] = [];
  const it = (_: string, test: () => unknown) => tests.push(test);
  const world = snippet.isVirtual ? createWorld() : undefined;
  const modules: Modules = {
    rxjs,
    'rxjs/testing': rxjsTesting,
    rushes: world?.rushes ?? rushes,
    'rushes/node': {
      ...node,
      openLedger: (path: string, options?: node.OpenLedgerOptions) => node.openLedger(join(folder, path), options),
      saveVideo: (client: rushes.Client, task: rushes.TaskLike, path: string, options?: node.SaveVideoOptions) =>
        node.saveVideo(client, task, join(folder, path), options),
    },
    'rushes/bridges': bridges,
    'rushes/testing': testing,
    'rushes/testing/arbitraries': arbitraries,
    'fast-check': { default: fc },
    vitest: { expect, it, test: it, describe: (_: string, body: () => void) => body() },
  };
  const run = async () => {
    await compiled(snippet.text)({ log, error: log }, modules, names(world, log));
    for (const test of tests) await test();
  };
  await (world ? world.during(run()) : run());
  return lines.join('');
}

function names(world: World | undefined, log: (...values: unknown[]) => void): Readonly<Record<string, unknown>> {
  return {
    process: { env: { COMETAPI_KEY: 'sk-docs' } },
    apiKey: 'sk-docs',
    client: world?.client,
    task: world?.task,
    tasks: world?.tasks,
    render: ({ status, progress }: rushes.Snapshot) => log(status, progress),
    saveForLater: (task: rushes.TaskRef) => log('saved', task),
  };
}

/** Imports become constants, and the usual names stand outside, where the snippet may shadow them. */
function compiled(code: string): Body {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const body = outputText
    .replace(/^import (\w+) from '([^']+)';$/gm, "const { default: $1 } = modules['$2'];")
    .replace(/^import \{([^}]*)\} from '([^']+)';$/gm, (_, names: string, from: string) => {
      return `const {${names.replace(/ as /g, ': ')}} = modules['${from}'];`;
    })
    .replace(/^export \{\};$/gm, '');
  const usual = 'const { process, apiKey, client, task, tasks, render, saveForLater } = names;';
  return new AsyncFunction('console', 'modules', 'names', `${usual}\n{\n${body}\n}`);
}
