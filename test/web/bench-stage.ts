import { bytesToHex } from '@noble/hashes/utils.js';
import { unixNow } from '../../src/clock/index.ts';
import { createBrowserGuardedFetch } from '../../src/http/index.ts';
import { generateSecretKey, pubkeyOf, secretKeySigner, wrapFor, type Signer } from '../../src/keys/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import type { Ledger, Sale, SaleChange } from '../../src/ledger/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { failure, msat, orThrow, success, wrapJobMessage } from '../../src/protocol/index.ts';
import type { JobState, Skill, WorkbenchState } from '../../web/engine/work-contract.ts';
import { openDesk } from '../../web/engine/worker/desk.ts';
import { keptWork } from '../../web/engine/worker/vault.ts';
import { NO_PROFILE } from '../../web/engine/worker/working/kept-profile.ts';
import { createWorking, type Working } from '../../web/engine/worker/working/working.ts';
import { openRelayStage } from '../fixtures/relay-stage.ts';
import { memoryVault } from './memory-vault.ts';

/** A person's workbench without a browser: real books, a real relay, and a wallet that may fall silent. */
export interface BenchStage {
  readonly work: Working;
  readonly workerPubkey: string;
  readonly ledger: Ledger;
  readonly skill: Skill;
  /** From now on the wallet answers, or does not. */
  answers(isAnswering: boolean): void;
  /** Books a sale of that worker, and moves it on; its customer is real. */
  sell(moves: readonly SaleChange[], provider?: { readonly providerPubkey: string }): Promise<Sale>;
  /** Has the customer of these sales complain of one. */
  complain(sale: Sale, text: string): Promise<void>;
  /** The workbench, once it is as wanted. */
  until(isWanted: (state: WorkbenchState) => boolean): Promise<WorkbenchState>;
  /** A job, once it is as wanted. */
  untilJob(requestId: string, isWanted: (job: JobState | null) => boolean): Promise<JobState | null>;
  close(): Promise<void>;
}

/** What one job costs. */
export const PRICE = msat(21_000n);

const SKILL: Skill = { id: 'proofs', kind: 5001, name: 'Proof reading', about: '', fromMsat: msat(1_000n) };

/** Makes it; the workbench is not opened yet, and its wallet is silent. */
export async function openBenchStage(): Promise<BenchStage> {
  const relays = await openRelayStage();
  const relayUrls = [relays.relay.url];
  const ledger = openSqlLedger({ path: ':memory:', now: unixNow });
  const owner = secretKeySigner(generateSecretKey());
  const customer = secretKeySigner(generateSecretKey());
  const workerKey = generateSecretKey();
  const workerPubkey = pubkeyOf(workerKey);
  const vault = memoryVault();
  const names = keptWork(owner.pubkey);
  await vault.writeSecret(names.key, bytesToHex(workerKey));
  await vault.write(names.profile, { ...NO_PROFILE, name: 'Ada', skills: [SKILL] });
  const desk = {
    ...openDesk({
      signer: owner,
      pubkey: owner.pubkey,
      relayUrls,
      ownHistory: () => Promise.resolve([]),
      onName: () => undefined,
    }),
    signer: owner,
    pubkey: owner.pubkey,
  };
  let isAnswering = false;
  const wallet = silentWallet(() => isAnswering);
  const work = createWorking({
    desk,
    vault,
    ledger: () => Promise.resolve(ledger),
    wallet: () => wallet,
    ecash: () => null,
    files: () => null,
    fetch: createBrowserGuardedFetch({ allowHosts: [] }),
    relayUrls: () => relayUrls,
  });
  const closing = new AbortController();
  const pool = relays.openPool();
  return {
    work,
    workerPubkey,
    ledger,
    skill: SKILL,
    answers: (isNow) => void (isAnswering = isNow),
    async sell(moves, { providerPubkey } = { providerPubkey: workerPubkey }) {
      const request = await requestOf(customer);
      let { sale } = await ledger.sales.open({ providerPubkey, serviceId: SKILL.id, request });
      for (const change of moves)
        if (change.work === 'working') {
          const claim = {
            providerPubkey,
            serviceIds: [SKILL.id],
            owner: 'a test',
            leaseSeconds: 60,
            limit: 1,
          };
          const [claimed] = await ledger.sales.claimWork(claim);
          if (claimed?.requestId !== sale.requestId) throw new Error('another sale was claimed');
          sale = claimed;
        } else sale = orThrow(await ledger.sales.change(sale, change));
      return sale;
    },
    async complain({ requestId }, text) {
      const createdAt = unixNow();
      const draft = { type: 'complaint', requestId, text, createdAt } as const;
      const wrap = orThrow(await wrapJobMessage(draft, wrapFor(workerPubkey, customer, createdAt)));
      await pool.publish(wrap, relayUrls);
    },
    until: (isWanted) => firstOf((tell, signal) => work.state.watch(tell, signal), isWanted, closing.signal),
    untilJob: (requestId, isWanted) =>
      firstOf((tell, signal) => work.watchJob(requestId, tell, signal), isWanted, closing.signal),
    async close() {
      closing.abort();
      await work.close();
      await desk.close();
      await relays.close();
      await ledger.close();
    },
  };
}

/** The first state that is wanted, of what a watcher is told. */
function firstOf<State>(
  watch: (tell: (state: State) => void, signal: AbortSignal) => void,
  isWanted: (state: State) => boolean,
  closing: AbortSignal,
): Promise<State> {
  const { promise, resolve, reject } = Promise.withResolvers<State>();
  const enough = new AbortController();
  const signal = AbortSignal.any([enough.signal, closing]);
  closing.addEventListener('abort', () => reject(new Error('it never came')), { once: true });
  watch((state) => {
    if (!isWanted(state)) return;
    resolve(state);
    enough.abort();
  }, signal);
  return promise;
}

function requestOf(customer: Signer) {
  return customer.sign({
    kind: SKILL.kind,
    created_at: unixNow(),
    tags: [['i', `Read the proof of page ${Math.random()}.`, 'text']],
    content: '',
  });
}

/** A wallet that answers what a workbench asks when it is opened, or nothing at all; nobody pays anything here. */
function silentWallet(isAnswering: () => boolean): Wallet {
  const silent = () => Promise.resolve(failure('wallet-unreachable', 'The wallet does not answer.'));
  return {
    capabilities: () =>
      isAnswering()
        ? Promise.resolve(
            success({
              network: 'regtest',
              playMoney: true,
              hold: false,
              choosePreimage: false,
              descriptionHash: false,
              notifications: false,
            }),
          )
        : silent(),
    balance: silent,
    makeInvoice: silent,
    makeHoldInvoice: silent,
    settleHold: silent,
    cancelHold: silent,
    pay: silent,
    lookup: silent,
    list: silent,
    subscribe: () => undefined,
    close: () => Promise.resolve(),
  };
}
