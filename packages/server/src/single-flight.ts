/**
 * Concurrent calls with the same key share one run of the work; nothing is kept afterwards.
 *
 * @param settled what a value has to wait for until a later call would find it elsewhere: calls share it until then.
 */
export function createSingleFlight<T>(settled?: (value: T) => Promise<unknown>) {
  const flights = new Map<string, Promise<T>>();
  return (key: string, work: () => Promise<T>): Promise<T> => {
    const known = flights.get(key);
    if (known !== undefined) return known;
    const flight = work();
    flights.set(key, flight);
    const land = () => flights.delete(key);
    flight.then(settled).then(land, land);
    return flight;
  };
}
