import type { Environment } from '../mesh/environment.ts';
import type { HealthPart } from '../mesh/health-policy.ts';
import { isIntact, type Plan, problemCount } from '../plan/plan.ts';
import { bestEvidence, type Evidence, type UnseenPart } from './evidence.ts';
import type { RuleVerdict, Verdict } from './verdict.ts';

export interface GateFacts {
  environment: Environment;
  /** Every environment of the mesh. */
  environments: Environment[];
  /** Digest of the bundle that is to be promoted. */
  bundle: string;
  plan: Plan;
  /** The plan digest that somebody approved. */
  approve?: string;
  evidence: Evidence[];
  /** What the earlier waves of the same environment show, when a later one is to be promoted alone. */
  earlierWaves?: Evidence[];
}

/** What a gate must know of any plan, whatever it is a plan of. */
export interface JudgedPlan {
  digest: string;
  bundle: string;
  environment: string;
  clusters: readonly { cluster: string; identity: { uid: string } }[];
  /** Every digest in it is that of its content. */
  isIntact: boolean;
  /** Number of unsolved problems. */
  problems: number;
}

/** Whose approval is asked for, and of what. */
export interface ApprovalFacts extends Pick<GateFacts, 'environment' | 'bundle' | 'approve'> {
  plan: JudgedPlan;
}

/** Whether the plan may be carried out. What is not known counts as a fail. */
export function judge(facts: GateFacts): Verdict {
  const { plan } = facts;
  const judged = { ...facts, plan: { ...plan, isIntact: isIntact(plan), problems: problemCount(plan) } };
  return verdictOf(judged, orderRules(facts));
}

/** The same of a plan for which the order of environments says nothing: what it brings runs there already. */
export function judgeApproval(facts: ApprovalFacts): Verdict {
  return verdictOf(facts, []);
}

function verdictOf(facts: ApprovalFacts, order: RuleVerdict[]): Verdict {
  const plan = planRule(facts);
  const rules = [plan, ...identityRules(facts), ...order, approvalRule(facts, plan)];
  return {
    environment: facts.environment.name,
    bundle: facts.bundle,
    plan: facts.plan.digest,
    result: rules.every(({ result }) => result === 'pass') ? 'pass' : 'fail',
    rules,
  };
}

/** Every environment that comes before this one, the nearest first. */
export function environmentsBefore(environment: Environment, environments: Environment[]): string[] {
  const before = new Set<string>();
  const visit = (names: string[]) => {
    for (const name of names) {
      if (before.has(name)) continue;
      before.add(name);
      visit(environments.find((candidate) => candidate.name === name)?.after ?? []);
    }
  };
  visit(environment.after);
  return [...before];
}

function planRule({ plan, bundle, environment }: ApprovalFacts): RuleVerdict {
  const fail = (facts: string, cure: string): RuleVerdict => ({ rule: 'plan', result: 'fail', facts, cure });
  if (!plan.isIntact) {
    return fail(`the plan's content does not have its digest ${plan.digest}`, 'plan again');
  }
  if (plan.bundle !== bundle) return fail(`the plan is for bundle ${plan.bundle}, not ${bundle}`, 'plan this bundle');
  if (plan.environment !== environment.name) {
    return fail(`the plan is for environment ${plan.environment}`, `plan ${environment.name}`);
  }
  const { problems } = plan;
  if (problems > 0)
    return fail(
      `the plan has ${problems} unsolved ${problems === 1 ? 'problem' : 'problems'}`,
      'solve what the plan lists, then plan again',
    );
  return { rule: 'plan', result: 'pass', facts: `plan ${plan.digest} is for this bundle and environment` };
}

/** A context may lead anywhere; the identity of a cluster cannot be mistaken. */
function identityRules({ environment, plan }: ApprovalFacts): RuleVerdict[] {
  if (environment.gate.identity !== 'required') return [];
  const unnamed = environment.clusters.filter(({ identity }) => identity === undefined).map(({ name }) => name);
  if (unnamed.length === 0) {
    return [{ rule: 'identity', result: 'pass', facts: 'the mesh file names the identity of every cluster' }];
  }
  const lines = unnamed.map((name) => {
    const uid = plan.clusters.find(({ cluster }) => cluster === name)?.identity.uid;
    return uid === undefined ? name : `identity: ${uid} to ${name}`;
  });
  return [
    {
      rule: 'identity',
      result: 'fail',
      facts: `the mesh file does not name the identity of ${unnamed.join(', ')}, and environments.${environment.name}.gate.identity is required`,
      cure: `make sure that the plan is of these clusters, then add ${lines.join(', ')} in the mesh file`,
    },
  ];
}

