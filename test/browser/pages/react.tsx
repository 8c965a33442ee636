import { life } from './react-life.js';
import { lists } from './react-lists.js';
import { rendering } from './react-rendering.js';
import { complaints } from './react-stage.js';

const scenarios = { ...life, ...rendering, ...lists };

export type Scenarios = typeof scenarios;

Object.assign(window, { scenarios, complaints });
