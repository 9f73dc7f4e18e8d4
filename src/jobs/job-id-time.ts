/** The time in a UUIDv7 (RFC 9562, section 5.7): its first 48 bits are milliseconds since 1970. */
const uuidVersion7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u;

/** Undefined: the id is none. */
export function readIdTime(jobId: string): number | undefined {
  const match = uuidVersion7.exec(jobId);
  return match === null ? undefined : Number.parseInt(`${match[1]}${match[2]}`, 16);
}
