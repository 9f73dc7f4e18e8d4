/**
 * Asks the application in the same container how it is; exit code 0 means well. The image asks whether the process is
 * alive (`/health`). Who wants to know whether it can serve gives the path `/health/ready`. The port of probes is asked if
 * there is one: users cannot fill it.
 */
const path = process.argv[2] ?? '/health';
const port = process.env['PROBE_PORT'] || process.env['HTTP_PORT'] || '8080';

try {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4_000) });
  process.stdout.write(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stderr.write(`no answer from port ${port}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
