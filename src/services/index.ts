export { execHandler, execService, type ExecOptions, type ExecServiceOptions } from './exec.ts';
export type { ModelEndpoint } from './model-endpoint.ts';
export { summarizationService } from './summarization.ts';
export { textExtractionService } from './text-extraction.ts';
