import { join } from 'node:path';
import ts from 'typescript';
import { root, type Snippet } from './pages.js';

/** Names that a snippet may use without a word about them. */
const usual = `
import type { Client, Snapshot, TaskRef } from 'rushes';
declare global {
  const client: Client;
  const task: TaskRef;
  const tasks: readonly TaskRef[];
  const apiKey: string;
  function render(snapshot: Snapshot): void;
  function saveForLater(task: TaskRef): void;
}
`;

/** What the compiler says against the snippets, as `page:line message`, all in one program and no file written. */
export function typeErrors(snippets: readonly Snippet[]): string[] {
  const folder = join(root, 'docs/examples/of-pages');
  const sources = new Map([[join(folder, 'usual.ts'), usual]]);
  const origins = new Map<string, Snippet>();
  snippets.forEach((snippet, i) => {
    const path = join(folder, `${i}.ts`);
    sources.set(path, `${snippet.text}\nexport {};\n`);
    origins.set(path, snippet);
  });
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['x.ts'] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const source = sources.get(path);
    return source === undefined ? getSourceFile(path, target, ...rest) : ts.createSourceFile(path, source, target);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    const { page = 'usual names', line = 0 } = origins.get(path) ?? {};
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((said) => {
      const at = said.start === undefined || !source ? 0 : source.getLineAndCharacterOfPosition(said.start).line + 1;
      return `${page}:${line + at} ${ts.flattenDiagnosticMessageText(said.messageText, ' ')}`;
    });
  });
}
