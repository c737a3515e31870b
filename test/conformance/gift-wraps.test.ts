import { hexToBytes } from '@noble/hashes/utils.js';
import { expect } from 'vitest';
import { generateSecretKey, pubkeyOf, secretKeySigner, wrapFor } from '../../src/keys/index.ts';
import { GIFT_WRAP_BACKDATE_SECONDS, orThrow, parseEvent, verifyEvent } from '../../src/protocol/index.ts';
import { giftWrap, openGiftWrap } from '../../src/protocol/job-message/gift-wrap.ts';
import { verifies } from './verifies.ts';

const AUTHOR = hexToBytes('0beebd062ec8735f4243466049d7747ef5d6594ee838de147f8aab842b15e273');
const RECEIVER = hexToBytes('e108399bd8424357a710b606ae0c13166d853d327e47a6e5e038197346bdbf45');
const receiver = secretKeySigner(RECEIVER);

/** The wrap of section 3 of the NIP's example. */
const EXAMPLE = {
  content:
    'AhC3Qj/QsKJFWuf6xroiYip+2yK95qPwJjVvFujhzSguJWb/6TlPpBW0CGFwfufCs2Zyb0JeuLmZhNlnqecAAalC4ZCugB+I9ViA5pxLyFfQjs1lcE6KdX3euCHBLAnE9GL/+IzdV9vZnfJH6atVjvBkNPNzxU+OLCHO/DAPmzmMVx0SR63frRTCz6Cuth40D+VzluKu1/Fg2Q1LSst65DE7o2efTtZ4Z9j15rQAOZfE9jwMCQZt27rBBK3yVwqVEriFpg2mHXc1DDwHhDADO8eiyOTWF1ghDds/DxhMcjkIi/o+FS3gG1dG7gJHu3KkGK5UXpmgyFKt+421m5o++RMD/BylS3iazS1S93IzTLeGfMCk+7IKxuSCO06k1+DaasJJe8RE4/rmismUvwrHu/HDutZWkvOAhd4z4khZo7bJLtiCzZCZ74lZcjOB4CYtuAX2ZGpc4I1iOKkvwTuQy9BWYpkzGg3ZoSWRD6ty7U+KN+fTTmIS4CelhBTT15QVqD02JxfLF7nA6sg3UlYgtiGw61oH68lSbx16P3vwSeQQpEB5JbhofW7t9TLZIbIW/ODnI4hpwj8didtk7IMBI3Ra3uUP7ya6vptkd9TwQkd/7cOFaSJmU+BIsLpOXbirJACMn+URoDXhuEtiO6xirNtrPN8jYqpwvMUm5lMMVzGT3kMMVNBqgbj8Ln8VmqouK0DR+gRyNb8fHT0BFPwsHxDskFk5yhe5c/2VUUoKCGe0kfCcX/EsHbJLUUtlHXmTqaOJpmQnW1tZ/siPwKRl6oEsIJWTUYxPQmrM2fUpYZCuAo/29lTLHiHMlTbarFOd6J/ybIbICy2gRRH/LFSryty3Cnf6aae+A9uizFBUdCwTwffc3vCBae802+R92OL78bbqHKPbSZOXNC+6ybqziezwG+OPWHx1Qk39RYaF0aFsM4uZWrFic97WwVrH5i+/Nsf/OtwWiuH0gV/SqvN1hnkxCTF/+XNn/laWKmS3e7wFzBsG8+qwqwmO9aVbDVMhOmeUXRMkxcj4QreQkHxLkCx97euZpC7xhvYnCHarHTDeD6nVK+xzbPNtzeGzNpYoiMqxZ9bBJwMaHnEoI944Vxoodf51cMIIwpTmmRvAzI1QgrfnOLOUS7uUjQ/IZ1Qa3lY08Nqm9MAGxZ2Ou6R0/Z5z30ha/Q71q6meAs3uHQcpSuRaQeV29IASmye2A2Nif+lmbhV7w8hjFYoaLCRsdchiVyNjOEM4VmxUhX4VEvw6KoCAZ/XvO2eBF/SyNU3Of4SO',
  kind: 1059,
  created_at: 1703021488,
  pubkey: '18b1a75918f1f2c90c23da616bce317d36e348bcf5f7ba55e75949319210c87c',
  id: '5c005f3ccf01950aa8d131203248544fb1e41a0d698e846bd419cec3890903ac',
  sig: '35fabdae4634eb630880a1896a886e40fd6ea8a60958e30b89b33a93e6235df750097b04f9e13053764251b8bc5dd7e8e0794a3426a90b6bcc7e5ff660f54259',
  tags: [['p', '166bf3765ebd1fc55decfe395beff2ea3b2a4e0a8946e7eb578512b555737c99']],
};

verifies('NIP-59.nip-44-inside', 'the example opens for its receiver', async () => {
  const wrap = orThrow(parseEvent(EXAMPLE));
  expect(verifyEvent(wrap)).toBe(true);
  expect(orThrow(await openGiftWrap(wrap, receiver))).toEqual({
    created_at: 1691518405,
    content: 'Are you going to the party tonight?',
    tags: [],
    kind: 1,
    pubkey: pubkeyOf(AUTHOR),
    id: '9dd003c6d3b73b74a85a9ab099469ce251653a7af76f523671ab828acd2a0ef9',
  });
});

verifies(
  'NIP-59.dates-drawn',
  'seal and wrap lie anywhere in the last two days, each for itself',
  async () => {
    const author = secretKeySigner(generateSecretKey());
    const now = 1_753_180_000;
    const template = { kind: 7008, created_at: now, tags: [], content: 'now' };
    const drawn = Array.from({ length: 50 }, () => wrapFor(receiver.pubkey, author, now));
    for (const dates of [drawn.map(({ sealedAt }) => sealedAt), drawn.map(({ wrappedAt }) => wrappedAt)]) {
      expect(new Set(dates).size).toBeGreaterThan(40);
      expect(Math.max(...dates)).toBeLessThanOrEqual(now);
      expect(Math.min(...dates)).toBeGreaterThan(now - GIFT_WRAP_BACKDATE_SECONDS);
    }
    expect(drawn.some(({ sealedAt, wrappedAt }) => sealedAt !== wrappedAt)).toBe(true);
    const [wrapping] = drawn;
    if (wrapping === undefined) throw new Error('unreachable');
    const wrap = orThrow(await giftWrap(template, wrapping));
    expect(wrap.created_at).toBe(wrapping.wrappedAt);
    expect(
      orThrow(parseEvent(JSON.parse(await receiver.nip44.decrypt(wrap.pubkey, wrap.content)))),
    ).toMatchObject({
      kind: 13,
      tags: [],
      pubkey: author.pubkey,
      created_at: wrapping.sealedAt,
    });
    expect(orThrow(await openGiftWrap(wrap, receiver)).created_at).toBe(now);
  },
);
