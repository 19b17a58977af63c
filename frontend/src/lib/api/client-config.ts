import type { CreateClientConfig } from './generated/client.gen';

/** Same origin, cookie session; how a failure becomes a Problem is set up in ./setup.ts. */
export const createClientConfig: CreateClientConfig = (config) => ({ ...config, baseUrl: '', throwOnError: true });
