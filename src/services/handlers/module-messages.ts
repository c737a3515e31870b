import type {
  FetchPaid,
  JobContext,
  JobOutput,
  JobProgress,
  ResolvedInput,
  Service,
} from '../../provider/index.ts';

/** What a module declares of itself when it exports a `Service`: everything that is not a function. */
export type DeclaredService = Partial<
  Omit<Service, 'handler' | 'sample' | 'pricing' | 'conditions' | 'proofOfWorkBits'>
>;

/** Why a module cannot be sold. */
export type ModuleFailureCode = 'module-not-found' | 'module-not-loadable' | 'module-has-no-handler';

/** The job as it goes to the process of the module: plain data. */
export type SentJob = Omit<JobContext, 'signal' | 'fetchPaid' | 'text' | 'inputs'> & {
  readonly inputs: readonly Omit<ResolvedInput, 'text'>[];
};

/** From the provider to the process of a module. `job` counts jobs, `call` what one of them fetches. */
export type ToModule =
  | { readonly type: 'load'; readonly path: string }
  | { readonly type: 'start'; readonly job: number; readonly context: SentJob }
  | { readonly type: 'next'; readonly job: number }
  | { readonly type: 'abort'; readonly job: number }
  | {
      readonly type: 'fetched';
      readonly job: number;
      readonly call: number;
      readonly outcome: Awaited<ReturnType<FetchPaid>>;
    };

/** One step of a job: what was yielded, or how it ended. `code` is `null` for anything thrown but a `JobFailure`. */
export type ModuleStep =
  | { readonly done: false; readonly progress: JobProgress }
  | { readonly done: true; readonly output: JobOutput | string }
  | {
      readonly failed: true;
      readonly code: string | null;
      readonly message: string;
      readonly retryable: boolean;
    };

/** From the process of a module to the provider. */
export type FromModule =
  | { readonly type: 'loaded'; readonly declared: DeclaredService }
  | { readonly type: 'refused'; readonly code: ModuleFailureCode; readonly message: string }
  | { readonly type: 'step'; readonly job: number; readonly step: ModuleStep }
  /** The process heard of the abort, so it is not stuck. */
  | { readonly type: 'aborted'; readonly job: number }
  | {
      readonly type: 'fetch';
      readonly job: number;
      readonly call: number;
      readonly url: string;
      readonly request: Parameters<FetchPaid>[1];
    };
