/** The findings of axe on a page, as text that names the rule and the elements. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** Empty when there is nothing to find. All rules, those of best practice included. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, impact, help, nodes }) => {
    const places = nodes.map(({ target, failureSummary }) => `  ${target.join(' ')}: ${failureSummary ?? ''}`);
    return `${id} (${impact ?? 'no impact'}): ${help}\n${places.join('\n')}`;
  });
}
