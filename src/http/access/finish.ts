/** Ends a hook when the work is done. Hooks that usually need no promise are called back: one for each request costs more than they do. */
export async function finish(work: Promise<void>, done: (error?: Error) => void): Promise<void> {
  let failure: Error | undefined;
  try {
    await work;
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  done(failure);
}
