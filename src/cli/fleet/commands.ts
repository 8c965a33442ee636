export { forget } from './forget.js';
export { status } from './status.js';
export { submit } from './submit.js';
export { upgrade } from './upgrade.js';
export { worker } from './worker.js';
