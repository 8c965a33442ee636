export { iterate } from './iterate.js';
export { type IterateOptions, iterateDefaults } from './iterate-options.js';
export { toReadableStream } from './to-readable-stream.js';
