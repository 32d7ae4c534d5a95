import { addOwner, ensureFirstTeam, issueOwnerLink, ownerIsMissing } from '../auth/people.ts';
import { SECRET_SETTINGS } from '../config.ts';
import { withInstallLock } from '../db/migrate.ts';
import type { Kernel } from '../kernel.ts';
import { Problem } from '../problem.ts';

/**
 * Makes the first team and, where nobody owns it yet, either the owner whom the settings name or the link by which a person
 * becomes it. One node at a time: the second finds what the first has made.
 * @param address where pages are reached
 * @returns the one-time link, when a person is to follow it
 */
export function prepareFirstRun(kernel: Kernel, address: string): Promise<string | undefined> {
  return withInstallLock(kernel.db, () => prepareAlone(kernel, address));
}

async function prepareAlone(kernel: Kernel, address: string): Promise<string | undefined> {
  const team = await ensureFirstTeam(kernel);
  if (!(await ownerIsMissing(kernel))) return undefined;
  const { owner_email: email, owner_password: password, owner_name: name, zone } = kernel.config;
  if (email === undefined && password === undefined) {
    return new URL(`/first-run?token=${await issueOwnerLink(kernel)}`, address).href;
  }
  if (email === undefined || password === undefined)
    throw halfAnOwner(email === undefined ? 'owner_email' : 'owner_password');
  await addOwner(kernel, kernel.auth, team, { name, email, password, zone });
  return undefined;
}

function halfAnOwner(missing: 'owner_email' | 'owner_password'): Problem {
  const variable = `ALMANAC_${missing.toUpperCase()}`;
  const file = SECRET_SETTINGS.has(missing) ? ` or ${variable}_FILE` : '';
  return new Problem(
    422,
    'invalid_config',
    'An unattended first start needs both the e-mail and the password of the owner.',
    {
      field: missing,
      hint: `Set ${variable}${file} too, or neither to get a link.`,
    },
  );
}
