/** The process in which one piece of music is made; see `contained-task.ts`. */
import { answerTask } from '../task-process.ts';
import { makeMusic } from './make-music.ts';

await answerTask(makeMusic);
