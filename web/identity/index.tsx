export { IdentityPage } from './identity-page.tsx';
export { SignerAsked } from './signer-asked.tsx';
