import { defineConfig } from 'tsup';

export default defineConfig([
  {
    entry: {
      index: 'src/index.ts',
      node: 'src/node.ts',
      browser: 'src/browser.ts',
      sse: 'src/sse/index.ts',
      streams: 'src/streams/index.ts',
      react: 'src/react/index.ts',
      bridges: 'src/bridges/index.ts',
      'bridges/nats': 'src/bridges/nats/index.ts',
      'bridges/redis': 'src/bridges/redis/index.ts',
      'bridges/kafka': 'src/bridges/kafka/index.ts',
      'bridges/amqp': 'src/bridges/amqp/index.ts',
      'bridges/mqtt': 'src/bridges/mqtt/index.ts',
      fleet: 'src/fleet/index.ts',
      testing: 'src/testing/index.ts',
      'testing/arbitraries': 'src/testing/arbitraries.ts',
    },
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: [/^node:/],
    dts: true,
    splitting: true,
    treeshake: true,
    clean: true,
  },
  {
    entry: { cli: 'src/cli/main.ts' },
    format: 'esm',
    target: 'node20',
    platform: 'node',
    // The parser is CommonJS, and asks for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    dts: false,
    // What a fleet needs is a file of its own: without the client of NATS, all other commands work.
    splitting: true,
    treeshake: true,
  },
  {
    // The page of the board: one script, and files that are served as they are.
    entry: { sheet: 'src/cli/sheet/main.ts' },
    outDir: 'dist/sheet',
    publicDir: 'src/cli/sheet/static',
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    noExternal: [/./],
    // A browser has `fetch`, and the page opens no address of a stranger.
    external: ['cross-fetch', 'ipaddr.js'],
    dts: false,
    splitting: false,
    treeshake: true,
    minify: true,
  },
]);
