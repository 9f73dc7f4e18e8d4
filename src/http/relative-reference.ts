/**
 * A reference from the URL of a request to another place of this server, given from the last segment of the request's path
 * on. References are relative because a proxy may serve this server below a path that it does not know.
 */
export function referFrom(url: string, fromLastSegment: string): string {
  const path = /^[^?#]*/.exec(url)?.[0] ?? '';
  // Behind a slash at the end, the last segment is already left.
  return path.endsWith('/') ? `./${fromLastSegment.slice(fromLastSegment.indexOf('/') + 1)}` : fromLastSegment;
}

/** As `referFrom`, to a sibling of the place that the request's path is below. */
export function referAbove(url: string, name: string): string {
  const path = /^[^?#]*/.exec(url)?.[0] ?? '';
  return path.endsWith('/') ? `../../${name}` : `../${name}`;
}
