/** A gauge: what is measured here describes one run or one moment and never adds up. */
export interface Metric {
  name: string;
  help: string;
  value: number;
}

export function gauge(name: string, help: string, value: number): Metric {
  return { name, help, value };
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export function renderMetrics(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, help, value }) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`)
    .join('');
}
