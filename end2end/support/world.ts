import { randomUUID } from 'node:crypto';
import { Sender } from './sender.ts';
import { Session } from './session.ts';

/** The server that all tests share, and the shop in it. */
export interface World {
  address: string;
  /** Secret of the admin's session. */
  admin: string;
  /** Id of the project that holds the shop. */
  project: number;
  /** Path of a saved funnel of the shop. */
  funnel: string;
  /** Path of a person of the shop. */
  person: string;
}

export interface Project {
  id: number;
  name: string;
  sender: Sender;
}

export interface Person {
  name: string;
  email: string;
  password: string;
  session: Session;
}

const variable = 'PARALLAX_WORLD';

export function tell(world: World): void {
  process.env[variable] = JSON.stringify(world);
}

export function world(): World {
  const told = process.env[variable];
  if (!told) throw new Error('global set-up has not started a server');
  return JSON.parse(told) as World;
}

/** A name that no other test has. */
export const fresh = (word: string) => `${word} ${randomUUID().slice(0, 8)}`;

/** Where a link leads on the server that made it. */
export const pathOf = (link: string) => new URL(link.trim()).pathname;

/** A new, empty project with a key for its senders. */
export async function makeProject(admin: Session, name: string): Promise<Project> {
  await admin.change('project/create', { name, zone: 'UTC', currency: 'EUR', catalogue: 'learn' });
  const id = await admin.project(name);
  return { id, name, sender: new Sender(admin.address, await admin.key(id, 'ingest', `sender of ${name}`)) };
}

/** Somebody new in these roles, invited and signed in. */
export async function makePerson(admin: Session, ...roles: string[]): Promise<Person> {
  const name = fresh('Robin');
  const [email, password] = [`${name.replace(' ', '-').toLowerCase()}@shop.example`, 'four words are fine'];
  const chosen = Object.fromEntries(roles.map((role, place) => [`roles[${place}]`, role]));
  await admin.change('account/invite', { email, name, ...chosen });
  const link = await admin.shown('/admin/people', name);
  const token = link.split('/').at(-1) ?? '';
  const session = await new Session(admin.address, '').enter('enter', { purpose: 'invitation', token, password });
  return { name, email, password, session };
}
