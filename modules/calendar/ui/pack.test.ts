import { array, assert, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { type Box, packBoxes, type Placed, type Room } from './pack.ts';

const ROOM: Room = { lanes: 3, lanesBesideChip: 2, chipHeight: 20, bucket: 24 };

interface Named extends Box {
  readonly name: string;
}
const box = (name: string, top: number, bottom: number, severity = 5): Named => ({ name, top, bottom, severity });

const boxes = array(
  record({
    top: integer({ min: 0, max: 600 }),
    height: integer({ min: 20, max: 300 }),
    severity: integer({ min: 0, max: 8 }),
  }).map(({ top, height, severity }): Box => ({ top, bottom: top + height, severity })),
  { maxLength: 80 },
);
const rooms = integer({ min: 1, max: 8 }).map((lanes): Room => ({
  ...ROOM,
  lanes,
  lanesBesideChip: Math.max(1, lanes - 1),
}));

const overlap = (a: { top: number; bottom: number }, b: { top: number; bottom: number }): boolean =>
  a.top < b.bottom && b.top < a.bottom;
/** Left and right edge as parts of the column; the column of "+N" is the part from 0.9 on. */
function sides({ lane, span, lanes, besideChip }: Placed<Box>): readonly [number, number] {
  const width = besideChip ? 0.9 : 1;
  return [(lane / lanes) * width, ((lane + span) / lanes) * width];
}

test('no two cards cover each other', () => {
  assert(
    property(boxes, rooms, (all, room) => {
      const { placed } = packBoxes(all, room);
      for (const [index, a] of placed.entries()) {
        for (const b of placed.slice(index + 1)) {
          if (!overlap(a.box, b.box)) continue;
          const [aLeft, aRight] = sides(a);
          const [bLeft, bRight] = sides(b);
          expect(aRight <= bLeft + 1e-9 || bRight <= aLeft + 1e-9).toBe(true);
        }
      }
    }),
  );
});

test('no "+N" covers another one or a card', () => {
  assert(
    property(boxes, rooms, (all, room) => {
      const { placed, chips } = packBoxes(all, room);
      for (const [index, chip] of chips.entries()) {
        for (const other of chips.slice(index + 1)) expect(overlap(chip, other)).toBe(false);
        const beside = placed.filter((card) => overlap(chip, card.box));
        expect(beside.every((card) => card.besideChip)).toBe(true);
      }
    }),
  );
});

test('a "+N" begins where the first that it hides begins, within its bucket', () => {
  assert(
    property(boxes, rooms, (all, room) => {
      const { chips } = packBoxes(all, room);
      const strays = chips.filter((chip) =>
        chip.boxes.some((one) => one.top < chip.top || one.top >= chip.top + room.bucket),
      );
      expect(strays).toEqual([]);
    }),
  );
});

test('every box is either a card or behind exactly one "+N"', () => {
  assert(
    property(boxes, rooms, (all, room) => {
      const { placed, chips } = packBoxes(all, room);
      const seen = [...placed.map((card) => card.box), ...chips.flatMap((chip) => chip.boxes)];
      expect(seen).toHaveLength(all.length);
      expect(new Set(seen)).toEqual(new Set(all));
    }),
  );
});

test('what is hidden gave way only to what is at least as bad', () => {
  assert(
    property(boxes, rooms, (all, room) => {
      const { placed, chips } = packBoxes(all, room);
      for (const hidden of chips.flatMap((chip) => chip.boxes)) {
        const worse = placed.filter((card) => overlap(card.box, hidden) && card.box.severity <= hidden.severity);
        expect(worse.length).toBeGreaterThanOrEqual(room.lanesBesideChip);
      }
    }),
  );
});

test('a failure that comes last is a card and the long success goes behind "+N"', () => {
  const all = [box('long', 0, 300), box('a', 0, 300), box('b', 10, 300), box('c', 20, 300), box('failed', 100, 120, 1)];
  const { placed, chips } = packBoxes(all, ROOM);
  expect(placed.map((card) => card.box.name)).toContain('failed');
  expect(chips.flatMap((chip) => chip.boxes.map((one) => one.name))).not.toContain('failed');
});

test('a card alone takes the whole width, also beside a crowd later in the day', () => {
  const { placed } = packBoxes([box('alone', 0, 20), box('a', 40, 60), box('b', 40, 60)], ROOM);
  expect(placed.map(({ box, lane, span, lanes }) => [box.name, lane, span, lanes])).toEqual([
    ['alone', 0, 1, 1],
    ['a', 0, 1, 2],
    ['b', 1, 1, 2],
  ]);
});

test('a card widens into lanes that are free beside it', () => {
  const { placed } = packBoxes([box('tall', 0, 100), box('up', 0, 40), box('mid', 0, 40), box('low', 60, 100)], ROOM);
  expect(placed.find((card) => card.box.name === 'low')).toMatchObject({ lane: 1, span: 2, lanes: 3 });
});
