/** What a refused recurrence, zone or instant is refused for; stable, for programs. */
export type TimeErrorCode =
  | 'bad_cron'
  | 'never_fires'
  | 'unknown_zone'
  | 'bad_dialect'
  | 'bad_duration'
  | 'bad_times'
  | 'bad_instant'
  | 'bad_bounds'
  | 'kind_not_supported';

export interface TimeErrorDetail {
  /** The part that is wrong: a property of the recurrence (`zone`, `every`) or a field of a cron expression (`minute`). */
  readonly field?: string;
  /** Where in the text the wrong part begins, counted from 0. */
  readonly position?: number;
  /** How to mend it: "0–59". */
  readonly hint?: string;
}

/** Input that a person can mend. The message names the part and the mend: "minute 75: 0–59". */
export class TimeError extends Error {
  override readonly name = 'TimeError';
  readonly code: TimeErrorCode;
  readonly field?: string;
  readonly position?: number;
  readonly hint?: string;

  constructor(code: TimeErrorCode, message: string, detail: TimeErrorDetail = {}) {
    super(message);
    this.code = code;
    if (detail.field !== undefined) this.field = detail.field;
    if (detail.position !== undefined) this.position = detail.position;
    if (detail.hint !== undefined) this.hint = detail.hint;
  }
}
