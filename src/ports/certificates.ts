/** What a proxy proves itself with. */
export interface ProxyCertificate {
  /** Distinguished name of its issuer, in one line. */
  issuer: string;
  /** `spiffe://<trust domain>/ns/<namespace>/sa/<account>`. */
  identity: string;
  /** ISO 8601. */
  expires: string;
  /** SHA-256 fingerprints of the roots that it trusts. */
  roots: string[];
  /** Of the one among them that its own chain ends in; absent where it ends in none. */
  root?: string;
}

/** Asks proxies of one cluster for their certificates. */
export interface CertificateDirectory {
  /** Undefined for a proxy that has none yet. Throws `CertificateUnavailable` (retryable) where it cannot be asked. */
  of(pod: { namespace: string; name: string }): Promise<ProxyCertificate | undefined>;
}
