/**
 * Why an image was not pulled. `missing`: its registry says that there is none, or the name can be nobody's. `refused`:
 * the registry does not say it to this machine. `unreachable`: it was not asked, or has not answered.
 */
export type PullFailure = 'missing' | 'refused' | 'unreachable';

// The machine's platform is no fault of the image's name.
const wrongPlatform = /no match(?:ing manifest)? for (?:platform|linux|windows)/i;
const refused = /denied|unauthorized|authentication required|forbidden|\b40[13]\b|no basic auth credentials/i;
const unanswered =
  /no such host|server misbehaving|connection refused|connection reset|i\/o timeout|timed? ?out|deadline exceeded|unreachable|TLS|x509|EOF|toomanyrequests|too many requests|\b429\b|\b5\d\d\b/i;
const missing =
  /not found|manifest unknown|name unknown|name not known|invalid reference|InvalidImageName|parse image name|\b404\b/i;

/** The cause in what Docker, containerd or a kubelet said of a pull. */
export function pullFailure(said: string): PullFailure {
  if (wrongPlatform.test(said)) return 'unreachable';
  if (refused.test(said)) return 'refused';
  if (unanswered.test(withoutReferences(said))) return 'unreachable';
  return missing.test(said) ? 'missing' : 'unreachable';
}

/** A tag may be 503, and a name hold "timeout". */
function withoutReferences(said: string): string {
  return said.replaceAll(/"[^"\s]*"/g, '""').replaceAll(/\S+:\S+\/\S+|\S+\/\S+:\S+/g, '');
}
