/** Whether istioctl got no credentials: what an exec plugin printed then, which may be secret, stands in its standard error. */
export function isCredentialsFailure(said: string): boolean {
  return /getting credentials|exec plugin|failed to refresh token/i.test(said);
}

/** What is said instead. */
export const credentialsReason =
  'the credentials of its kubeconfig are not available to istioctl; run the exec plugin of the user by hand to see why (not quoted: it may be secret)';
