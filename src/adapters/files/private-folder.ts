import { chmodSync, lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { makeFolderSync } from './make-folder.ts';

/**
 * Makes a folder that only this user may enter, or takes one that is: no symbolic link, owned by this user, mode 0700.
 * Throws `FolderNotPrivate` for any other; `remedy` ends the message.
 */
export function privateFolder(path: string, remedy: string): string {
  if (statOf(path) === undefined) {
    makeFolderSync(path, 0o700);
    // Where a umask, or a group's inherited ACL, has its own mind.
    if (isOwn(lstatSync(path))) chmodSync(path, 0o700);
  }
  requirePrivate(path, remedy);
  return path;
}

/** Throws `FolderNotPrivate` for a folder that others may enter or exchange; one that is not there is nobody's. */
export function requirePrivate(path: string, remedy: string): void {
  const reason = notPrivate(path);
  if (reason !== undefined) throw folderNotPrivate(path, reason, remedy);
}

/** Throws `FolderNotPrivate` for what is there and may be changed by others than this user and root. */
export function requireOwn(path: string, remedy: string): void {
  const reason = changedByOthers(path);
  if (reason !== undefined) throw folderNotPrivate(path, reason, remedy);
}

/** Why a folder is not this user's alone; undefined for one that is, and for one that is not there. */
export function notPrivate(path: string): string | undefined {
  const info = statOf(path);
  // Windows keeps a user's folders apart by other means than owner and mode.
  if (info === undefined || process.getuid === undefined) return undefined;
  if (info.isSymbolicLink()) return 'it is a symbolic link';
  if (!info.isDirectory()) return 'it is no folder';
  if (!isOwn(info)) return `it belongs to the user with the id ${info.uid}`;
  return (info.mode & 0o077) === 0 ? undefined : `others may enter it (mode ${modeOf(info)})`;
}

/** Why others than this user and root may change a file or folder; undefined where they may not, or it is not there. */
export function changedByOthers(path: string): string | undefined {
  const entry = statOf(path);
  if (entry === undefined || process.getuid === undefined) return undefined;
  const info = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
  const foreign = [entry, info].find((each) => each !== undefined && !isTrusted(each));
  if (foreign !== undefined) return `it belongs to the user with the id ${foreign.uid}`;
  return info === undefined || (info.mode & 0o022) === 0 ? undefined : `others may write to it (mode ${modeOf(info)})`;
}

/** Why others than this user and root may put another folder in the place of this one, link by link up to the root. */
export function exchangedByOthers(path: string): string | undefined {
  if (process.getuid === undefined) return undefined;
  for (const parent of parentsOf(path)) {
    const info = statOf(parent);
    if (info === undefined) continue;
    if (!isTrusted(info)) return `${parent} belongs to the user with the id ${info.uid}`;
    if (info.isSymbolicLink()) {
      const reason = exchangedByOthers(realpathSync(parent));
      if (reason !== undefined) return reason;
      // In a folder with the sticky bit, only the owner of an entry may exchange it.
    } else if ((info.mode & 0o022) !== 0 && (info.mode & 0o1000) === 0) {
      return `others may write to ${parent} (mode ${modeOf(info)})`;
    }
  }
  return undefined;
}

function parentsOf(path: string): string[] {
  const parent = dirname(resolve(path));
  return parent === resolve(path) ? [] : [...parentsOf(parent), parent];
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function isOwn({ uid }: Stats): boolean {
  return uid === process.geteuid?.();
}

function isTrusted(info: Stats): boolean {
  return info.uid === 0 || isOwn(info);
}

function modeOf({ mode }: Stats): string {
  return `0${(mode & 0o1777).toString(8)}`;
}

function folderNotPrivate(path: string, reason: string, remedy: string): DeliveryError {
  return new DeliveryError(`Folder ${path} is not used: ${reason}; ${remedy}`, {
    code: 'FolderNotPrivate',
    kind: 'refused',
  });
}
