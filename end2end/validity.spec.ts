import { HtmlValidate } from 'html-validate';
import { expect, test } from './support/test.ts';
import { failing, hosts } from './support/shop.ts';
import { world } from './support/world.ts';

test.skip(({ javaScriptEnabled }) => javaScriptEnabled === true, 'what the server sends is the same for both');

const html = new HtmlValidate({
  extends: ['html-validate:standard'],
  rules: {
    // Inline styles carry numbers of charts; the policy of the page allows nothing else in them.
    'no-inline-style': 'off',
    // Lists keep their meaning for screen readers where the style sheet takes their marks away.
    'no-redundant-role': 'off',
    // The framework writes `disabled=""` and comments as markers.
    'attribute-boolean-style': 'off',
    'attribute-empty-style': 'off',
    'void-style': 'off',
    'doctype-style': 'off',
    'no-trailing-whitespace': 'off',
    'long-title': 'off',
    'require-sri': 'off',
  },
});

const pages = [
  '/engineering',
  '/engineering/services',
  '/engineering/issues',
  '/engineering/machines',
  `/engineering/machines/${hosts[0]}`,
  '/engineering/deployments',
  '/explore/traces',
  `/explore/traces/${failing.trace}`,
  '/explore/logs',
  '/explore/metrics',
  '/explore/events',
  '/product',
  '/product/funnels',
  '/product/retention',
  '/marketing',
  '/support',
  '/executive',
  '/admin',
  '/admin/kit',
  '/views',
  '/start',
  '/transparency',
];

for (const path of pages) {
  test(`${path} is valid HTML`, async ({ request }) => {
    const answer = await request.get(`${path}?project=${world().project}`);
    // The framework marks places with `<!>`, which browsers read as empty comments.
    const report = await html.validateString((await answer.text()).replaceAll('<!>', ''));
    const found = report.results.flatMap(({ messages }) => messages.map((one) => `${one.ruleId}: ${one.message} (line ${one.line})`));
    expect([...new Set(found)]).toEqual([]);
  });
}
