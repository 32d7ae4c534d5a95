import { useSyncExternalStore } from 'react';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'failed';
  readonly undo?: () => void;
}

const SHOWN_FOR_MS = 6000;
let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

/** Says one line at the bottom left, with Undo when there is an inverse. */
export function announce(text: string, options: { tone?: Toast['tone']; undo?: () => void } = {}): void {
  const id = ++lastId;
  const toast: Toast = { id, text, tone: options.tone ?? 'plain', ...(options.undo && { undo: options.undo }) };
  show([...toasts.slice(-2), toast]);
  setTimeout(() => dismiss(id), SHOWN_FOR_MS);
}

const LONGEST_TITLE = 40;

/** What happened to something, in one line: a long title gives way to the words. */
export function deedOf(title: string, words: string): string {
  const short = title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1).trimEnd()}…` : title;
  return `${short} ${words}`;
}

export function dismiss(id: number): void {
  if (toasts.some((toast) => toast.id === id)) show(toasts.filter((toast) => toast.id !== id));
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(subscribe, () => toasts);
}

function show(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
