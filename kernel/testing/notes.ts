import { z } from 'zod';
import { defineModule, type Manifest } from '../modules/module.ts';

declare global {
  interface AlmanacEvents {
    'notes.note.written': { readonly id: string; readonly text: string };
  }
  interface AlmanacPoints {
    'notes.reader': { readonly name: string };
  }
}

/** A module that exists only in the kernel's tests: it tells of notes, and open pages are told too. */
export function notesModule(given: Partial<Manifest> = {}): Manifest {
  return defineModule({
    name: 'notes',
    version: '1.0.0',
    summary: 'Notes, for tests',
    needs: ['kernel'],
    installable: true,
    autoInstall: true,
    removable: true,
    permissions: {},
    events: {
      'notes.note.written': {
        summary: 'Somebody wrote a note',
        schema: z.strictObject({ id: z.string(), text: z.string().max(20) }),
        live: ({ id }: AlmanacEvents['notes.note.written']) => [{ source: 'notes', ids: [id] }],
      },
    },
    offers: ['notes.reader'],
    ...given,
  });
}
