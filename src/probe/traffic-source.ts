/** A container that sends requests to one target and prints, a line for each, how they ended. */
export interface TrafficSource {
  /** Name of the target, and of the container. */
  target: string;
  /** Lines a second that are expected of it. */
  rate: number;
  image: string;
  pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Command, arguments and environment are taken as they stand here: Kubernetes expands nothing in them. */
  command: string[];
  args: string[];
  env?: Record<string, string>;
}
