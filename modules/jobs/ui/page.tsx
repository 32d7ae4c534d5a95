import type { ReactElement } from 'react';
export function Page(): ReactElement {
  return <p>Jobs</p>;
}
