// The server's side

// The viewers' side

export type { TaskEvent } from '../operators/task-event.js';
