import { expect, it } from 'vitest';
import { live, Scene } from './model/scene.js';

it('is late only by what was said of this turn: others that had one since said when this is due', async () => {
  const scene = new Scene();
  await scene.turn(live(), { count: 1 });
  scene.pass(5_040);
  await scene.turn(live(), { count: 2 });
  expect(scene.late).toEqual([40]);
  // Two turns were elsewhere.
  scene.pass(15_000);
  await scene.turn(live(), { count: 5 });
  expect(scene.late).toEqual([40]);
  scene.pass(5_030);
  await scene.turn(live(), { count: 6 });
  expect(scene.late).toEqual([40, 30]);
});

it('keeps its time where a restarted server has forgotten turns', async () => {
  const scene = new Scene();
  await scene.turn(live(), { count: 8 });
  scene.pass(1_000);
  await scene.turn(live(), { count: 3 });
  expect(scene.asked).toHaveLength(1);
});
