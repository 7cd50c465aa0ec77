import { rmSync } from 'node:fs';
import { prepare } from './client.ts';
import { emptyFolder, Server } from './server.ts';
import { Session } from './session.ts';
import { load } from './shop.ts';
import { makeProject, tell } from './world.ts';

/** One server with a small shop for all tests. Gives what ends it again. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const given = process.env.PARALLAX_FOLDER;
  const folder = given ?? emptyFolder();
  const server = await Server.start(folder);
  const end = async () => {
    await server.stop();
    if (!given) rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([furnish(server), prepare()]);
  } catch (problem) {
    await end();
    throw problem;
  }
  return end;
}

async function furnish(server: Server): Promise<void> {
  const { address } = server;
  const setUpLink = await server.invitation();
  const person = { email: 'ada@shop.example', name: 'Ada', password: 'four words are fine' };
  const admin = await Session.setUp(address, setUpLink, person);
  const { id: project, sender } = await makeProject(admin, 'Shop');
  await load(sender, Date.now());
  const definition = 'step=page_view&step=Sign Up&step=Purchase Completed';
  const saved = { project: String(project), name: 'Visit to purchase', folder: 'Growth', definition };
  const funnel = await admin.change('funnel/save', saved);
  const found = await admin.change('person/find', { project: String(project), id: 'customer_0' });
  tell({ address, admin: admin.secret, project, funnel: bare(funnel), person: bare(found) });
}

const bare = (address: string) => address.split('?')[0] ?? '';
