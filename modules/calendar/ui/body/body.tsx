import { CalendarOff, CircleX, FilterX } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button } from '../../../../web/kit/button.tsx';
import { Empty } from '../../../../web/kit/empty.tsx';
import { ImportCommand } from '../../../../web/kit/import-command.tsx';
import type { Address, ChangeAddress } from '../address.ts';
import { WeekGrid } from '../grid/week-grid.tsx';
import { ListView } from './list-view.tsx';
import type { Week } from '../week.ts';

type BodyProps =
  | { readonly week: Week; readonly whole: Week; readonly address: Address; readonly change: ChangeAddress }
  | { readonly problem: string; readonly onRetry: () => void };

/** The grid or the list, or why there is neither. */
export function Body(props: BodyProps): ReactElement {
  if ('problem' in props) {
    return (
      <Empty
        icon={CircleX}
        title="The calendar could not be read"
        action={<Button onClick={props.onRetry}>Try again</Button>}
      >
        {props.problem}
      </Empty>
    );
  }
  const { week, whole, address, change } = props;
  const open = (id: string): void => change({ selected: id });
  const nothing = week.occurrences.length === 0 && week.lanes.length === 0;
  const why = <WhyNothing whole={whole} change={change} />;
  if (address.view === 'list')
    return nothing ? why : <ListView week={week} selected={address.selected} onOpen={open} />;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <WeekGrid week={week} address={address} onOpen={open} />
      {nothing && (
        <div className="pointer-events-none absolute inset-x-0 top-24 z-20 grid place-items-center">
          <div className="pointer-events-auto rounded-panel border border-line bg-raised shadow-float">{why}</div>
        </div>
      )}
    </div>
  );
}

/** Nothing is planned, or the filters hide it. */
export function WhyNothing({ whole, change }: { readonly whole: Week; readonly change: ChangeAddress }): ReactElement {
  const hidden = whole.occurrences.length + whole.lanes.length;
  if (hidden === 0) return <NothingPlanned />;
  return <NothingFits hidden={hidden} onClear={() => change({ sources: [], statuses: [], search: '' })} />;
}

function NothingFits({ hidden, onClear }: { readonly hidden: number; readonly onClear: () => void }): ReactElement {
  return (
    <Empty
      icon={FilterX}
      title="Nothing fits the filters"
      action={<Button onClick={onClear}>Clear the filters</Button>}
    >
      They hide {hidden.toLocaleString('en')} {hidden === 1 ? 'entry' : 'entries'} in this range.
    </Empty>
  );
}

function NothingPlanned(): ReactElement {
  return (
    <Empty icon={CalendarOff} title="Nothing is planned here">
      <p className="mb-3">Make a job, or bring a crontab from Almanac’s folder:</p>
      <ImportCommand />
    </Empty>
  );
}
