import type { CallToolResult } from '@modelcontextprotocol/server';
import { MathmillError } from '../client/index.ts';

/** The answer of a tool: JSON as text, and as an object. Failures that the assistant can act on are answers, too. */
export async function answer(work: () => Promise<Record<string, unknown>>): Promise<CallToolResult> {
  try {
    const structuredContent = await work();
    return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
  } catch (error) {
    if (!(error instanceof MathmillError || error instanceof ToolFailure)) throw error;
    return { content: [{ type: 'text', text: error.message }], isError: true };
  }
}

/** Its message explains to the assistant what to do. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';
}
