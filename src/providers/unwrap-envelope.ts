import { type Facts, factsOf } from './facts.js';

const MAX_DEPTH = 3;

/**
 * A body's layers, from the task itself outwards: while there is no own `status` and `data` is an object, the task is in
 * `data`. The generic route of new-api and CometAPI's older one answer
 * `{ code: 'success', message: '', data: { task_id, status, … } }`.
 */
export function unwrapEnvelope(body: Facts): [Facts, ...Facts[]] {
  const layers: [Facts, ...Facts[]] = [body];
  while (layers.length <= MAX_DEPTH && !Object.hasOwn(layers[0], 'status')) {
    const data = factsOf(layers[0]['data']);
    if (data === undefined) break;
    layers.unshift(data);
  }
  return layers;
}
