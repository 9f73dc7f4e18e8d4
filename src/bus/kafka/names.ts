/** The topics and consumer groups of one Mathmill installation. */
export interface KafkaNames {
  readonly requestTopic: string;
  readonly responseTopic: string;
  readonly deadLetterTopic: string;
  readonly requestGroup: string;
  readonly responseGroup: string;
}

/** The names of an installation that shares a cluster with others: each begins with a prefix. */
export function prefixNames(names: KafkaNames, topicPrefix: string, groupPrefix: string): KafkaNames {
  return {
    requestTopic: topicPrefix + names.requestTopic,
    responseTopic: topicPrefix + names.responseTopic,
    deadLetterTopic: topicPrefix + names.deadLetterTopic,
    requestGroup: groupPrefix + names.requestGroup,
    responseGroup: groupPrefix + names.responseGroup,
  };
}

export const defaultKafkaNames: KafkaNames = {
  requestTopic: 'application.operation.request',
  responseTopic: 'application.operation.response',
  deadLetterTopic: 'application.operation.dead-letter',
  requestGroup: 'operation-request-group',
  responseGroup: 'operation-response-group',
};
