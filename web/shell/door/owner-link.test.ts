import { expect, test } from 'vitest';
import { ApiProblem } from '../../api/client.ts';
import { passwordProblem, refusalOf } from './owner-link.ts';

const refused = (status: number): ApiProblem => new ApiProblem(status, 'gone', 'No.');

test('a good link is not refused, nor is one whose form has a mistake', () => {
  expect(refusalOf('first_x', true, null)).toBeUndefined();
  expect(refusalOf('first_x', undefined, null)).toBeUndefined();
  expect(refusalOf('first_x', true, refused(422))).toBeUndefined();
});

test('once the owner is made, every link leads to the sign-in', () => {
  expect(refusalOf('first_x', false, null)).toMatchObject({ title: 'This link has been used', signIn: true });
  expect(refusalOf('first_x', false, refused(410))).toMatchObject({ title: 'This link has been used' });
  expect(refusalOf('', false, null)).toMatchObject({ signIn: true });
});

test('an old link, a wrong one and half a one each say how to get a good one', () => {
  expect(refusalOf('first_x', true, refused(410))).toMatchObject({ title: 'This link is too old', signIn: false });
  expect(refusalOf('first_x', true, refused(404))?.words).toContain('start Almanac again');
  expect(refusalOf('', true, null)).toMatchObject({ title: 'This link is not complete' });
});

test('a password needs twelve characters', () => {
  expect(passwordProblem('twelve chars')).toBeUndefined();
  expect(passwordProblem('eleven char')).toBe('It has 11 characters; at least 12 are needed.');
});
