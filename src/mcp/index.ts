/** Mathmill for assistants: a server of the Model Context Protocol over standard input and output. */
export { createMcpServer, type McpOptions } from './mcp-server.ts';
