/** The process in which one document is read; see `contained-task.ts`. */
import { answerTask } from './task-process.ts';
import { documentToText } from './document-text.ts';

await answerTask(documentToText);
