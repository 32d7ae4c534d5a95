import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';

/** What a module's `ui/index.tsx` default-exports: plain data, the pages loaded when they are opened. */
export interface ModuleUi {
  /** As `GET /api/v1/modules` lists it. */
  readonly module: string;
  readonly pages: readonly PageEntry[];
  readonly navigation: readonly NavigationEntry[];
}

export interface PageEntry {
  readonly path: string;
  /** Stands in the browser's title bar. */
  readonly title: string;
  readonly permission?: string;
  readonly load: () => Promise<{ readonly Page: ComponentType }>;
}

export interface NavigationEntry {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly to: string;
  /** Lower stands first. */
  readonly order: number;
  readonly permission?: string;
}
