import assert from 'node:assert/strict';
import { test } from 'node:test';
import { biggestShift, slowest } from '../kit/measures.ts';

const shifts = (...all: [at: number, value: number][]) => all.map(([at, value]) => ({ at, value }));

test('shifts add up while less than a second lies between them', () => {
  assert.equal(biggestShift(shifts([0, 0.1], [900, 0.1], [1_800, 0.05])), 0.25);
  assert.equal(biggestShift(shifts([0, 0.1], [1_000, 0.2])), 0.2);
});

test('a window of shifts is at most five seconds long', () => {
  const steady = Array.from({ length: 12 }, (_, at) => ({ at: at * 500, value: 0.1 }));
  assert.equal(biggestShift(steady), 1);
});

test('entries may come in any order, and none are no shift', () => {
  assert.equal(biggestShift(shifts([900, 0.1], [0, 0.1])), 0.2);
  assert.equal(biggestShift([]), 0);
});

test('the longest interaction counts, leaving out one for every fifty', () => {
  assert.equal(slowest([16, 400, 80]), 400);
  const many = Array.from({ length: 100 }, (_, at) => at);
  assert.equal(slowest(many), 97);
  assert.equal(slowest(many.slice(0, 49)), 48);
});

test('without interactions there is no such figure', () => {
  assert.equal(slowest([]), undefined);
});
