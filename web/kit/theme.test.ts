import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Rgb = readonly [number, number, number];

const css = readFileSync(new URL('../theme.css', import.meta.url), 'utf8');
const themes = { light: 0, dark: 1 } as const;

/** Reads `--name: light-dark(oklch(…), oklch(…))` as linear light. */
function token(name: string, theme: keyof typeof themes): Rgb {
  const line = new RegExp(`--${name}: light-dark\\(oklch\\(([^)]+)\\), oklch\\(([^)]+)\\)\\)`).exec(css);
  const [l = 0, c = 0, h = 0] = (line?.[themes[theme] + 1] ?? '').split(' ').map(Number);
  if (!line) throw new Error(`theme.css has no --${name}`);
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)];
  return linear([l, a, b]);
}

function linear([l, a, b]: Rgb): Rgb {
  const [x, y, z] = [
    (l + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (l - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (l - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ];
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  return [
    clamp(4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z),
    clamp(-1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z),
    clamp(-0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z),
  ];
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a) + 0.05, luminance(b) + 0.05];
  return Math.max(x, y) / Math.min(x, y);
}

const TEXT = ['ink', 'ink-2', 'ink-3', 'accent', 'failed', 'missed', 'success', 'log-blue', 'log-violet', 'log-cyan'];
const GROUNDS = ['paper', 'surface', 'sunken', 'raised'];
const MARKS = [
  'edge',
  ...['cron', 'heartbeat', 'maintenance', 'agent', 'appointment', 'blackout'].map((source) => `source-${source}`),
];

for (const theme of ['light', 'dark'] as const) {
  test(`text has a contrast of 4.5 on every ground, ${theme}`, () => {
    for (const text of TEXT)
      for (const ground of GROUNDS)
        expect([text, ground, contrast(token(text, theme), token(ground, theme))]).toSatisfy(
          ([, , ratio]) => ratio >= 4.5,
        );
  });

  test(`text on filled controls has a contrast of 4.5, ${theme}`, () => {
    for (const fill of ['accent', 'failed'])
      expect(contrast(token(`on-${fill}`, theme), token(fill, theme))).toBeGreaterThanOrEqual(4.5);
  });

  test(`edges and source marks have a contrast of 3, ${theme}`, () => {
    for (const mark of MARKS)
      for (const ground of ['paper', 'surface'])
        expect([mark, ground, contrast(token(mark, theme), token(ground, theme))]).toSatisfy(
          ([, , ratio]) => ratio >= 3,
        );
  });
}
