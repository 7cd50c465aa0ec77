import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isListed } from '../kit/listed.ts';

const page = 'https://shop.example/cart';
const list = '/api, https://api.shop.example';

test('addresses that begin with one of the list are on it', () => {
  for (const address of ['/api', '/api/orders?x=1', 'https://shop.example/api#a', 'https://api.shop.example/v1']) {
    assert.ok(isListed(address, list, page), address);
  }
});

test('neighbours of what is listed are not', () => {
  for (const address of ['/apiary', '/cart', 'https://api.shop.example.evil.example/', 'https://other.example/api', 'http://shop.example/api']) {
    assert.ok(!isListed(address, list, page), address);
  }
});
