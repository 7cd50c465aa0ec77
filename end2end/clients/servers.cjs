// A shop's server with the clients of other products, as their makers publish them.
//
//     node servers.cjs FOLDER ADDRESS KEY WORD
//
// FOLDER is where they are installed. Each sends one event whose name holds its own name and WORD.

const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, address, key, word] = process.argv.slice(2);
const installed = createRequire(join(folder, 'package.json'));

async function posthog() {
  const { PostHog } = installed('posthog-node');
  const client = new PostHog(key, { host: address });
  client.capture({ distinctId: 'bert', event: `posthog node ${word}`, properties: { $set: { plan: 'pro' } } });
  client.groupIdentify({ groupType: 'company', groupKey: 'acme', properties: { seats: 5 } });
  client.captureException(new Error(`no ${word} left`), 'bert');
  await client.shutdown();
}

async function segment() {
  const { Analytics } = installed('@segment/analytics-node');
  const client = new Analytics({ writeKey: key, host: address });
  const failed = new Promise((_, reject) => client.on('error', ({ reason }) => reject(reason)));
  client.identify({ userId: 'bert', traits: { plan: 'pro' } });
  client.track({ userId: 'bert', event: `segment node ${word}`, properties: { revenue: 149.99, currency: 'USD' } });
  await Promise.race([client.closeAndFlush(), failed]);
}

async function mixpanel() {
  const { hostname, port } = new URL(address);
  const client = installed('mixpanel').init(key, { host: hostname, port: Number(port), protocol: 'http', keepAlive: false });
  const done = (send) => new Promise((resolve, reject) => send((error) => (error ? reject(error) : resolve())));
  await done((then) => client.track(`mixpanel node ${word}`, { distinct_id: 'bert', amount: 149.99 }, then));
  await done((then) => client.people.set('bert', { plan: 'pro' }, then));
  const event = `mixpanel batch ${word}`;
  await done((then) => client.track_batch([{ event, properties: { distinct_id: 'bert', time: Date.now() } }], {}, (errors) => then(errors?.[0])));
}

(async () => {
  for (const send of [posthog, segment, mixpanel]) await send();
  console.log('sent');
})();
