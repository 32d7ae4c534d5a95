// ADR 0001: one process, five floors, and walls between the rooms that these tests keep. ADR 0006: what can be removed is
// not needed by what stays.
import path from 'node:path';
import { expect, test } from 'vitest';
import { circles } from './walls/circles.ts';
import { crossings } from './walls/floors.ts';
import { importsOf } from './walls/imports.ts';
import { knows, needsOf, wrongNeeds } from './walls/needs.ts';
import { emptyNames, strayFiles } from './walls/places.ts';
import { codeOf, readTree } from './walls/tree.ts';

const tree = readTree(path.dirname(import.meta.dirname));

test('the walls saw the code', () => {
  expect(codeOf(tree).length).toBeGreaterThan(150);
  expect(
    codeOf(tree)
      .flatMap(importsOf)
      .filter(({ to }) => to !== undefined).length,
  ).toBeGreaterThan(300);
  expect(needsOf(tree).size).toBeGreaterThanOrEqual(2);
});

test('imports go down, through front doors, to what is needed', () => {
  expect(crossings(tree)).toEqual([]);
});

test('modules need what is there, and none needs itself through others', () => {
  expect(wrongNeeds(tree)).toEqual([]);
});

test('no file loads itself through others', () => {
  expect(circles(tree)).toEqual([]);
});

test('agenda never needs schedules', () => {
  expect(knows(tree, 'agenda', 'schedules')).toEqual([]);
});

test('every file lies in a known kind of place', () => {
  expect(strayFiles(tree)).toEqual([]);
});

test('every name says what is inside', () => {
  expect(emptyNames(tree)).toEqual([]);
});
