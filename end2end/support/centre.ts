import { createHash, createHmac } from 'node:crypto';
import type { Session } from './session.ts';

/** A signed link into the privacy centre, as the host application makes it for whoever is signed in there. */
export async function linkFor(admin: Session, project: number, user: string, seconds = 600): Promise<string> {
  const name = `links of ${user}`;
  const secret = await admin.key(project, 'write', name);
  const number = await admin.numberOfKey(project, name);
  const payload = base64({ key: number, user, exp: Math.floor(Date.now() / 1000) + seconds });
  const key = createHash('sha256').update(Buffer.from(secret.split('_').at(-1) ?? '', 'hex')).digest();
  return `/privacy/${payload}.${createHmac('sha256', key).update(payload).digest('base64url')}`;
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
