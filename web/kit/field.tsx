import { CircleAlert } from 'lucide-react';
import { type InputHTMLAttributes, type ReactElement, type ReactNode, type SelectHTMLAttributes, useId } from 'react';

interface Around {
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
}

export const CONTROL =
  'h-8 max-md:h-11 w-full rounded-control border border-edge bg-surface px-2.5 text-14 max-md:text-16 text-ink aria-invalid:border-failed';

/** Label above, help below, the error in words. */
export function TextField({
  label,
  help,
  error,
  mono = false,
  className = '',
  ...rest
}: Around & { readonly mono?: boolean } & InputHTMLAttributes<HTMLInputElement>): ReactElement {
  const id = useId();
  return (
    <Framed id={id} label={label} help={help} error={error}>
      <input
        id={id}
        {...rest}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-below`}
        className={`${CONTROL} ${mono ? 'font-mono text-13' : ''} ${className}`}
      />
    </Framed>
  );
}

export function SelectField({
  label,
  help,
  error,
  children,
  ...rest
}: Around & SelectHTMLAttributes<HTMLSelectElement>): ReactElement {
  const id = useId();
  return (
    <Framed id={id} label={label} help={help} error={error}>
      <select
        id={id}
        {...rest}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-below`}
        className={CONTROL}
      >
        {children}
      </select>
    </Framed>
  );
}

/** Zones by name, completed from the browser's list while typing. */
export function ZoneField(props: Around & InputHTMLAttributes<HTMLInputElement>): ReactElement {
  const list = useId();
  return (
    <>
      <TextField autoComplete="off" spellCheck={false} {...props} list={list} />
      <datalist id={list}>
        {['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </datalist>
    </>
  );
}

function Framed({
  id,
  label,
  help,
  error,
  children,
}: Around & { readonly id: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      {children}
      <div id={`${id}-below`} className="text-12 text-ink-3">
        {error ? <FieldError>{error}</FieldError> : help}
      </div>
    </div>
  );
}

export function FieldError({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <span role="alert" className="flex items-start gap-1.5 text-12 text-failed">
      <CircleAlert aria-hidden size={13} className="mt-0.5 shrink-0" />
      <span>{children}</span>
    </span>
  );
}
