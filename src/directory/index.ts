export { openDirectory } from './directory.ts';
export { NO_LISTS, parseProviderLists } from './provider-lists.ts';
export {
  LIVENESS,
  SORTS,
  type Directory,
  type DirectoryOptions,
  type DirectorySigner,
  type FavouritesFailureCode,
  type ListedService,
  type Listing,
  type ListingSort,
  type Liveness,
  type LivenessReport,
  type LivenessStep,
  type LookOptions,
  type NamedOperator,
  type ProviderEntry,
  type ProviderLists,
  type ServiceQuery,
  type ServiceRefusal,
  type ServiceSetAside,
} from './contract.ts';
