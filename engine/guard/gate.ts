// The few words of shell that stand between the guard and a command.

/** Waits on descriptor 3 for the guard's word, then becomes the command ($0 and its arguments). */
export function gateShell(env: Readonly<Record<string, string>>): string {
  return `read -r go <&3 || exit 125; exec 3<&-; ${execShell(env)}`;
}

/** Becomes the command with exactly this environment: shells add variables of their own, which are taken away again. */
export function execShell(env: Readonly<Record<string, string>>): string {
  const added = ['go', 'PWD', 'OLDPWD', 'SHLVL'].filter((name) => !(name in env));
  return `unset ${added.join(' ')}; exec "$0" "$@"`;
}
