// Finds the file of a command before it is started, so that a failure can say what is wrong and not only "ENOENT".
import * as fs from 'node:fs';
import path from 'node:path';

/**
 * Checks working folder and program with the rights of this process.
 * @returns a sentence for a person, or undefined when the command can be started
 */
export function findObstacle(program: string, cwd: string, searchPath: string | undefined): string | undefined {
  return folderObstacle(cwd) ?? programObstacle(program, cwd, searchPath ?? defaultSearchPath);
}

/** Where a shell looks when the environment names no PATH. */
const defaultSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function folderObstacle(cwd: string): string | undefined {
  try {
    if (!fs.statSync(cwd).isDirectory()) return `The working folder ${cwd} is not a folder.`;
    fs.accessSync(cwd, fs.constants.X_OK);
    return undefined;
  } catch (error) {
    return isMissing(error)
      ? `The working folder ${cwd} does not exist.`
      : `The working folder ${cwd} may not be entered by this user.`;
  }
}

function programObstacle(program: string, cwd: string, searchPath: string): string | undefined {
  if (program === '') return 'The command is empty.';
  if (program.includes('/')) return fileObstacle(path.resolve(cwd, program));
  const places = searchPath.split(':').map((folder) => path.resolve(cwd, folder, program));
  if (places.some((place) => fileObstacle(place) === undefined)) return undefined;
  const found = places.find((place) => fs.existsSync(place));
  return found === undefined ? `The program ${program} was not found in PATH (${searchPath}).` : fileObstacle(found);
}

function fileObstacle(file: string): string | undefined {
  try {
    if (fs.statSync(file).isDirectory()) return `${file} is a folder, not a program.`;
    fs.accessSync(file, fs.constants.X_OK);
    return undefined;
  } catch (error) {
    return isMissing(error)
      ? `The program ${file} does not exist.`
      : `${file} may not be executed by this user (chmod +x makes a file executable).`;
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
