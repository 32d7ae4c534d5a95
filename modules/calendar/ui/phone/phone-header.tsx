import type { ReactElement } from 'react';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { Button, IconButton } from '../../../../web/kit/button.tsx';
import { PageHeader } from '../../../../web/kit/page-header.tsx';
import { wallWords } from '../../../../web/kit/time/words.ts';
import { type Address, type ChangeAddress, dateOf, moved } from '../address.ts';
import { Filters } from '../bar/filters.tsx';
import type { Week } from '../week.ts';

interface PhoneHeaderProps {
  readonly week: Week;
  readonly day: number;
  readonly address: Address;
  readonly change: ChangeAddress;
  readonly zone: string;
}

export function PhoneHeader({ week, day, address, change, zone }: PhoneHeaderProps): ReactElement {
  const wall = week.axis.days[day]?.wall ?? 0;
  const move = (by: number): void => change({ date: moved('week', dateOf(wall), by) });
  return (
    <PageHeader
      title={
        <>
          {wallWords(wall, { weekday: 'short', day: 'numeric', month: 'short' })}
          <span className="block text-11 font-normal tracking-normal text-ink-3">{zone.replaceAll('_', ' ')}</span>
        </>
      }
    >
      <span className="grow" />
      <Filters week={week} address={address} change={change} />
      <IconButton icon={ChevronLeft} label="Previous week" onClick={() => move(-1)} />
      <Button look="quiet" className="max-md:px-1" onClick={() => change({ date: undefined })}>
        Today
      </Button>
      <IconButton icon={ChevronRight} label="Next week" onClick={() => move(1)} />
    </PageHeader>
  );
}
