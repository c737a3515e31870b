/**
 * The import table of ARCHITECTURE.md, enforced: a room imports only the rooms listed for it, and only
 * through their doors (`index.ts` or a declared server subpath).
 */
const rooms = {
  protocol: [],
  clock: [],
  http: ['protocol'],
  keys: ['protocol'],
  relays: ['protocol', 'clock', 'keys'],
  store: [],
  ledger: ['protocol', 'clock', 'money'],
  money: ['protocol', 'clock', 'keys', 'relays', 'http'],
  ecash: ['protocol', 'clock', 'keys', 'http', 'relays', 'money'],
  l402: ['protocol', 'clock', 'http', 'money'],
  zaps: ['protocol', 'clock', 'keys', 'http', 'relays', 'money'],
  provider: ['protocol', 'clock', 'keys', 'http', 'relays', 'money', 'ledger'],
  customer: ['protocol', 'clock', 'keys', 'relays', 'money', 'ledger'],
  account: ['protocol', 'clock', 'keys', 'http', 'relays', 'ledger', 'money', 'ecash', 'zaps'],
  services: ['protocol', 'http', 'relays', 'money', 'provider'],
  'relay-server': ['protocol', 'clock', 'store'],
  regtest: ['protocol', 'clock', 'keys', 'relays', 'money', 'store'],
  market: [
    'protocol',
    'clock',
    'http',
    'keys',
    'relays',
    'store',
    'ledger',
    'money',
    'ecash',
    'l402',
    'zaps',
    'provider',
    'customer',
    'account',
    'services',
    'relay-server',
    'regtest',
  ],
  cli: [
    'protocol',
    'clock',
    'http',
    'keys',
    'relays',
    'store',
    'ledger',
    'money',
    'ecash',
    'l402',
    'zaps',
    'provider',
    'customer',
    'account',
    'services',
    'relay-server',
    'regtest',
    'market',
  ],
};
const browserSafe = [
  'protocol',
  'clock',
  'keys',
  'http',
  'relays',
  'ledger',
  'money',
  'ecash',
  'l402',
  'zaps',
  'provider',
  'customer',
];
/** Files that are doors of their own, for servers only. */
const serverSubpaths = [
  'src/keys/node.ts',
  'src/relays/node.ts',
  'src/http/node.ts',
  'src/ledger/sql.ts',
  'src/money/sql.ts',
  'src/money/node.ts',
  'src/ecash/sql.ts',
];
const escape = (text) => text.replace(/[.]/g, '\\.');
const serverFiles =
  '^src/(keys/node|relays/node|http/node|ledger/sql|money/sql|money/node|ecash/sql)(\\.ts|/|-)';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `room-${room}`,
      severity: 'error',
      comment: `${room}/ may import only: ${allowed.join(', ') || 'nothing'}`,
      from: { path: `^src/${room}/`, pathNot: [`^src/${room}/sql`, '\\.test\\.ts$'] },
      to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
    })),
    {
      name: 'room-ledger-sql',
      severity: 'error',
      from: { path: '^src/ledger/sql' },
      to: { path: '^src/', pathNot: '^src/(ledger|protocol|clock|money|store)/' },
    },
    ...['money', 'ecash'].map((room) => ({
      name: `room-${room}-sql`,
      severity: 'error',
      from: { path: `^src/${room}/sql` },
      to: { path: '^src/', pathNot: `^src/(${[room, ...rooms[room], 'store'].join('|')})/` },
    })),
    {
      name: 'only-through-the-door',
      severity: 'error',
      comment: 'Import a room through its index.ts or a declared server subpath.',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/([^/]+)/',
        pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$', ...serverSubpaths.map((f) => `^${escape(f)}$`)],
      },
    },
    {
      name: 'browser-safe',
      severity: 'error',
      comment: 'Rooms that run in a browser do not touch Node.',
      from: { path: `^src/(${browserSafe.join('|')})/`, pathNot: [serverFiles, '\\.test\\.ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-undeclared-package',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
    exclude: { path: '\\.test\\.ts$' },
  },
};
