import type { ReactElement, ReactNode } from 'react';

/** A table with sticky headers; put Row elements inside. */
export function Table({
  label,
  columns,
  children,
}: {
  readonly label: string;
  readonly columns: readonly { readonly title: string; readonly className?: string }[];
  readonly children: ReactNode;
}): ReactElement {
  return (
    <table aria-label={label} className="w-full border-separate border-spacing-0 text-13">
      <thead>
        <tr>
          {columns.map(({ title, className = '' }) => (
            <th
              key={title}
              scope="col"
              className={`sticky top-0 z-10 h-8 border-b border-line bg-paper px-3 text-left text-12 font-normal whitespace-nowrap text-ink-3 ${className}`}
            >
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

export function Cell({
  children,
  className = '',
}: {
  readonly children: ReactNode;
  readonly className?: string;
}): ReactElement {
  return <td className={`h-9 border-b border-line-faint px-3 align-middle ${className}`}>{children}</td>;
}
