import { type ReactElement, useState } from 'react';
import { SidePanel } from '../../../../web/kit/floating/side-panel.tsx';
import type { Week } from '../week.ts';
import { Details } from './details.tsx';

interface PanelProps {
  /** An event id; `lane~` and the id of a lane; or what is still looked for. */
  readonly selected: string;
  readonly week: Week;
  readonly zone: string;
  readonly onClose: () => void;
}

/** The details of what is selected. Give it `selected` as its key. */
export function Panel({ selected, week, zone, onClose }: PanelProps): ReactElement | null {
  const lane = week.lanes.find((one) => selected === `lane~${one.lane_id}`);
  const found = lane?.event_id ?? (selected.includes('~') ? undefined : selected);
  // A lane's nearest occurrence moves on; what was opened stays open.
  const [opened, setOpened] = useState(found);
  if (!opened && found) setOpened(found);
  const eventId = opened ?? found;
  if (!eventId) return null;
  return (
    <SidePanel label="Details" onClose={onClose}>
      <Details eventId={eventId} lane={lane} week={week} zone={zone} onClose={onClose} />
    </SidePanel>
  );
}
