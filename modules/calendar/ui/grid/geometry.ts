import { type RefObject, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import type { AxisDay } from '../axis.ts';

/** Pixels of the hour gutter at the left. */
export const GUTTER = 56;
const WEEKEND_SHARE = 0.84;
const STEP = 240;
const AHEAD = 360;

/** The pixel width of each column; weekend columns are slightly narrower when there are others. */
export function columnWidths(days: readonly AxisDay[], width: number): readonly number[] {
  const shares = days.map((day) => (day.weekend && days.length > 1 ? WEEKEND_SHARE : 1));
  const whole = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => (Math.max(0, width - GUTTER) * share) / whole);
}

export function templateOf(widths: readonly number[]): string {
  return `${GUTTER}px ${widths.map((width) => `minmax(0, ${width.toFixed(2)}fr)`).join(' ')}`;
}

/** The inner width of an element, followed. */
export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The stretch of the scrolled content that is on the screen and a little around it, in steps. */
export function useSpan(ref: RefObject<HTMLElement | null>): Span {
  const [at, setAt] = useState({ step: 0, height: 1000 });
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const read = (): void =>
      setAt((before) => {
        const next = { step: Math.floor(element.scrollTop / STEP), height: element.clientHeight };
        return next.step === before.step && next.height === before.height ? before : next;
      });
    read();
    element.addEventListener('scroll', read, { passive: true });
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', read);
      observer.disconnect();
    };
  }, [ref]);
  // The header lies over the top of the content: what is on the screen begins below scrollTop at the latest.
  return useMemo(() => ({ from: at.step * STEP - AHEAD, to: (at.step + 1) * STEP + at.height + AHEAD }), [at]);
}
