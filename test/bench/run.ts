import { bundleSize } from './bundle-size.js';
import type { Figure } from './figure.js';
import { fleetCpu, fleetCrowdCpu } from './fleet-cpu.js';
import { fetchHttpCpu, nodeHttpCpu } from './http-cpu.js';
import { idleHeap } from './idle-heap.js';
import { newConnections } from './new-connections.js';
import { pollCpu } from './poll-cpu.js';
import { publishCpu } from './publish-cpu.js';
import { tableOf } from './table.js';
import { unchangedBody } from './unchanged-body.js';
import { buildWorkers } from './worker.js';

// Every figure is a ratio of two things measured in turn, so that it says the same on any machine. A goal that is not
// met fails nothing: it is there to be seen. Name metrics to measure only these: npm run bench -- P1 P12

const metrics: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  P1: () => idleHeap(workers),
  P2: () => pollCpu(workers),
  P3: () => nodeHttpCpu(workers),
  P4: () => fetchHttpCpu(workers),
  P5: newConnections,
  P6: () => unchangedBody(workers),
  P12: bundleSize,
  P13: () => publishCpu(workers),
  P14: () => fleetCpu(workers),
  P14b: () => fleetCrowdCpu(workers),
};

const wanted = process.argv.slice(2);
const workers = await buildWorkers([
  'idle-heap',
  'poll-cpu',
  'http-cpu',
  'http-server',
  'unchanged-body',
  'publish-cpu',
  'fleet-cpu',
]);
const startedMs = performance.now();
try {
  const figures: Figure[] = [];
  for (const [metric, measure] of Object.entries(metrics)) {
    if (wanted.length > 0 && !wanted.includes(metric)) continue;
    process.stderr.write(`measuring ${metric} …\n`);
    figures.push(...(await measure()));
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  console.log(
    `\n${tableOf(figures)}\n\n  Node ${process.versions.node}, ${seconds} s. Ratios of medians; lower is better.\n`,
  );
} finally {
  workers.close();
}
