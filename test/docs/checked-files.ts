/** Which files the word list holds for. */
import { listFiles } from '../repository/files.ts';

const isChecked =
  /^(?:(?:README|CONTRIBUTING|SECURITY|CHANGELOG)\.md|docs\/.*\.md|(?:src|bin|web\/src|bench|scripts)\/.*\.(?:ts|tsx|mjs|sh|css)|web\/build\.ts|Makefile|Dockerfile|docker-compose\.yml)$/;

/** Paths from the root of the repository. */
export function checkedFiles(): string[] {
  return listFiles().filter((path) => isChecked.test(path));
}
