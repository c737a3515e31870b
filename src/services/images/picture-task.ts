/** The process in which one picture is drawn; see `contained-task.ts`. */
import { answerTask } from '../task-process.ts';
import { drawPicture } from './draw-picture.ts';

await answerTask(drawPicture);
