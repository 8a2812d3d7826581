declare module 'autocannon' {
  interface Result {
    readonly '2xx': number;
    readonly non2xx: number;
    readonly errors: number;
    /** Seconds. */
    readonly duration: number;
  }
  export default function autocannon(options: {
    url: string;
    connections: number;
    duration: number;
    pipelining?: number;
  }): Promise<Result>;
}
