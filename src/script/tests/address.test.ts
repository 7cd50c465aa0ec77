import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from '../core/address.ts';

const page = 'https://shop.example/cart?utm_source=news&email=a%40b.example&ref=hn&gclid=abc123&wbraid=x&preference=1#/pay?step=2';

test('of a query only the campaign is told, and of a click only whose advertisement it was', () => {
  assert.equal(told(page, true, false), 'https://shop.example/cart?utm_source=news&ref=hn&gclid&wbraid');
});

test('where marketing was not allowed nothing of a query is told', () => {
  assert.equal(told(page, false, false), 'https://shop.example/cart');
});

test('a fragment is a page only where pages differ by it, and only if it is a route', () => {
  assert.equal(told(page, false, true), 'https://shop.example/pay');
  assert.equal(told('https://shop.example/cart#!/pay', false, true), 'https://shop.example/pay');
  assert.equal(told('https://shop.example/cart#total', false, true), 'https://shop.example/cart');
});

test('user and password in an address stay in the page', () => {
  assert.equal(told('https://ada:secret@shop.example/cart', true, false), 'https://shop.example/cart');
});
