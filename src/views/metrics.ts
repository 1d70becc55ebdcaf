/** A gauge: what is measured here describes one run or one moment and never adds up. */
export interface Metric {
  name: string;
  help: string;
  value: number;
  /** What tells the samples of one name apart. */
  labels?: Readonly<Record<string, string>>;
}

export function gauge(name: string, help: string, value: number, labels?: Metric['labels']): Metric {
  return { name, help, value, ...(labels ? { labels } : {}) };
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export function renderMetrics(metrics: readonly Metric[]): string {
  return [...Map.groupBy(metrics, ({ name }) => name)]
    .map(([name, samples]) => {
      const lines = samples.map(({ labels, value }) => `${name}${labelsIn(labels)} ${value}\n`).join('');
      return `# HELP ${name} ${samples[0]?.help}\n# TYPE ${name} gauge\n${lines}`;
    })
    .join('');
}

/**
 * A page with these metrics instead of those that `isOwn` names; what others have written stays. What is no
 * metric is left out.
 */
export function replaceMetrics(page: string, isOwn: (name: string) => boolean, metrics: readonly Metric[]): string {
  const names = new Set(metrics.map(({ name }) => name));
  const others = page.split(/^(?=# HELP )/m).filter((family) => {
    const name = /^# HELP (\S+) /.exec(family)?.[1];
    return name !== undefined && !names.has(name) && !isOwn(name);
  });
  return others.map((family) => family.replace(/\n*$/, '\n')).join('') + renderMetrics(metrics);
}

function labelsIn(labels: Metric['labels']): string {
  if (!labels) return '';
  const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;
}
