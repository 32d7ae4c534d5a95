import { expect, test } from 'vitest';
import { deedOf } from './toast.ts';

test('a short title is said in full', () => {
  expect(deedOf('Backup', 'is paused')).toBe('Backup is paused');
});

test('a long title is cut so that what happened to it can be read', () => {
  expect(deedOf('Nightly export of the complete customer warehouse', 'is being cancelled')).toBe(
    'Nightly export of the complete customer… is being cancelled',
  );
});
