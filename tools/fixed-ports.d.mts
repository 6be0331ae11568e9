type Env = Readonly<Record<string, string | undefined>>;

interface StorePorts {
  kafka?: number;
  postgres?: number;
  redis?: number;
}

/** @throws Error that names a variable whose value is not a port number */
export function fixedPorts(command: 'start', env: Env): StorePorts & { api: number };
export function fixedPorts(command: 'stack', env: Env): StorePorts;

export function portProblems(command: string, env: Env): Promise<string[]>;
