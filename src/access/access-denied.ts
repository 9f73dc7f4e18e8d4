/** Who sends the request is known, and has no rights here. The message is for that user. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied';
}
