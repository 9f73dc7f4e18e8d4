/** The topics and consumer groups of one Mathmill installation. */
export interface KafkaNames {
  readonly requestTopic: string;
  readonly responseTopic: string;
  readonly deadLetterTopic: string;
  readonly requestGroup: string;
  readonly responseGroup: string;
}

export const defaultKafkaNames: KafkaNames = {
  requestTopic: 'application.operation.request',
  responseTopic: 'application.operation.response',
  deadLetterTopic: 'application.operation.dead-letter',
  requestGroup: 'operation-request-group',
  responseGroup: 'operation-response-group',
};
