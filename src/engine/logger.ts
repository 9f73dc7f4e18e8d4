/** The log of the engine; pino's loggers fit. User text never goes into a field or a message. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const noopLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
