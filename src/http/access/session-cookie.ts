/** The cookie that holds the session of the web page: a token that the page itself cannot read. */
const cookieName = 'mathmill_session';

export function readSessionCookie(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [name, value] = part.trim().split('=');
    if (name === cookieName && value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** `origin`: of the page that opens the session, which says whether its address begins with https. */
export function writeSessionCookie(token: string, seconds: number, origin: string | undefined): string {
  const secure = origin?.startsWith('https://') === true ? '; Secure' : '';
  return `${cookieName}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
}

export const clearedSessionCookie = `${cookieName}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`;
