export type { CalendarSource, SourceOccurrence, SourceSeries } from './points.ts';
