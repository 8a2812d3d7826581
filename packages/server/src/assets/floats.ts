/** Node has it; the types of the library do not yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * Scores are floats on the wire, `1.0` and not `1`: typed languages tell them apart (pycloudinary `test_api`, 07a, and
 * `test_uploader`, `test_quality_analysis`).
 *
 * @param scores an object of numbers; anything else is answered as it is
 */
export const floats = (scores: unknown): unknown =>
  typeof scores !== 'object' || scores === null
    ? scores
    : Object.fromEntries(
        Object.entries(scores).map(([name, score]) => [
          name,
          Number.isInteger(score) ? rawJSON(`${score as number}.0`) : score,
        ]),
      );
