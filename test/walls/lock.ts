import type { Complaints } from './tree.ts';

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface PackageFile {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * A package for one platform is only locked as a whole family: where a sibling is missing, `npm ci` fails on the
 * machine that needs it.
 */
export function missingSiblings(lock: Lock): Complaints {
  return Object.entries(lock.packages).flatMap(([folder, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(lock, folder, name))
      .map((name) => `${folder || 'package.json'} wants ${name}, which is not locked.`),
  );
}

/** Looks as Node does: in the package's own node_modules, then in each above it. */
function isLocked(lock: Lock, folder: string, name: string): boolean {
  for (let at = folder; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (`${at}${at === '' ? '' : '/'}node_modules/${name}` in lock.packages) return true;
    if (at === '') return false;
  }
}

/** Where a package was fetched from is the business of who fetches; what it holds is told by its hash. */
export function foreignAddresses(lockText: string): Complaints {
  const lock = JSON.parse(lockText) as Lock;
  const addresses = [...new Set(lockText.match(/https?:\/\/[^/"]+[^"]*\.tgz|"resolved": "[^"]*"/g))];
  const unhashed = Object.entries(lock.packages).filter(
    ([folder, { integrity, link }]) => folder !== '' && !integrity && !link,
  );
  return [
    ...addresses.map((address) => `package-lock.json names ${address}.`),
    ...unhashed.map(([folder]) => `${folder} is locked without a hash.`),
  ];
}

/** One exact version each, so that every machine has the same. */
export function looseVersions(file: PackageFile): Complaints {
  const all = { ...file.dependencies, ...file.devDependencies, ...file.optionalDependencies };
  const exact = /^(npm:[@\w/.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
  return Object.entries(all)
    .filter(([, version]) => !exact.test(version))
    .map(([name, version]) => `${name} is asked for as ${version}.`);
}
