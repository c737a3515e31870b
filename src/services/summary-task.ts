/** The process in which one summary is made; see `contained-task.ts`. */
import { answerTask } from './task-process.ts';
import { summariseExtractively } from './extractive-summary.ts';
import type { SummaryLength } from './summary-length.ts';

await answerTask(({ text, length }: { readonly text: string; readonly length: SummaryLength }) =>
  summariseExtractively(text, length),
);