function orderRules(facts: GateFacts): RuleVerdict[] {
  const { environment, environments, evidence, earlierWaves = [] } = facts;
  return [
    ...environmentsBefore(environment, environments).map((name) =>
      orderRule(name, facts, bestEvidence(evidence, name)),
    ),
    ...earlierWaves.map((wave) => orderRule(wave.environment, facts, wave)),
  ];
}

function orderRule(environment: string, facts: GateFacts, evidence: Evidence | undefined): RuleVerdict {
  const { bundle } = facts;
  const fail = (facts: string, cure: string): RuleVerdict => ({ rule: 'order', result: 'fail', facts, cure });
  if (!evidence) {
    return fail(
      `nothing is known of ${environment}`,
      `give its record as evidence, or a kubeconfig that reaches its clusters`,
    );
  }
  if (evidence.unknown !== undefined) {
    return fail(
      `nothing is known of ${environment}: ${evidence.unknown}`,
      'give a kubeconfig that reaches its clusters',
    );
  }
  const { source, at, detail } = evidence;
  const seen = source === 'cluster' ? `a look at its clusters at ${at}` : `its record of ${at}`;
  const why = detail === undefined ? '' : ` (${detail})`;
  if (evidence.bundle !== bundle) {
    const runs = evidence.bundle === undefined ? 'no promoted bundle' : `bundle ${evidence.bundle}`;
    return fail(`${environment} runs ${runs}, by ${seen}${why}`, `promote ${bundle} to ${environment} first`);
  }
  if (!evidence.promoted) {
    return fail(`the promotion of this bundle to ${environment} has not ended, by ${seen}${why}`, 'finish it first');
  }
  if (!evidence.healthy) return fail(`${environment} is not healthy, by ${seen}${why}`, `fix ${environment} first`);
  const { name, gate } = facts.environment;
  const [needed, spared] = partsOf(evidence, gate.needs);
  if (needed.length > 0) {
    const reasons = needed.map(({ part, reason }) => `${part}: ${reason}`).join('; ');
    return fail(
      `whether ${environment} is healthy is not known, by ${seen}: ${reasons}`,
      `grant what the look lacks, or take ${namesOf(needed)} out of environments.${name}.gate.needs in the mesh file`,
    );
  }
  const apart =
    spared.length === 0 ? '' : `; unknown are its ${namesOf(spared)}, which environments.${name}.gate.needs leaves out`;
  return {
    rule: 'order',
    result: 'pass',
    facts: `${environment} runs this very bundle and is healthy, by ${seen}${apart}`,
  };
}

/** What could not be seen: of the parts that are needed, and of the others. */
function partsOf({ unseen = [] }: Evidence, needs: readonly HealthPart[]): [UnseenPart[], UnseenPart[]] {
  return [unseen.filter(({ part }) => needs.includes(part)), unseen.filter(({ part }) => !needs.includes(part))];
}

function namesOf(parts: readonly UnseenPart[]): string {
  return [...new Set(parts.map(({ part }) => part))].join(', ');
}

/** A plan that is for something else is not one to approve. */
function approvalRule({ environment, plan, approve }: ApprovalFacts, { result }: RuleVerdict): RuleVerdict {
  const isFit = result === 'pass';
  if (approve !== undefined && approve !== plan.digest) {
    return {
      rule: 'approval',
      result: 'fail',
      facts: `the approval is for ${approve}, and the plan is ${plan.digest}`,
      cure: isFit ? 'look at this plan and approve its digest' : approveAnother,
    };
  }
  if (approve !== undefined) return { rule: 'approval', result: 'pass', facts: `${plan.digest} is approved` };
  if (!environment.gate.approval) {
    return { rule: 'approval', result: 'pass', facts: `${environment.name} asks for no approval` };
  }
  return {
    rule: 'approval',
    result: 'fail',
    facts: `${environment.name} asks for an approval, and none was given`,
    cure: isFit ? `look at the plan and approve its digest ${plan.digest}` : approveAnother,
  };
}

const approveAnother = 'make a plan that passes, look at it and approve its digest';
