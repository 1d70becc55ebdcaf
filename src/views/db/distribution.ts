import type { Cluster, ClusterNode, Distribution } from '../../model/cluster.ts';
import { plural } from '../number.ts';
import { printable } from '../printable.ts';

export function distributionQuestion({ shards, nodes }: Distribution): string {
  return `Distribute the sessions of all users over ${plural(nodes.length, 'worker')}, in ${shards} parts? Logins wait until it is done, and there is no way back but a dump.`;
}

/** The statements of a dry run; else what was done. */
export function renderDistribution({ dryRun, shards, nodes, sql, waited }: Distribution): string {
  if (dryRun) {
    return [
      '-- To be read, not to be run: one transaction, in which functions and triggers are dropped before and functions made after.',
      ...sql.map((statement) => `${statement.replaceAll(/\n\s+/g, ' ')};`),
    ].join('\n');
  }
  const seconds = ((waited ?? 0) / 1000).toFixed(1);
  return `Distributed over ${plural(nodes.length, 'worker')} in ${shards} parts. Logins waited for ${seconds} s at most.`;
}

/** Facts of the nodes for a status. */
export function clusterFacts({ citus, shards, nodes }: Cluster): [string, string][] {
  return [
    ['Distributed', `Citus ${printable(citus)}, ${shards} parts`],
    ...nodes.map((node): [string, string] => [node.role === 'coordinator' ? 'Coordinator' : 'Worker', nodeLine(node)]),
  ];
}

function nodeLine({ address, active, answers, shards, bytes: size }: ClusterNode): string {
  const state = !answers ? 'does not answer' : active ? null : 'disabled';
  const holds = size === null ? null : sizeOf(size);
  return [printable(address), shards > 0 ? plural(shards, 'part') : null, holds, state].filter(Boolean).join(', ');
}

/** "1.2 GB". */
function sizeOf(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  let [size, unit] = [bytes / 1024, 0];
  for (; size >= 1024 && unit < units.length - 1; unit += 1) size /= 1024;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}
