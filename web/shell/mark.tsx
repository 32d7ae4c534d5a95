import type { ReactElement } from 'react';

const TICKS = Array.from({ length: 12 }, (_, hour) => {
  const [x, y] = [Math.sin((hour * Math.PI) / 6), -Math.cos((hour * Math.PI) / 6)];
  const inner = hour % 3 === 0 ? 10 : 11.2;
  return `M${(16 + inner * x).toFixed(2)} ${(16 + inner * y).toFixed(2)}L${(16 + 13 * x).toFixed(2)} ${(16 + 13 * y).toFixed(2)}`;
}).join('');

/** A dial of twelve fine ticks with one filled dot at the hour (0–23, of the wall clock). */
export function Mark({ size, hour }: { readonly size: number; readonly hour: number }): ReactElement {
  const angle = ((hour % 12) * Math.PI) / 6;
  return (
    <svg aria-hidden width={size} height={size} viewBox="0 0 32 32" fill="none" className="shrink-0">
      <path d={TICKS} stroke="currentColor" strokeWidth={1.6} strokeLinecap="round" />
      <circle cx={16 + 6.2 * Math.sin(angle)} cy={16 - 6.2 * Math.cos(angle)} r={3.2} className="fill-accent" />
    </svg>
  );
}
