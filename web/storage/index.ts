export { KeepBooks } from './keep-books.tsx';
export { useStorage } from './use-storage.ts';
